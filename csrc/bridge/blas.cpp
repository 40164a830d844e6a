#include "bridge/blas.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/rand.h>
#include <dlfcn.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>

#include "bridge/direct.h"
#include "bridge/provider.h"

namespace {

enum Order { kRowMajor = 101 };
enum Transpose { kNoTranspose = 111, kTranspose = 112 };

template <typename Element>
using Gemm = void (*)(int, int, int, int, int, int, Element, const Element*, int, const Element*, int, Element,
                      Element*, int);
template <typename Element>
using Gemv = void (*)(int, int, int, int, Element, const Element*, int, const Element*, int, Element, Element*, int);
template <typename Element>
using Dot = Element (*)(int, const Element*, int, const Element*, int);

constexpr int64_t kLargestSize = std::numeric_limits<int>::max();

struct OpenBlas {
  Gemm<float> sgemm = nullptr;
  Gemm<double> dgemm = nullptr;
  Gemv<float> sgemv = nullptr;
  Gemv<double> dgemv = nullptr;
  Dot<float> sdot = nullptr;
  Dot<double> ddot = nullptr;
  void (*set_threads)(int) = nullptr;
  char* (*config)() = nullptr;
  char* (*kernels)() = nullptr;
  bool loaded = false;
};

OpenBlas openblas;

// Products smaller than this are not worth timing for.
constexpr int64_t kWorthTiming = 48 * 48 * 48;
constexpr int64_t kTimed = 384;

// Multiplications worth a thread.
constexpr int64_t kWorthThread = 64 * 64 * 64;
// The least rows or columns of a part. With OpenBLAS's AVX-512 kernels such parts have the bits of the whole product.
constexpr int64_t kBlock = 32;

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
  if ((across == 1 || columns == 1) && (down >= std::max<int64_t>(1, columns) || rows == 1)) {
    *transpose = kNoTranspose;
    *leading = static_cast<int>(rows == 1 ? std::max<int64_t>(1, columns) : down);
    return down <= kLargestSize;
  }
  if ((down == 1 || rows == 1) && (across >= std::max<int64_t>(1, rows) || columns == 1)) {
    *transpose = kTranspose;
    *leading = static_cast<int>(columns == 1 ? std::max<int64_t>(1, rows) : across);
    return across <= kLargestSize;
  }
  return false;
}

// Runs part(first, count) for parts of 0 <= i < extent on PyTorch's threads; each i costs so many multiplications.
// OpenBLAS runs on one thread each time: beside PyTorch's pool its own would take turns on the cores with threads that
// wait busily, which made products twenty times slower.
template <typename Part>
void in_parts(int64_t extent, int64_t multiplications, Part&& part) {
  const int64_t blocks = std::max<int64_t>(1, extent / kBlock);
  const int64_t grain = std::max<int64_t>(1, kWorthThread / (multiplications * kBlock + 1));
  at::parallel_for(0, blocks, grain, [&](int64_t begin, int64_t end) {
    part(begin * kBlock, (end == blocks ? extent : end * kBlock) - begin * kBlock);
  });
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
  const int64_t rows = a.size(0), columns = b.size(1), inner = a.size(1), leading = result.stride(0);
  const auto* left = a.const_data_ptr<Element>();
  const auto* right = b.const_data_ptr<Element>();
  auto* out = result.mutable_data_ptr<Element>();
  const auto multiply = [&](int64_t row, int64_t row_count, int64_t column, int64_t column_count) {
    gemm_of<Element>()(kRowMajor, a_order, b_order, static_cast<int>(row_count), static_cast<int>(column_count),
                       static_cast<int>(inner), static_cast<Element>(alpha),
                       left + row * (a_order == kTranspose ? 1 : a_leading), a_leading,
                       right + column * (b_order == kTranspose ? b_leading : 1), b_leading, static_cast<Element>(beta),
                       out + row * leading + column, static_cast<int>(leading));
  };
  if (columns >= rows) {
    in_parts(columns, rows * inner, [&](int64_t first, int64_t count) { multiply(0, rows, first, count); });
  } else {
    in_parts(rows, columns * inner, [&](int64_t first, int64_t count) { multiply(first, count, 0, columns); });
  }
}

