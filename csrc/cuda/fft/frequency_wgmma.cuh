// The one-pass product on Hopper's warpgroup instructions: what frequency_gemm.cuh computes for one plane, with B read
// from shared memory by the tensor core itself.
//
// A's fragments pass through registers, where both forms that a complex product needs are made from the stored words
// (re, im) = (a, b). B is (c, d) as it lies in memory, whichever way it lies:
//   Forward, k contiguous: re and im are adjacent along k, as in frequency_gemm.cuh:
//     re = (a, b) . (c, d),  im = (b, -a) . (c, d)
//   Gradients, planes contiguous: re and im are adjacent columns of a real matrix of twice the width:
//     sums of a . (c, d) and of b . (c, d), combined when they are done.
//
// A block stays on its multiprocessor and walks over tiles of the result; the copies for its next tile are under way
// while it stores the last one.
#pragma once

#include <algorithm>

#include "cuda/fft/frequency_gemm.cuh"

namespace fbcunn::cuda::fft {

template <Pass kPass>
struct WarpgroupShape {
  static constexpr bool kPairsAlongK = kPass == Pass::kForward;
  static constexpr int M = 128, N = kPairsAlongK ? 128 : 64;
  static constexpr int K = kPairsAlongK ? 32 : 64;  // complex depth of a stage
  static constexpr int Stages = kPairsAlongK ? 6 : 4;
  static constexpr int Threads = 256;
  static constexpr int kSlices = 4;  // of a stage: 16 real k, or 16 complex ones
  static constexpr int kSliceDepth = K / kSlices;
  using A = OperandTile<M, K, kPass != Pass::kGradWeight>;
  static constexpr int kStageWords = A::kWords + N * K;
  static constexpr int kAlignment = 1024;  // of what the tensor core reads with its 128-byte swizzle
  static constexpr int kBytes = 4 * kStageWords * Stages + kAlignment;
  static_assert(4 * A::kWords % kAlignment == 0 && 4 * N * K % kAlignment == 0);
};

// B in shared memory in the layouts that descriptors can name: rows of 128 bytes whose 16-byte chunks are XORed with
// the row number.
template <Pass kPass>
struct WarpgroupB {
  using Shape = WarpgroupShape<kPass>;
  static constexpr int N = Shape::N, K = Shape::K;

  // One of kSlices equal parts of a stage.
  __device__ static void load_part(int part, uint32_t destination, const __half2* source, int row_stride, int column,
                                   int k, int columns, int depth) {
    if constexpr (Shape::kPairsAlongK) {
      OperandTile<N, K, true>::template load_part<Shape::Threads, Shape::kSlices>(part, destination, source, row_stride,
                                                                                  column, k, columns, depth);
    } else {
      constexpr int kRounds = N * K / 4 / Shape::kSlices / Shape::Threads;
#pragma unroll
      for (int round = 0; round < kRounds; ++round) {
        const int i = (part * kRounds + round) * Shape::Threads + threadIdx.x;
        const int line = i / (N / 4), chunk = i % (N / 4);
        // Words t and t + 4 of A's fragments make one register: rows are in that order here.
        const int row = (line & ~7) | (line & 3) << 1 | (line >> 2 & 1);
        const bool valid = k + line < depth && column + 4 * chunk < columns;
        const __half2* from = source + (valid ? int64_t{k + line} * row_stride + column + 4 * chunk : 0);
        copy_async(destination + chunk / 8 * (128 * K) + 128 * row + ((chunk % 8 ^ (row & 7)) << 4), from, valid);
      }
    }
  }

