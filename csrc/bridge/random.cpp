// Torch7's random streams, bit for bit: generator, filling tensors, permutations, multinomial sampling.
#include <algorithm>
#include <vector>

#include "bridge/direct.h"
#include "bridge/generator.h"

namespace fbl {

namespace {

constexpr int kWords = 624;
constexpr int kShift = 397;

uint32_t twisted(uint64_t here, uint64_t next, uint64_t far) {
  const auto mixed = static_cast<uint32_t>((here & 0x80000000U) | (next & 0x7fffffffU));
  return static_cast<uint32_t>(far) ^ (mixed >> 1) ^ (0x9908b0dfU & (0U - (static_cast<uint32_t>(next) & 1U)));
}

}  // namespace

void refill(fbl_generator* g) {
  uint64_t* s = g->state;
  int i = 0;
  for (; i < kWords - kShift; ++i) s[i] = twisted(s[i], s[i + 1], s[i + kShift]);
  for (; i < kWords - 1; ++i) s[i] = twisted(s[i], s[i + 1], s[i + kShift - kWords]);
  s[i] = twisted(s[i], s[0], s[kShift - 1]);
  g->left = kWords;
  g->next = 0;
}

}  // namespace fbl

namespace {

using fbl::for_each;
using fbl::kWords;

using fbl::tensor_of;
using fbl::with_number_type;

static_assert(sizeof(fbl_generator) == 5048, "getRNGState() is the generator's own bytes");

// random() without bounds covers the whole numbers that the element type holds exactly.
template <typename Element>
constexpr uint64_t whole_range() {
  if constexpr (std::is_same_v<Element, float>) return (1ULL << 24) + 1;
  if constexpr (std::is_same_v<Element, double>) return (1ULL << 53) + 1;
  if constexpr (std::is_same_v<Element, uint8_t>) return 256;
  return static_cast<uint64_t>(std::numeric_limits<Element>::max()) + 1;
}

// a..b in unsigned arithmetic: for float and double elements a negative bound comes out near 2^64, as it did.
uint64_t draw_range(fbl_generator* g, double a, double b) {
  const auto low = static_cast<uint64_t>(fbl::to_int64(a));
  const auto high = static_cast<uint64_t>(fbl::to_int64(b));
  return fbl_generator_next(g) % (high + 1 - low) + low;
}

void check_parameters(int distribution, double a, double b) {
  switch (distribution) {
    case FBL_RANDOM_NORMAL:
      TORCH_CHECK(b > 0, "standard deviation must be strictly positive");
      break;
    case FBL_RANDOM_LOGNORMAL:
      TORCH_CHECK(b > 0, "standard deviation must be strictly positive");
      break;
    case FBL_RANDOM_GEOMETRIC:
      TORCH_CHECK(a > 0 && a < 1, "must be > 0 and < 1");
      break;
    case FBL_RANDOM_BERNOULLI:
      TORCH_CHECK(a >= 0 && a <= 1, "must be >= 0 and <= 1");
      break;
    case FBL_RANDOM_RANGE:
      TORCH_CHECK(b >= a, "upper bound must be larger than lower bound");
      break;
    default:
      break;
  }
}

std::vector<double> row_of(const at::Tensor& probabilities, int64_t row) {
  const at::Tensor one = probabilities.dim() == 1 ? probabilities : probabilities[row];
  const at::Tensor values = one.to(c10::kDouble).contiguous();
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

std::vector<double> cumulative(const std::vector<double>& probabilities) {
  std::vector<double> sums;
  sums.reserve(probabilities.size());
  double total = 0;
  for (const double p : probabilities) {
    TORCH_CHECK(!(p < 0), "invalid multinomial distribution (encountering probability entry < 0)");
    total += p;
    sums.push_back(total);
  }
  TORCH_CHECK(total > 0, "invalid multinomial distribution (sum of probabilities <= 0)");
  for (double& s : sums) s /= total;
  return sums;
}

}  // namespace

extern "C" {

void fbl_generator_seed(fbl_generator* g, uint64_t seed) {
  *g = fbl_generator{};
  g->initial_seed = seed;
  g->state[0] = seed & 0xffffffffU;
  for (int i = 1; i < kWords; ++i) {
    const uint64_t previous = g->state[i - 1];
    g->state[i] = (1812433253ULL * (previous ^ (previous >> 30)) + i) & 0xffffffffU;
  }
  g->left = 1;
  g->seeded = 1;
}

uint32_t fbl_generator_next(fbl_generator* g) { return fbl::next(g); }

double fbl_random(fbl_generator* g, int distribution, double a, double b) {
  if (distribution == FBL_RANDOM_INTEGER) return fbl_generator_next(g);
  if (distribution == FBL_RANDOM_RANGE) return static_cast<double>(static_cast<int64_t>(draw_range(g, a, b)));
  return fbl::draw(g, distribution, a, b);
}

int fbl_random_fill(fbl_generator* g, int distribution, void* handle, double a, double b) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    check_parameters(distribution, a, b);
    with_number_type(tensor, [&](auto sample) {
      using Element = decltype(sample);
      if (distribution == FBL_RANDOM_INTEGER) {
        for_each<Element>(tensor, [&](Element& x) {
          x = static_cast<Element>(static_cast<uint64_t>(fbl::next(g)) % whole_range<Element>());
        });
      } else if (distribution == FBL_RANDOM_RANGE) {
        for_each<Element>(tensor, [&](Element& x) { x = static_cast<Element>(draw_range(g, a, b)); });
      } else {
        const bool real = distribution != FBL_RANDOM_BERNOULLI && distribution != FBL_RANDOM_GEOMETRIC;
        TORCH_CHECK(!real || std::is_floating_point_v<Element>, "this distribution needs a float or double tensor");
        // Parameters of real distributions pass through the element type.
        const double first = real ? static_cast<double>(static_cast<Element>(a)) : a;
        const double second = real ? static_cast<double>(static_cast<Element>(b)) : b;
        for_each<Element>(tensor,
                          [&](Element& x) { x = fbl::to_element<Element>(fbl::draw(g, distribution, first, second)); });
      }
    });
  }
  FBL_CATCH;
}