// order and leading: from layout(a).
template <typename Element>
void openblas_gemv(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b,
                   int order, int leading) {
  const bool stored_transposed = order == kTranspose;
  const auto* matrix = a.const_data_ptr<Element>();
  const auto* vector = b.const_data_ptr<Element>();
  auto* out = result.mutable_data_ptr<Element>();
  const int64_t columns = a.size(1), step = result.stride(0);
  in_parts(a.size(0), columns, [&](int64_t first, int64_t count) {
    gemv_of<Element>()(kRowMajor, order, static_cast<int>(stored_transposed ? columns : count),
                       static_cast<int>(stored_transposed ? count : columns), static_cast<Element>(alpha),
                       matrix + first * (stored_transposed ? 1 : leading), leading, vector,
                       static_cast<int>(b.stride(0)), static_cast<Element>(beta), out + first * step,
                       static_cast<int>(step));
  });
}

// Pairs of equal layout, without a tensor object for each.
template <typename Element>
bool openblas_batch(const at::Tensor& result, const at::Tensor& a, const at::Tensor& b) {
  int a_order, b_order, a_leading, b_leading;
  if (!layout(a.select(0, 0), &a_order, &a_leading) || !layout(b.select(0, 0), &b_order, &b_leading)) return false;
  const auto gemm = gemm_of<Element>();
  const auto* left = a.const_data_ptr<Element>();
  const auto* right = b.const_data_ptr<Element>();
  auto* out = result.mutable_data_ptr<Element>();
  const int64_t grain = std::max<int64_t>(1, kWorthThread / (a.size(1) * a.size(2) * b.size(2)));
  at::parallel_for(0, a.size(0), grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      gemm(kRowMajor, a_order, b_order, static_cast<int>(a.size(1)), static_cast<int>(b.size(2)),
           static_cast<int>(a.size(2)), Element(1), left + i * a.stride(0), a_leading, right + i * b.stride(0),
           b_leading, Element(0), out + i * result.stride(0), static_cast<int>(result.stride(1)));
    }
  });
  return true;
}

using Pointwise = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, c10::string_view,
                             c10::List<std::optional<at::Scalar>>, std::optional<c10::string_view>);

// oneDNN's product of x with the transpose of a matrix; absent in builds of PyTorch without oneDNN.
const std::optional<c10::TypedOperatorHandle<Pointwise>>& onednn() {
  static const auto found = []() -> std::optional<c10::TypedOperatorHandle<Pointwise>> {
    const auto handle = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!handle.has_value() || !handle->hasKernelForDispatchKey(c10::DispatchKey::CPU)) return std::nullopt;
    try {
      return handle->typed<Pointwise>();
    } catch (const c10::Error&) {  // another release of PyTorch, with other arguments
      return std::nullopt;
    }
  }();
  return found;
}

void onednn_gemm(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor product = onednn()->call(a, b.t(), std::nullopt, "none", c10::List<std::optional<at::Scalar>>(), "");
  if (beta == 0) {
    result.copy_(product);
    if (alpha != 1) result.mul_(alpha);
  } else {
    if (beta != 1) result.mul_(beta);
    result.add_(product, alpha);
  }
}

const std::string& libraries() {
  static const std::string text = [] {
    std::string said = openblas.loaded ? openblas.config() : "no OpenBLAS";
    if (openblas.loaded) said += std::string(", kernels for ") + openblas.kernels();
    return said + (onednn().has_value() ? ", with oneDNN" : ", without oneDNN");
  }();
  return text;
}

template <typename Element>
fbl::Choice choose_gemm() {
  const auto options = at::TensorOptions().dtype(c10::CppTypeToScalarType<Element>::value);
  const at::Tensor a = at::rand({kTimed, kTimed}, options);
  const at::Tensor b = at::rand({kTimed, kTimed}, options);
  at::Tensor result = at::empty({kTimed, kTimed}, options);
  fbl::Candidates candidates;
  candidates[FBL_BLAS_ATEN] = [&] { at::mm_out(result, a, b); };
  if (openblas.loaded) candidates[FBL_BLAS_OPENBLAS] = [&] { openblas_gemm<Element>(result, 0, 1, a, b); };
  if (std::is_same_v<Element, float> && onednn().has_value()) {
    candidates[FBL_BLAS_ONEDNN] = [&] { onednn_gemm(result, 0, 1, a, b); };
  }
  return fbl::choose(std::is_same_v<Element, float> ? "float matrix" : "double matrix", libraries(), candidates);
}

