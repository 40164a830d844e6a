#include "bridge/blas.h"

#include <ATen/Parallel.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

#include "bridge/direct.h"

namespace {

enum Order { kRowMajor = 101 };
enum Transpose { kNoTranspose = 111, kTranspose = 112 };

template <typename Element>
using Gemm = void (*)(int, int, int, int, int, int, Element, const Element*, int, const Element*, int, Element,
                      Element*, int);
template <typename Element>
using Gemv = void (*)(int, int, int, int, Element, const Element*, int, const Element*, int, Element, Element*, int);

struct OpenBlas {
  Gemm<float> sgemm = nullptr;
  Gemm<double> dgemm = nullptr;
  Gemv<float> sgemv = nullptr;
  Gemv<double> dgemv = nullptr;
  void (*set_threads)(int) = nullptr;
  bool loaded = false;
};

OpenBlas openblas;

struct Choice {
  std::once_flag once;
  int provider = FBL_BLAS_ATEN;
  std::array<double, 2> milliseconds{-1, -1};
};

Choice choices[2];  // float, double

// Products smaller than this are not worth timing for.
constexpr int64_t kWorthTiming = 48 * 48 * 48;
constexpr int64_t kTimed = 384;

template <typename Function>
void resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  TORCH_CHECK(function != nullptr, "this OpenBLAS has no function ", name);
}

template <typename Element>
auto gemm_of() {
  if constexpr (std::is_same_v<Element, float>)
    return openblas.sgemm;
  else
    return openblas.dgemm;
}

template <typename Element>
auto gemv_of() {
  if constexpr (std::is_same_v<Element, float>)
    return openblas.sgemv;
  else
    return openblas.dgemv;
}

// How BLAS reads a matrix where it lies: rows or columns must be dense. false when it must be copied first.
bool layout(const at::Tensor& matrix, int* transpose, int* leading) {
  const int64_t rows = matrix.size(0), columns = matrix.size(1);
  const int64_t down = matrix.stride(0), across = matrix.stride(1);
  constexpr int64_t kLargest = std::numeric_limits<int>::max();
  if ((across == 1 || columns == 1) && (down >= std::max<int64_t>(1, columns) || rows == 1)) {
    *transpose = kNoTranspose;
    *leading = static_cast<int>(rows == 1 ? std::max<int64_t>(1, columns) : down);
    return down <= kLargest;
  }
  if ((down == 1 || rows == 1) && (across >= std::max<int64_t>(1, rows) || columns == 1)) {
    *transpose = kTranspose;
    *leading = static_cast<int>(columns == 1 ? std::max<int64_t>(1, rows) : across);
    return across <= kLargest;
  }
  return false;
}

void use_threads() {
  static thread_local int threads = 0;
  if (const int wanted = at::get_num_threads(); wanted != threads) {
    openblas.set_threads(wanted);
    threads = wanted;
  }
}

template <typename Element>
void openblas_gemm(const at::Tensor& result, double beta, double alpha, at::Tensor a, at::Tensor b) {
  int a_order, b_order, a_leading, b_leading;
  if (!layout(a, &a_order, &a_leading)) {
    a = a.contiguous();
    layout(a, &a_order, &a_leading);
  }
  if (!layout(b, &b_order, &b_leading)) {
    b = b.contiguous();
    layout(b, &b_order, &b_leading);
  }
  use_threads();
  gemm_of<Element>()(kRowMajor, a_order, b_order, static_cast<int>(a.size(0)), static_cast<int>(b.size(1)),
                     static_cast<int>(a.size(1)), static_cast<Element>(alpha), a.const_data_ptr<Element>(), a_leading,
                     b.const_data_ptr<Element>(), b_leading, static_cast<Element>(beta),
                     result.mutable_data_ptr<Element>(), static_cast<int>(result.stride(0)));
}