int fbl_random_bernoulli(fbl_generator* g, void* handle, const void* probabilities_handle) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    const at::Tensor& given = tensor_of(probabilities_handle);
    TORCH_CHECK(tensor.numel() == given.numel(), "inconsistent tensor size: ", tensor.numel(), " elements and ",
                given.numel(), " probabilities");
    const at::Tensor probabilities = given.to(c10::kDouble).contiguous();
    const double* p = probabilities.const_data_ptr<double>();
    with_number_type(tensor, [&](auto sample) {
      using Element = decltype(sample);
      for_each<Element>(tensor, [&](Element& x) {
        TORCH_CHECK(*p >= 0 && *p <= 1, "must be >= 0 and <= 1");
        x = static_cast<Element>(fbl::draw(g, FBL_RANDOM_BERNOULLI, *p++, 0));
      });
    });
  }
  FBL_CATCH;
}

int fbl_randperm(fbl_generator* g, void* handle, int64_t n) {
  FBL_TRY {
    TORCH_CHECK(n > 0, "must be strictly positive");
    if (const int status = fbl_tensor_resize(handle, 1, &n); status != fbl::kOk) return status;
    std::vector<int64_t> order(n);
    for (int64_t i = 0; i < n; ++i) order[i] = i + 1;
    for (int64_t i = 0; i < n - 1; ++i) std::swap(order[i], order[i + fbl_generator_next(g) % (n - i)]);
    const at::Tensor& tensor = tensor_of(handle);
    with_number_type(tensor, [&](auto sample) {
      using Element = decltype(sample);
      auto next = order.begin();
      for_each<Element>(tensor, [&](Element& x) { x = static_cast<Element>(*next++); });
    });
  }
  FBL_CATCH;
}

