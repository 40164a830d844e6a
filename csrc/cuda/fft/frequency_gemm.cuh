// The tensor-core kernel behind frequency_gemm.
//
// A complex number is one 32-bit word (re, im) of two halves, adjacent along k of a real product of
// twice the depth. With A's words as they are stored,
//   re += A . (c, +-d)   and   im += A . (-+d, c)
// for b = c + i d: both forms of B come from the stored word by a sign flip and a byte permute, so
// one fragment load feeds both accumulators and conjugation is free.
//
// Three passes, high*high + high*low + low*high, give 22-bit operands. The tensor core truncates its
// sums instead of rounding them, an error that grows with k; so its sums are over 16 k only, and
// are added to the result in ordinary arithmetic.
#pragma once

#include <type_traits>

#include "cuda/fft/frequency_gemm.h"
#include "cuda/fft/launch.h"

namespace fbcunn::cuda::fft {

template <int kM, int kN, int kWarpM, int kWarpN, int kDepth, int kStages, int kBlocksPerSm>
struct GemmTile {
  static constexpr int M = kM, N = kN, WarpM = kWarpM, WarpN = kWarpN;
  static constexpr int Depth = kDepth;  // complex depth of a stage
  static constexpr int Stages = kStages;
  static constexpr int Threads = 32 * (kM / kWarpM) * (kN / kWarpN);
  static constexpr int BlocksPerSm = kBlocksPerSm;
};

// Measured: docs/fft_kernels.md. Larger warp tiles read fewer bytes of shared memory a product, but the split's extra
// registers leave room for 32 x 32 only; two deep stages then wait less often than three shallow ones.
using LargeTile = GemmTile<128, 64, 64, 32, 32, 3, 2>;
using DeepTile = GemmTile<128, 64, 64, 32, 64, 2, 2>;   // gradients of weights: long k
using WideTile = GemmTile<128, 128, 64, 32, 64, 3, 1>;  // many planes on either side
template <int kPlanes>
using MediumTile =
    std::conditional_t<kPlanes == 2, GemmTile<64, 64, 32, 32, 32, 2, 3>, GemmTile<64, 64, 32, 32, 32, 3, 3>>;
template <int kPlanes>
using SmallTile = GemmTile<32, 32, 16, 16, kPlanes == 2 ? 16 : 32, 3, 4>;
// Few samples, many planes.
template <int kPlanes>
using FlatTile = GemmTile<16, 64, 16, 16, kPlanes == 2 ? 16 : 32, 3, 4>;

__device__ __forceinline__ void copy_async(uint32_t destination, const void* source, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(destination), "l"(source), "r"(valid ? 16 : 0));
}

__device__ __forceinline__ void load_matrices(uint32_t (&r)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\n"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address));
}

// d = a b + c
__device__ __forceinline__ void multiply(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], float c0,
                                         float c1, float c2, float c3) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};\n"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c0), "f"(c1), "f"(c2), "f"(c3));
}

// Operand in shared memory with k contiguous ("K-major") or with rows contiguous.
//
// K-major rows are 64 bytes: the 16-byte chunk of a row is XORed with bits of the row number so
// that the eight rows of an ldmatrix fall into different banks. Otherwise a pitch of 8 mod 32 words
// makes the 4 x 8 words of a fragment do so.
template <int Rows, int K, bool kKMajor>
struct OperandTile {
  static constexpr int kPitch = kKMajor ? K : Rows + 8;  // words
  static constexpr int kWords = kKMajor ? Rows * K : K * kPitch;

  __device__ static int swizzled(int row, int chunk) {
    const int bits = K == 16 ? row >> 1 & 3 : row & 7;
    return row * K + ((chunk ^ bits) << 2);
  }

  // Copies a Rows x K block starting at (row, k) of an operand with `rows` x `depth` valid
  // elements.
  template <int Threads>
  __device__ static void load(uint32_t destination, const __half2* source, int row_stride, int row, int k, int rows,
                              int depth) {
#pragma unroll
    for (int i = threadIdx.x; i < Rows * K / 4; i += Threads) {
      copy_chunk(i, destination, source, row_stride, row, k, rows, depth);
    }
  }