  // What the tensor core reads for a slice of the stage's k.
  __device__ static uint64_t descriptor(uint32_t address, int slice) {
    constexpr uint64_t kSwizzle128 = uint64_t{1} << 62, kEightRows = uint64_t{1024 >> 4} << 32;
    constexpr uint64_t kNextColumns = uint64_t{Shape::kPairsAlongK ? 1 : 128 * K >> 4} << 16;
    const uint32_t start = address + slice * (Shape::kPairsAlongK ? 32 : 2048);
    return kSwizzle128 | kEightRows | kNextColumns | (start & 0x3ffff) >> 4;
  }
};

// Two forms of a slice of A: as they are and rotated by a quarter turn, or real and imaginary parts.
template <Pass kPass>
__device__ __forceinline__ void warpgroup_a(uint32_t (&forms)[2][4], const uint32_t* tile, uint32_t address, int row,
                                            int slice, int lane) {
  using Shape = WarpgroupShape<kPass>;
  const int k = slice * Shape::kSliceDepth;
  if constexpr (Shape::kPairsAlongK) {
    Shape::A::fragment_a(forms[0], tile, address, row, k, lane);
#pragma unroll
    for (int i = 0; i < 4; ++i) forms[1][i] = __byte_perm(forms[0][i], 0, 0x1032) ^ 0x80000000u;
  } else {
    uint32_t words[2][4];
    Shape::A::fragment_a(words[0], tile, address, row, k, lane);
    Shape::A::fragment_a(words[1], tile, address, row, k + 8, lane);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const uint32_t first = words[i / 2][i % 2], second = words[i / 2][i % 2 + 2];
      forms[0][i] = __byte_perm(first, second, 0x5410);
      forms[1][i] = __byte_perm(first, second, 0x7632);
    }
  }
}

// sum (+)= a b for 64 x 128 real numbers of a warpgroup; b is read later: see wait_for_products.
template <bool kColumnsContiguous>
__device__ __forceinline__ void multiply_async(float (&d)[64], const uint32_t (&a)[4], uint64_t b, bool accumulate) {
  asm volatile(
      "{\n"
      ".reg .pred p;\n"
      "setp.ne.b32 p, %69, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 "
      "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
      "{%64, %65, %66, %67}, %68, p, 1, 1, %70;\n"
      "}\n"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]),
        "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]),
        "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]),
        "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]),
        "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]),
        "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]),
        "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]),
        "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(accumulate)),
        "n"(static_cast<int>(kColumnsContiguous)));
}

// At most `kPending` slices of products are still under way afterwards.
template <int kPending>
__device__ __forceinline__ void wait_for_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;\n" ::"n"(kPending) : "memory");
}

// Tile of the result that a block makes next, and where its operands are.
struct WarpgroupItem {
  int row, column, k, end_k;
  int64_t a_offset, b_offset, product_offset;

  __device__ WarpgroupItem(const GemmProblem& p, uint32_t item, int m, int n, uint32_t tiles_m, uint32_t tiles_n,
                           int split_depth) {
    const uint32_t column_tile = item / tiles_m, matrix = column_tile / tiles_n;
    const uint32_t product = matrix / p.splits, split = matrix - product * p.splits;
    const int64_t frequency = product / p.groups, group = product - frequency * p.groups;
    row = (item - column_tile * tiles_m) * m;
    column = (column_tile - matrix * tiles_n) * n;
    k = split * split_depth;
    end_k = min(p.k, k + split_depth);
    a_offset = frequency * p.a.frequency_stride + group * p.a.group_stride;
    b_offset = frequency * p.b.frequency_stride + group * p.b.group_stride;
    product_offset = split * p.slab_stride + frequency * p.product_frequency_stride + group * p.product_group_stride;
  }
};