int fbl_multinomial(fbl_generator* g, void* out, const void* probabilities_handle, int64_t count, int replacement) {
  FBL_TRY {
    const at::Tensor& probabilities = tensor_of(probabilities_handle);
    TORCH_CHECK(probabilities.dim() == 1 || probabilities.dim() == 2, "probabilities must be a vector or a matrix");
    const int64_t rows = probabilities.dim() == 1 ? 1 : probabilities.size(0);
    const int64_t categories = probabilities.size(-1);
    TORCH_CHECK(count > 0, "cannot sample n_sample < 0 samples");
    TORCH_CHECK(replacement != 0 || count <= categories,
                "cannot sample n_sample > prob_dist:size(1) samples without replacement");
    const int64_t shape[2] = {rows, count};
    const int status =
        probabilities.dim() == 1 ? fbl_tensor_resize(out, 1, shape + 1) : fbl_tensor_resize(out, 2, shape);
    if (status != fbl::kOk) return status;
    std::vector<int64_t> drawn;
    drawn.reserve(rows * count);
    for (int64_t row = 0; row < rows; ++row) {
      std::vector<double> sums = cumulative(row_of(probabilities, row));
      for (int64_t sample = 0; sample < count; ++sample) {
        const double u = fbl::uniform(g, 0, 1);
        sums.back() = 1;  // rounding must not leave a gap at the top
        const auto found = std::lower_bound(sums.begin(), sums.end(), u);
        const int64_t picked = found - sums.begin();
        drawn.push_back(picked + 1);
        if (replacement != 0) continue;
        const double mass = *found - (picked == 0 ? 0.0 : sums[picked - 1]);
        const double rest = 1.0 - mass;
        for (int64_t i = 0; i < categories; ++i) sums[i] = (i >= picked ? sums[i] - mass : sums[i]) / rest;
      }
    }
    const at::Tensor& tensor = tensor_of(out);
    with_number_type(tensor, [&](auto element) {
      using Element = decltype(element);
      auto next = drawn.begin();
      for_each<Element>(tensor, [&](Element& x) { x = static_cast<Element>(*next++); });
    });
  }
  FBL_CATCH;
}

// Walker's alias method: a slot keeps its own category with probability threshold and stands for alias otherwise.
int fbl_alias_setup(const void* probabilities_handle, void* table, void* threshold) {
  FBL_TRY {
    const at::Tensor& probabilities = tensor_of(probabilities_handle);
    TORCH_CHECK(probabilities.dim() == 1, "probabilities must be a vector");
    const int64_t n = probabilities.numel();
    std::vector<double> share = row_of(probabilities, 0);
    std::vector<int64_t> alias(n, 0);
    std::vector<int64_t> small;
    std::vector<int64_t> large;
    for (int64_t i = 0; i < n; ++i) {
      share[i] *= static_cast<double>(n);
      (share[i] < 1.0 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const int64_t taker = small.back();
      const int64_t giver = large.back();
      alias[taker] = giver;
      share[giver] -= 1.0 - share[taker];
      small.pop_back();
      if (share[giver] < 1.0) {
        large.pop_back();
        small.push_back(giver);
      }
    }
    // Rounding may leave a share above 1: all are scaled by it, as they were. A slot without another category (or, as
    // Torch7 could not tell the two apart, with the first one) keeps its own.
    const double largest = n > 0 ? *std::max_element(share.begin(), share.end()) : 1.0;
    for (int64_t i = 0; i < n; ++i) {
      if (largest > 1.0) share[i] /= largest;
      if (alias[i] == 0) share[i] = 1.0;
    }
    for (void* target : {table, threshold}) {
      if (const int status = fbl_tensor_resize(target, 1, &n); status != fbl::kOk) return status;
    }
    for (int64_t i = 0; i < n; ++i) {
      fbl_set1(table, i, static_cast<double>(alias[i]));
      fbl_set1(threshold, i, share[i]);
    }
  }
  FBL_CATCH;
}

int fbl_alias_draw(fbl_generator* g, void* out, const void* table, const void* threshold) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(out);
    const int64_t n = tensor_of(table).numel();
    TORCH_CHECK(n > 0, "the alias table is empty; make it with torch.multinomialAliasSetup");
    with_number_type(tensor, [&](auto element) {
      using Element = decltype(element);
      for_each<Element>(tensor, [&](Element& x) {
        const auto slot = static_cast<int64_t>(fbl::uniform(g, 0, static_cast<double>(n)));
        double keep = 0;
        double other = 0;
        fbl_get1(threshold, slot, &keep);
        fbl_get1(table, slot, &other);
        const bool kept = fbl::draw(g, FBL_RANDOM_BERNOULLI, keep, 0) != 0;
        // The other category comes out one too low: Torch7's streams have it so.
        x = static_cast<Element>(kept ? static_cast<double>(slot + 1) : other - 1);
      });
    });
  }
  FBL_CATCH;
}
}