  // One of `Parts` equal parts of such a block.
  template <int Threads, int Parts>
  __device__ static void load_part(int part, uint32_t destination, const __half2* source, int row_stride, int row,
                                   int k, int rows, int depth) {
    constexpr int kRounds = Rows * K / 4 / Parts / Threads;
    static_assert(kRounds * Parts * Threads * 4 == Rows * K);
#pragma unroll
    for (int round = 0; round < kRounds; ++round) {
      const int i = (part * kRounds + round) * Threads + threadIdx.x;
      copy_chunk(i, destination, source, row_stride, row, k, rows, depth);
    }
  }

  // Sixteen bytes of such a block, zeros where the operand has ended.
  __device__ static void copy_chunk(int i, uint32_t destination, const __half2* source, int row_stride, int row, int k,
                                    int rows, int depth) {
    if constexpr (kKMajor) {
      const int r = i / (K / 4), chunk = i % (K / 4);
      const bool valid = row + r < rows && k + 4 * chunk < depth;
      const __half2* from = source + (valid ? int64_t{row + r} * row_stride + k + 4 * chunk : 0);
      copy_async(destination + 4 * swizzled(r, chunk), from, valid);
    } else {
      const int line = i / (Rows / 4), chunk = i % (Rows / 4);
      const bool valid = k + line < depth && row + 4 * chunk < rows;
      const __half2* from = source + (valid ? int64_t{k + line} * row_stride + row + 4 * chunk : 0);
      copy_async(destination + 4 * (line * kPitch + 4 * chunk), from, valid);
    }
  }

  // Fragment of A, 16 rows x 8 complex k: words (row g, k t), (g+8, t), (g, t+4), (g+8, t+4) of lane 4 g + t.
  __device__ static void fragment_a(uint32_t (&r)[4], const uint32_t* tile, uint32_t address, int row, int k,
                                    int lane) {
    if constexpr (kKMajor) {
      load_matrices(r, address + 4 * swizzled(row + (lane & 15), k / 4 + (lane >> 4)));
    } else {
      const uint32_t* base = tile + (k + lane % 4) * kPitch + row + lane / 4;
      r[0] = base[0];
      r[1] = base[8];
      r[2] = base[4 * kPitch];
      r[3] = base[4 * kPitch + 8];
    }
  }

  // Two fragments of B, 8 rows x 16 complex k: words (row g, k t), (t+4), (t+8), (t+12) of lane 4 g + t.
  __device__ static void fragment_b(uint32_t (&r)[4], const uint32_t* tile, uint32_t address, int row, int k,
                                    int lane) {
    if constexpr (kKMajor) {
      load_matrices(r, address + 4 * swizzled(row + (lane & 7), k / 4 + (lane >> 3)));
    } else {
      const uint32_t* base = tile + (k + lane % 4) * kPitch + row + lane / 4;
#pragma unroll
      for (int i = 0; i < 4; ++i) r[i] = base[4 * i * kPitch];
    }
  }
};

// The two forms of B's word (c, d) that give the real and the imaginary part; see the file's head.
template <Pass kPass>
__device__ __forceinline__ void split_forms(uint32_t word, uint32_t& re, uint32_t& im) {
  const uint32_t swapped = __byte_perm(word, 0, 0x1032);
  re = kPass == Pass::kGradInput ? word ^ 0x80000000u : word;
  im = kPass == Pass::kForward ? swapped ^ 0x00008000u : kPass == Pass::kGradWeight ? swapped ^ 0x80000000u : swapped;
}

template <typename Tile, Pass kPass, int kPlanes>
struct GemmShape {
  static constexpr bool kAIsKMajor = kPass != Pass::kGradWeight;
  static constexpr bool kBIsKMajor = kPass == Pass::kForward;
  static constexpr int K = Tile::Depth;
  using A = OperandTile<Tile::M, K, kAIsKMajor>;
  using B = OperandTile<Tile::N, K, kBIsKMajor>;
  static constexpr int kStageWords = kPlanes * (A::kWords + B::kWords);
  static constexpr int kBytes = 4 * kStageWords * Tile::Stages;
};