template <typename Element>
fbl::Choice choose_gemv() {
  const auto options = at::TensorOptions().dtype(c10::CppTypeToScalarType<Element>::value);
  const at::Tensor a = at::rand({kTimed, kTimed}, options);
  const at::Tensor b = at::rand({kTimed}, options);
  at::Tensor result = at::empty({kTimed}, options);
  fbl::Candidates candidates;
  // Single ones are too short for the clock.
  constexpr int kTimes = 20;
  candidates[FBL_BLAS_ATEN] = [&] {
    for (int i = 0; i < kTimes; ++i) at::mv_out(result, a, b);
  };
  if (openblas.loaded) {
    candidates[FBL_BLAS_OPENBLAS] = [&] {
      for (int i = 0; i < kTimes; ++i) openblas_gemv<Element>(result, 0, 1, a, b, kNoTranspose, kTimed);
    };
  }
  return fbl::choose(std::is_same_v<Element, float> ? "float vector" : "double vector", libraries(), candidates);
}

// Null for types that have no choice.
const fbl::Choice* chosen(c10::ScalarType type, bool vector) {
  // Timing must not draw from the generator that Python programs have seeded, nor be seen by autograd.
  static const auto timed = [](auto&& choose) {
    auto generator = at::detail::getDefaultCPUGenerator();
    const at::Tensor state = generator.get_state();
    const fbl::Choice choice = choose();
    generator.set_state(state);
    return choice;
  };
  if (type == c10::kFloat && vector) {
    static const fbl::Choice choice = timed(choose_gemv<float>);
    return &choice;
  }
  if (type == c10::kDouble && vector) {
    static const fbl::Choice choice = timed(choose_gemv<double>);
    return &choice;
  }
  if (type == c10::kFloat) {
    static const fbl::Choice choice = timed(choose_gemm<float>);
    return &choice;
  }
  if (type == c10::kDouble) {
    static const fbl::Choice choice = timed(choose_gemm<double>);
    return &choice;
  }
  return nullptr;
}

// Which library multiplies: ATen when there is no choice to make.
int provider_of(const at::Tensor& a, int64_t multiplications, bool vector) {
  const auto type = a.scalar_type();
  if (type != c10::kFloat && type != c10::kDouble) return FBL_BLAS_ATEN;
  if (multiplications < kWorthTiming) return openblas.loaded ? FBL_BLAS_OPENBLAS : FBL_BLAS_ATEN;
  return chosen(type, vector)->provider;
}

template <typename Element>
Element dot_in_pieces(Dot<Element> dot, const Element* a, const Element* b, int64_t n) {
  Element total = 0;
  for (; n > kLargestSize; n -= kLargestSize, a += kLargestSize, b += kLargestSize) {
    total += dot(static_cast<int>(kLargestSize), a, 1, b, 1);
  }
  return total + dot(static_cast<int>(n), a, 1, b, 1);
}

bool usable(const at::Tensor& result, const at::Tensor& a, const at::Tensor& b) {
  if (!a.is_cpu() || !b.is_cpu() || !result.is_cpu()) return false;
  if (a.scalar_type() != b.scalar_type() || a.scalar_type() != result.scalar_type()) return false;
  if (a.numel() == 0 || b.numel() == 0 || a.requires_grad() || b.requires_grad()) return false;
  return std::max({a.size(0), a.size(1), b.size(-1)}) <= kLargestSize;
}

}  // namespace