// A warp's 16 x (N of the shape) part of the result to memory, from the two sums of every element.
template <Pass kPass, typename Product>
__device__ __forceinline__ void store_products(const GemmProblem& p, const float (&sums)[2][64], Product* product,
                                               int row, int column, int lane) {
  constexpr bool kPairsAlongK = WarpgroupShape<kPass>::kPairsAlongK;
  const float stored = __int_as_float((p.stored_exponent + 127) << 23);
  const int t = lane % 4;
  // Real and imaginary part of the element that a lane holds at `at` (and at + 1, where pairs lie along k).
  const auto value = [&](int at) -> float2 {
    if constexpr (kPairsAlongK) {
      return {sums[0][at], sums[1][at]};
    } else if constexpr (kPass == Pass::kGradInput) {
      return {sums[0][at] - sums[1][at + 1], sums[0][at + 1] + sums[1][at]};
    } else {
      return {sums[0][at] + sums[1][at + 1], sums[0][at + 1] - sums[1][at]};
    }
  };
  const auto word = [&](int at) -> uint32_t {
    const float2 v = value(at);
    const __half2 h = __floats2half2_rn(v.x * stored, v.y * stored);
    return *reinterpret_cast<const uint32_t*>(&h);
  };
#pragma unroll
  for (int upper = 0; upper < 2; ++upper) {
    const int to_row = row + 8 * upper + lane / 4;
    Product* to = product + int64_t{to_row} * p.product_row_stride;
    if constexpr (sizeof(Product) == 8) {
      if (to_row >= p.m) continue;
#pragma unroll
      for (int j = 0; j < 16; ++j) {
        if (column + 4 * j + t < p.n) to[column + 4 * j + t] = value(4 * j + 2 * upper);
      }
    } else if constexpr (kPairsAlongK) {
      // Lanes hold two adjacent words of eight; neighbours exchange so that each stores four.
#pragma unroll
      for (int j = 0; j < 16; j += 2) {
        const uint32_t first[2] = {word(4 * j + 2 * upper), word(4 * j + 2 * upper + 1)};
        const uint32_t second[2] = {word(4 * j + 4 + 2 * upper), word(4 * j + 5 + 2 * upper)};
        const bool odd = t % 2 == 1;
        uint32_t mine[2], other[2];
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          mine[i] = odd ? second[i] : first[i];
          other[i] = __shfl_xor_sync(0xffffffffu, odd ? first[i] : second[i], 1);
        }
        const int at = column + 8 * (j + odd) + 4 * (t / 2);
        const uint4 four =
            odd ? uint4{other[0], other[1], mine[0], mine[1]} : uint4{mine[0], mine[1], other[0], other[1]};
        if (to_row < p.m && at < p.n) *reinterpret_cast<uint4*>(to + at) = four;
      }
    } else {
      // Four lanes hold a word each of the same four; they exchange so that each stores one of four such groups.
#pragma unroll
      for (int j = 0; j < 16; j += 4) {
        uint32_t w[4];
#pragma unroll
        for (int i = 0; i < 4; ++i) w[i] = word(4 * (j + i) + 2 * upper);
#pragma unroll
        for (int bit = 1; bit <= 2; bit *= 2) {
          const bool set = (t & bit) != 0;
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            if ((i & bit) != 0) continue;
            const uint32_t got = __shfl_xor_sync(0xffffffffu, set ? w[i] : w[i + bit], bit);
            (set ? w[i] : w[i + bit]) = got;
          }
        }
        const int at = column + 4 * (j + t);
        if (to_row < p.m && at < p.n) *reinterpret_cast<uint4*>(to + at) = uint4{w[0], w[1], w[2], w[3]};
      }
    }
  }
}

template <Pass kPass, typename Product>
__global__ void __launch_bounds__(WarpgroupShape<kPass>::Threads, 1)
    warpgroup_gemm_kernel(const GemmProblem p, uint32_t items, int tiles_m, int tiles_n, int split_depth) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  using Shape = WarpgroupShape<kPass>;
  using A = typename Shape::A;
  using B = WarpgroupB<kPass>;
  constexpr int kStages = Shape::Stages, kAhead = kStages - 2;
  extern __shared__ uint32_t unaligned[];
  const uint32_t first_byte = static_cast<uint32_t>(__cvta_generic_to_shared(unaligned));
  const uint32_t base = (first_byte + Shape::kAlignment - 1) / Shape::kAlignment * Shape::kAlignment;
  const uint32_t* words = unaligned + (base - first_byte) / 4;
  wait_for_earlier_kernels();

  const auto item_at = [&](uint32_t item) {
    return WarpgroupItem(p, item, Shape::M, Shape::N, tiles_m, tiles_n, split_depth);
  };
  const int steps = split_depth / Shape::K;
  uint32_t next = blockIdx.x;  // what is copied next, kAhead stages before it is used
  WarpgroupItem source = item_at(next);
  int source_step = 0, source_slot = 0;
  const auto copy_part = [&](int part) {
    if (next >= items) return;
    const uint32_t to = base + 4 * source_slot * Shape::kStageWords;
    const int k = source.k + source_step * Shape::K;
    A::template load_part<Shape::Threads, Shape::kSlices>(part, to, p.a.high + source.a_offset, p.a.row_stride,
                                                          source.row, k, p.m, source.end_k);
    B::load_part(part, to + 4 * A::kWords, p.b.high + source.b_offset, p.b.row_stride, source.column, k, p.n,
                 source.end_k);
  };
  const auto end_copy = [&] {
    asm volatile("cp.async.commit_group;\n");
    source_slot = source_slot + 1 == kStages ? 0 : source_slot + 1;
    if (++source_step < steps) return;
    source_step = 0;
    next += gridDim.x;
    source = item_at(next);
  };