template <typename Function>
double best_milliseconds(Function&& function) {
  double best = 1e9;
  function();
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    function();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

template <typename Element>
void choose(Choice& choice) {
  if (!openblas.loaded) return;
  const auto options = at::TensorOptions().dtype(c10::CppTypeToScalarType<Element>::value);
  const at::Tensor a = at::rand({kTimed, kTimed}, options);
  const at::Tensor b = at::rand({kTimed, kTimed}, options);
  at::Tensor result = at::empty({kTimed, kTimed}, options);
  auto& times = choice.milliseconds;
  times[FBL_BLAS_ATEN] = best_milliseconds([&] { at::mm_out(result, a, b); });
  times[FBL_BLAS_OPENBLAS] = best_milliseconds([&] { openblas_gemm<Element>(result, 0, 1, a, b); });
  if (times[FBL_BLAS_OPENBLAS] < times[FBL_BLAS_ATEN]) choice.provider = FBL_BLAS_OPENBLAS;
}

// Which choice serves a type; null for types that have none.
Choice* chosen(c10::ScalarType type) {
  if (type == c10::kFloat) {
    std::call_once(choices[0].once, [] { choose<float>(choices[0]); });
    return choices;
  }
  if (type == c10::kDouble) {
    std::call_once(choices[1].once, [] { choose<double>(choices[1]); });
    return choices + 1;
  }
  return nullptr;
}

bool usable(const at::Tensor& result, const at::Tensor& a, const at::Tensor& b) {
  if (!openblas.loaded || !a.is_cpu() || !b.is_cpu() || !result.is_cpu()) return false;
  if (a.scalar_type() != b.scalar_type() || a.scalar_type() != result.scalar_type()) return false;
  if (a.numel() == 0 || b.numel() == 0 || a.requires_grad() || b.requires_grad()) return false;
  constexpr int64_t kLargest = std::numeric_limits<int>::max();
  return std::max({a.size(0), a.size(1), b.size(-1)}) <= kLargest;
}

}  // namespace

namespace fbl {

bool fast_gemm(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b) {
  if (!usable(result, a, b) || a.numel() * b.size(1) < kWorthTiming) return false;
  if (result.stride(1) != 1 || result.stride(0) < result.size(1)) return false;
  const Choice* choice = chosen(a.scalar_type());
  if (choice == nullptr || choice->provider != FBL_BLAS_OPENBLAS) return false;
  a.scalar_type() == c10::kFloat ? openblas_gemm<float>(result, beta, alpha, a, b)
                                 : openblas_gemm<double>(result, beta, alpha, a, b);
  bump(result.unsafeGetTensorImpl());
  return true;
}

bool fast_gemv(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b) {
  int order, leading;
  if (!usable(result, a, b) || a.numel() < kWorthTiming || !layout(a, &order, &leading)) return false;
  const Choice* choice = chosen(a.scalar_type());
  if (choice == nullptr || choice->provider != FBL_BLAS_OPENBLAS) return false;
  const bool stored_transposed = order == kTranspose;
  const auto run = [&](auto sample) {
    using Element = decltype(sample);
    const int64_t rows = stored_transposed ? a.size(1) : a.size(0);
    const int64_t columns = stored_transposed ? a.size(0) : a.size(1);
    use_threads();
    gemv_of<Element>()(kRowMajor, order, static_cast<int>(rows), static_cast<int>(columns), static_cast<Element>(alpha),
                       a.const_data_ptr<Element>(), leading, b.const_data_ptr<Element>(), static_cast<int>(b.stride(0)),
                       static_cast<Element>(beta), result.mutable_data_ptr<Element>(),
                       static_cast<int>(result.stride(0)));
  };
  if (b.stride(0) < 1 || result.stride(0) < 1) return false;
  a.scalar_type() == c10::kFloat ? run(float()) : run(double());
  bump(result.unsafeGetTensorImpl());
  return true;
}

}  // namespace fbl

extern "C" {

int fbl_blas_load(const char* path) {
  FBL_TRY {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    TORCH_CHECK(library != nullptr, "OpenBLAS cannot be loaded: ", dlerror());
    resolve(library, "scipy_cblas_sgemm", openblas.sgemm);
    resolve(library, "scipy_cblas_dgemm", openblas.dgemm);
    resolve(library, "scipy_cblas_sgemv", openblas.sgemv);
    resolve(library, "scipy_cblas_dgemv", openblas.dgemv);
    resolve(library, "scipy_openblas_set_num_threads", openblas.set_threads);
    openblas.loaded = true;
  }
  FBL_CATCH;
}

int fbl_blas_choice(int type, double* milliseconds) {
  FBL_TRY {
    const Choice* choice = chosen(fbl::scalar_type_of(type));
    TORCH_CHECK(choice != nullptr, "products of float and double matrices have a provider, others do not");
    std::copy(choice->milliseconds.begin(), choice->milliseconds.end(), milliseconds);
    milliseconds[2] = choice->provider;
  }
  FBL_CATCH;
}
}