// kPlanes: 2 for the three-pass split, 1 for one pass. Product: float2 or __half2.
template <typename Tile, Pass kPass, int kPlanes, typename Product>
__global__ void __launch_bounds__(Tile::Threads, Tile::BlocksPerSm)
    frequency_gemm_kernel(const GemmProblem p, int tiles_m, int tiles_n, int split_depth) {
  using Shape = GemmShape<Tile, kPass, kPlanes>;
  using A = typename Shape::A;
  using B = typename Shape::B;
  constexpr int kMTiles = Tile::WarpM / 16, kNTiles = Tile::WarpN / 8;
  extern __shared__ __align__(128) uint32_t words[];
  const uint32_t base = static_cast<uint32_t>(__cvta_generic_to_shared(words));
  wait_for_earlier_kernels();

  int64_t block = blockIdx.x;
  const int tile = static_cast<int>(block % (tiles_m * tiles_n));
  block /= tiles_m * tiles_n;
  const int split = static_cast<int>(block % p.splits);
  block /= p.splits;
  const int group = static_cast<int>(block % p.groups);
  const int64_t frequency = block / p.groups;
  const int row0 = tile % tiles_m * Tile::M, column0 = tile / tiles_m * Tile::N;
  const int k0 = split * split_depth, k1 = min(p.k, k0 + split_depth);

  const int64_t a_offset = frequency * p.a.frequency_stride + group * p.a.group_stride;
  const int64_t b_offset = frequency * p.b.frequency_stride + group * p.b.group_stride;
  const auto load_stage = [&](int stage, int k) {
    uint32_t at = base + 4 * stage * Shape::kStageWords;
#pragma unroll
    for (int plane = 0; plane < kPlanes; ++plane) {
      A::template load<Tile::Threads>(at, (plane == 0 ? p.a.high : p.a.low) + a_offset, p.a.row_stride, row0, k, p.m,
                                      k1);
      at += 4 * A::kWords;
      B::template load<Tile::Threads>(at, (plane == 0 ? p.b.high : p.b.low) + b_offset, p.b.row_stride, column0, k, p.n,
                                      k1);
      at += 4 * B::kWords;
    }
  };

  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warp_row = warp % (Tile::M / Tile::WarpM) * Tile::WarpM;
  const int warp_column = warp / (Tile::M / Tile::WarpM) * Tile::WarpN;
  float re[kMTiles][kNTiles][4] = {}, im[kMTiles][kNTiles][4] = {};

  const int steps = (k1 - k0 + Shape::K - 1) / Shape::K;
#pragma unroll
  for (int s = 0; s < Tile::Stages - 1; ++s) {
    if (s < steps) load_stage(s, k0 + s * Shape::K);
    asm volatile("cp.async.commit_group;\n");
  }
  for (int step = 0; step < steps; ++step) {
    asm volatile("cp.async.wait_group %0;\n" ::"n"(Tile::Stages - 2));
    __syncthreads();
    if (step + Tile::Stages - 1 < steps) {
      load_stage((step + Tile::Stages - 1) % Tile::Stages, k0 + (step + Tile::Stages - 1) * Shape::K);
    }
    asm volatile("cp.async.commit_group;\n");

    const int stage = step % Tile::Stages * Shape::kStageWords;
#pragma unroll
    for (int k = 0; k < Shape::K; k += 16) {
      uint32_t a[2][kPlanes][kMTiles][4];
#pragma unroll
      for (int plane = 0; plane < kPlanes; ++plane) {
        const int at = stage + plane * (A::kWords + B::kWords);
#pragma unroll
        for (int i = 0; i < kMTiles; ++i) {
          A::fragment_a(a[0][plane][i], words + at, base + 4 * at, warp_row + 16 * i, k, lane);
          A::fragment_a(a[1][plane][i], words + at, base + 4 * at, warp_row + 16 * i, k + 8, lane);
        }
      }
#pragma unroll
      for (int j = 0; j < kNTiles; ++j) {
        uint32_t b[kPlanes][4];
#pragma unroll
        for (int plane = 0; plane < kPlanes; ++plane) {
          const int at = stage + plane * (A::kWords + B::kWords) + A::kWords;
          B::fragment_b(b[plane], words + at, base + 4 * at, warp_column + 8 * j, k, lane);
        }
        float part[2][kMTiles][4];  // of the split: real and imaginary sums over these 16 k
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          uint32_t b_re[kPlanes][2], b_im[kPlanes][2];
#pragma unroll
          for (int plane = 0; plane < kPlanes; ++plane) {
            split_forms<kPass>(b[plane][2 * half], b_re[plane][0], b_im[plane][0]);
            split_forms<kPass>(b[plane][2 * half + 1], b_re[plane][1], b_im[plane][1]);
          }
          // Pass by pass, so that products into one accumulator are some instructions apart.
#pragma unroll
          for (int pass = kPlanes == 2 ? 0 : 2; pass < 3; ++pass) {
            const int a_plane = pass == 0, b_plane = pass == 1;
#pragma unroll
            for (int i = 0; i < kMTiles; ++i) {
              float (&r)[4] = kPlanes == 2 ? part[0][i] : re[i][j];
              float (&m)[4] = kPlanes == 2 ? part[1][i] : im[i][j];
              if (kPlanes == 2 && half == 0 && pass == 0) {
                multiply(r, a[half][a_plane][i], b_re[b_plane], 0.f, 0.f, 0.f, 0.f);
                multiply(m, a[half][a_plane][i], b_im[b_plane], 0.f, 0.f, 0.f, 0.f);
              } else {
                multiply(r, a[half][a_plane][i], b_re[b_plane], r[0], r[1], r[2], r[3]);
                multiply(m, a[half][a_plane][i], b_im[b_plane], m[0], m[1], m[2], m[3]);
              }
            }
          }
        }
        if constexpr (kPlanes == 2) {
#pragma unroll
          for (int i = 0; i < kMTiles; ++i) {
#pragma unroll
            for (int e = 0; e < 4; ++e) {
              re[i][j][e] += part[0][i][e];
              im[i][j][e] += part[1][i][e];
            }
          }
        }
      }
    }
  }

  Product* product = static_cast<Product*>(p.product) + split * p.slab_stride + frequency * p.product_frequency_stride +
                     group * p.product_group_stride;
  const float stored = __int_as_float((p.stored_exponent + 127) << 23);