#pragma unroll
  for (int s = 0; s < kAhead; ++s) {
#pragma unroll
    for (int part = 0; part < Shape::kSlices; ++part) copy_part(part);
    end_copy();
  }

  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int slot = 0;
  float sums[2][64];
  for (uint32_t item = blockIdx.x; item < items; item += gridDim.x) {
    for (int step = 0; step < steps; ++step) {
      asm volatile("cp.async.wait_group %0;\n" ::"n"(kAhead - 1) : "memory");
      asm volatile("fence.proxy.async.shared::cta;\n" ::: "memory");
      __syncthreads();

      const int stage = slot * Shape::kStageWords;
      const uint32_t b_at = base + 4 * (stage + A::kWords);
      uint32_t forms[2][2][4];
#pragma unroll
      for (int slice = 0; slice < Shape::kSlices; ++slice) {
        uint32_t (&a)[2][4] = forms[slice % 2];
        warpgroup_a<kPass>(a, words + stage, base + 4 * stage, 16 * warp, slice, lane);
        const uint64_t b = B::descriptor(b_at, slice);
        asm volatile("wgmma.fence.sync.aligned;\n" ::: "memory");
        multiply_async<!Shape::kPairsAlongK>(sums[0], a[0], b, step + slice > 0);
        multiply_async<!Shape::kPairsAlongK>(sums[1], a[1], b, step + slice > 0);
        asm volatile("wgmma.commit_group.sync.aligned;\n" ::: "memory");
        copy_part(slice);  // into the slot of two steps ago, whose products are done
        wait_for_products<1>();
      }
      end_copy();
      slot = slot + 1 == kStages ? 0 : slot + 1;
    }
    wait_for_products<0>();
    const WarpgroupItem target = item_at(item);
    store_products<kPass>(p, sums, static_cast<Product*>(p.product) + target.product_offset, target.row + 16 * warp,
                          target.column, lane);
  }
#endif
}

// Tiles of the result.
template <Pass kPass>
int64_t warpgroup_items(const GemmProblem& p) {
  using Shape = WarpgroupShape<kPass>;
  return int64_t{(p.m + Shape::M - 1) / Shape::M} * ((p.n + Shape::N - 1) / Shape::N) * p.splits * p.groups *
         p.frequencies;
}

template <Pass kPass, typename Product>
cudaError_t launch_warpgroup_gemm(const GemmProblem& p, int multiprocessors, const Queue& queue) {
  using Shape = WarpgroupShape<kPass>;
  const auto kernel = warpgroup_gemm_kernel<kPass, Product>;
  const auto status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Shape::kBytes);
  if (status != cudaSuccess) return status;
  const int tiles_m = (p.m + Shape::M - 1) / Shape::M, tiles_n = (p.n + Shape::N - 1) / Shape::N;
  const int depth = (p.k + p.splits - 1) / p.splits;
  const int split_depth = (depth + Shape::K - 1) / Shape::K * Shape::K;
  const int64_t items = warpgroup_items<kPass>(p);
  if (items > INT32_MAX) return cudaErrorInvalidValue;
  return launch(kernel, std::min<int64_t>(items, multiprocessors), Shape::Threads, Shape::kBytes, queue, p, items,
                tiles_m, tiles_n, split_depth);
}

}  // namespace fbcunn::cuda::fft
