// Discrete Fourier transforms held by one thread: N complex numbers in registers, any N = 2^a 3^b
// 5^c 7^d.
//
// Everything is unrolled at compile time and twiddles are constants of the instruction stream: a
// transform costs no memory traffic and no shuffles. Results come out in natural order.
#pragma once

#include <cuda_runtime.h>

namespace fbcunn::cuda::fft {

__device__ __forceinline__ float2 operator+(float2 a, float2 b) { return {a.x + b.x, a.y + b.y}; }
__device__ __forceinline__ float2 operator-(float2 a, float2 b) { return {a.x - b.x, a.y - b.y}; }

namespace detail {

// Sine and cosine of 2 pi k / n for the tables below; the standard functions are not constexpr.
constexpr double sine(double x) {
  double term = x, sum = x;
  for (int i = 1; i < 14; ++i) {
    term *= -x * x / ((2 * i) * (2 * i + 1));
    sum += term;
  }
  return sum;
}

constexpr double sine_of_turn(int k, int n) {
  constexpr double kPi = 3.14159265358979323846264338327950288;
  k = ((k % n) + n) % n;
  if (2 * k > n) return -sine_of_turn(n - k, n);
  if (4 * k > n) return 2 * k == n ? 0.0 : sine(kPi * (n - 2 * k) / n);
  return sine(2 * kPi * k / n);
}

template <int N>
struct TurnTable {
  float cosine[N];
  float sine[N];
  constexpr TurnTable() : cosine(), sine() {
    for (int k = 0; k < N; ++k) {
      sine[k] = static_cast<float>(sine_of_turn(k, N));
      cosine[k] = static_cast<float>(sine_of_turn(4 * k + N, 4 * N));  // cos x = sin(x + 1/4 turn)
    }
  }
};

// Read only with indices known after unrolling, so the loads fold into immediates.
template <int N>
__device__ constexpr TurnTable<N> kTurn{};

template <int N>
inline constexpr int kFirstRadix = N % 4 == 0   ? 4
                                   : N % 2 == 0 ? 2
                                   : N % 3 == 0 ? 3
                                   : N % 5 == 0 ? 5
                                   : N % 7 == 0 ? 7
                                                : N;

}  // namespace detail

// x * exp(Sign 2 pi i k / N). The conditions are constants after unrolling.
template <int N, int Sign>
__device__ __forceinline__ float2 turn(float2 x, int k) {
  const float c = detail::kTurn<N>.cosine[k];
  const float s = Sign * detail::kTurn<N>.sine[k];
  if (k == 0) return x;
  if (2 * k == N) return {-x.x, -x.y};
  if (4 * k == N) return {-Sign * x.y, Sign * x.x};
  if (4 * k == 3 * N) return {Sign * x.y, -Sign * x.x};
  return {c * x.x - s * x.y, c * x.y + s * x.x};
}

template <int N, int Sign, int Known = N>
__device__ __forceinline__ void dft(float2 (&x)[N]);

namespace detail {

template <int Sign>
__device__ __forceinline__ void dft4(float2 (&x)[4]) {
  const float2 a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
  const float2 e = {-Sign * d.y, Sign * d.x};
  x[0] = a + c;
  x[1] = b + e;
  x[2] = a - c;
  x[3] = b - e;
}

// Odd prime lengths: terms k and N-k share their cosine and have opposite sines.
template <int N, int Sign>
__device__ __forceinline__ void dft_odd(float2 (&x)[N]) {
  constexpr int kHalf = (N - 1) / 2;
  float2 sum[kHalf], difference[kHalf];
  const float2 first = x[0];
#pragma unroll
  for (int k = 0; k < kHalf; ++k) {
    sum[k] = x[k + 1] + x[N - 1 - k];
    difference[k] = x[k + 1] - x[N - 1 - k];
    x[0] = x[0] + sum[k];
  }
#pragma unroll
  for (int j = 1; j <= kHalf; ++j) {
    float2 even = first, odd = {0.f, 0.f};
#pragma unroll
    for (int k = 0; k < kHalf; ++k) {
      const float c = kTurn<N>.cosine[j * (k + 1) % N];
      const float s = Sign * kTurn<N>.sine[j * (k + 1) % N];
      even = {even.x + c * sum[k].x, even.y + c * sum[k].y};
      odd = {odd.x - s * difference[k].y, odd.y + s * difference[k].x};
    }
    x[j] = even + odd;
    x[N - j] = even - odd;
  }
}

}  // namespace detail

// In place: x[k] <- sum_j x[j] exp(Sign 2 pi i j k / N), unnormalised. Only the first Known elements are read; the
// others count as zero, and whole stages of their arithmetic vanish.
template <int N, int Sign, int Known>
__device__ __forceinline__ void dft(float2 (&x)[N]) {
  static_assert(Known >= 1 && Known <= N);
  constexpr int kRadix = detail::kFirstRadix<N>;
  if constexpr (N == 1) {
    return;
  } else if constexpr (Known == 1) {
#pragma unroll
    for (int k = 1; k < N; ++k) x[k] = x[0];
  } else if constexpr (N == 2) {
    const float2 a = x[0], b = x[1];
    x[0] = a + b;
    x[1] = a - b;
  } else if constexpr (kRadix == N) {
#pragma unroll
    for (int k = Known; k < N; ++k) x[k] = {0.f, 0.f};
    if constexpr (N == 4) {
      detail::dft4<Sign>(x);
    } else {
      detail::dft_odd<N, Sign>(x);
    }
  } else {
    constexpr int kRest = N / kRadix, kKnownRest = (Known + kRadix - 1) / kRadix;
    float2 part[kRadix][kRest];
#pragma unroll
    for (int r = 0; r < kRadix; ++r) {
#pragma unroll
      for (int m = 0; m < kKnownRest; ++m) {
        part[r][m] = m * kRadix + r < Known ? x[m * kRadix + r] : float2{0.f, 0.f};
      }
      dft<kRest, Sign, kKnownRest>(part[r]);
    }
#pragma unroll
    for (int m = 0; m < kRest; ++m) {
      float2 column[kRadix];
#pragma unroll
      for (int r = 0; r < kRadix; ++r) column[r] = turn<N, Sign>(part[r][m], r * m);
      dft<kRadix, Sign, (Known < kRadix ? Known : kRadix)>(column);
#pragma unroll
      for (int r = 0; r < kRadix; ++r) x[m + kRest * r] = column[r];
    }
  }
}

}  // namespace fbcunn::cuda::fft