#pragma unroll
  for (int i = 0; i < kMTiles; ++i) {
#pragma unroll
    for (int upper = 0; upper < 2; ++upper) {
      const int row = row0 + warp_row + 16 * i + 8 * upper + lane / 4;
      if (row >= p.m) continue;
#pragma unroll
      for (int j = 0; j < kNTiles; ++j) {
        const int column = column0 + warp_column + 8 * j + 2 * (lane % 4);
        if (column >= p.n) continue;
        Product* to = product + int64_t{row} * p.product_row_stride + column;
        const float* r = &re[i][j][2 * upper];
        const float* m = &im[i][j][2 * upper];
        // Columns come in pairs: product rows are padded to a multiple of four.
        if constexpr (sizeof(Product) == 8) {
          *reinterpret_cast<float4*>(to) = make_float4(r[0], m[0], r[1], m[1]);
        } else {
          __half2 pair[2] = {__floats2half2_rn(r[0] * stored, m[0] * stored),
                             __floats2half2_rn(r[1] * stored, m[1] * stored)};
          *reinterpret_cast<uint2*>(to) = *reinterpret_cast<uint2*>(pair);
        }
      }
    }
  }
}

template <typename Tile, Pass kPass, int kPlanes, typename Product>
cudaError_t launch_gemm(const GemmProblem& p, const Queue& queue) {
  using Shape = GemmShape<Tile, kPass, kPlanes>;
  const auto kernel = frequency_gemm_kernel<Tile, kPass, kPlanes, Product>;
  const auto status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Shape::kBytes);
  if (status != cudaSuccess) return status;
  const int tiles_m = (p.m + Tile::M - 1) / Tile::M, tiles_n = (p.n + Tile::N - 1) / Tile::N;
  const int depth = (p.k + p.splits - 1) / p.splits;
  const int split_depth = (depth + Shape::K - 1) / Shape::K * Shape::K;
  const int64_t blocks = int64_t{tiles_m} * tiles_n * p.splits * p.groups * p.frequencies;
  return launch(kernel, blocks, Tile::Threads, Shape::kBytes, queue, p, tiles_m, tiles_n, split_depth);
}

}  // namespace fbcunn::cuda::fft