namespace fbl {

bool has_openblas() { return openblas.loaded; }

float openblas_dot(const float* a, const float* b, int64_t n) { return dot_in_pieces(openblas.sdot, a, b, n); }
double openblas_dot(const double* a, const double* b, int64_t n) { return dot_in_pieces(openblas.ddot, a, b, n); }

bool fast_gemm(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b) {
  if (!usable(result, a, b)) return false;
  if (result.stride(1) != 1 || result.stride(0) < result.size(1)) {
    const bool by_columns = result.stride(0) == 1 && result.stride(1) >= result.size(0);
    return by_columns && fast_gemm(result.t(), beta, alpha, b.t(), a.t());
  }
  const int provider = provider_of(a, a.numel() * b.size(1), /*vector=*/false);
  if (provider == FBL_BLAS_ATEN) return false;
  if (provider == FBL_BLAS_ONEDNN) {
    onednn_gemm(result, beta, alpha, a, b);
  } else {
    a.scalar_type() == c10::kFloat ? openblas_gemm<float>(result, beta, alpha, a, b)
                                   : openblas_gemm<double>(result, beta, alpha, a, b);
    bump(result.unsafeGetTensorImpl());
  }
  return true;
}

bool fast_batch_gemm(const at::Tensor& result, const at::Tensor& a, const at::Tensor& b) {
  if (!openblas.loaded || !usable(result, a, b) || a.size(2) > kLargestSize) return false;
  if (result.stride(2) != 1 || result.stride(1) < result.size(2)) return false;
  if (provider_of(a, a.size(1) * a.size(2) * b.size(2), /*vector=*/false) == FBL_BLAS_ATEN) return false;
  const bool done =
      a.scalar_type() == c10::kFloat ? openblas_batch<float>(result, a, b) : openblas_batch<double>(result, a, b);
  if (done) bump(result.unsafeGetTensorImpl());
  return done;
}

bool fast_gemv(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b) {
  int order, leading;
  if (!usable(result, a, b) || !layout(a, &order, &leading)) return false;
  if (b.stride(0) < 1 || result.stride(0) < 1) return false;
  if (provider_of(a, a.numel(), /*vector=*/true) != FBL_BLAS_OPENBLAS) return false;
  a.scalar_type() == c10::kFloat ? openblas_gemv<float>(result, beta, alpha, a, b, order, leading)
                                 : openblas_gemv<double>(result, beta, alpha, a, b, order, leading);
  bump(result.unsafeGetTensorImpl());
  return true;
}

}  // namespace fbl

extern "C" {

int fbl_blas_load(const char* path) {
  FBL_TRY {
    static std::mutex mutex;  // every Lua state loads it
    const std::lock_guard<std::mutex> lock(mutex);
    void* library = fbl::load_without_threads(path);
    TORCH_CHECK(library != nullptr, "OpenBLAS cannot be loaded: ", dlerror());
    resolve(library, "scipy_cblas_sgemm", openblas.sgemm);
    resolve(library, "scipy_cblas_dgemm", openblas.dgemm);
    resolve(library, "scipy_cblas_sgemv", openblas.sgemv);
    resolve(library, "scipy_cblas_dgemv", openblas.dgemv);
    resolve(library, "scipy_cblas_sdot", openblas.sdot);
    resolve(library, "scipy_cblas_ddot", openblas.ddot);
    resolve(library, "scipy_openblas_set_num_threads", openblas.set_threads);
    resolve(library, "scipy_openblas_get_config", openblas.config);
    resolve(library, "scipy_openblas_get_corename", openblas.kernels);
    openblas.set_threads(1);  // in_parts
    openblas.loaded = true;
  }
  FBL_CATCH;
}

void fbl_blas_cache(const char* folder) { fbl::set_choice_folder(folder == nullptr ? "" : folder); }

int fbl_blas_choice(int type, int vector, double* times, int* provider) {
  FBL_TRY {
    const fbl::Choice* choice = chosen(fbl::scalar_type_of(type), vector != 0);
    TORCH_CHECK(choice != nullptr, "products of float and double matrices have a provider, others do not");
    std::copy(choice->milliseconds.begin(), choice->milliseconds.end(), times);
    provider[0] = choice->provider;
    provider[1] = choice->from_file ? 1 : 0;
  }
  FBL_CATCH;
}
}
