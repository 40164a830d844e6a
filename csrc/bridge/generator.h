// Torch7's random numbers: MT19937 and the transformations whose order of draws scripts depend on.
#pragma once

#include <cmath>

#include "bridge/bridge.h"

namespace fbl {

// The next 624 words.
void refill(fbl_generator* generator);

inline uint32_t next(fbl_generator* g) {
  if (--g->left == 0) refill(g);
  auto y = static_cast<uint32_t>(g->state[g->next++]);
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

// Uniform in [0, 1): 32 random bits.
inline double uniform(fbl_generator* generator) { return next(generator) * (1.0 / 4294967296.0); }

inline double uniform(fbl_generator* generator, double a, double b) { return uniform(generator) * (b - a) + a; }

// Box-Muller; the second number of a pair is kept in the generator, across calls, tensors and element types.
inline double normal(fbl_generator* g, double mean, double deviation) {
  constexpr double kTwoPi = 2.0 * M_PI;
  if (g->normal_is_valid == 0) {
    g->normal_x = uniform(g);
    g->normal_y = uniform(g);
    g->normal_rho = std::sqrt(-2.0 * std::log(1.0 - g->normal_y));
    g->normal_is_valid = 1;
    return g->normal_rho * std::cos(kTwoPi * g->normal_x) * deviation + mean;
  }
  g->normal_is_valid = 0;
  return g->normal_rho * std::sin(kTwoPi * g->normal_x) * deviation + mean;
}

// Distributions of the reals; FBL_RANDOM_GEOMETRIC and FBL_RANDOM_BERNOULLI give whole numbers.
inline double draw(fbl_generator* g, int distribution, double a, double b) {
  switch (distribution) {
    case FBL_RANDOM_UNIFORM:
      return uniform(g, a, b);
    case FBL_RANDOM_NORMAL:
      return normal(g, a, b);
    case FBL_RANDOM_EXPONENTIAL:
      return -1.0 / a * std::log(1.0 - uniform(g));
    case FBL_RANDOM_CAUCHY:
      return a + b * std::tan(M_PI * (uniform(g) - 0.5));
    case FBL_RANDOM_LOGNORMAL:
      return std::exp(normal(g, a, b));
    case FBL_RANDOM_GEOMETRIC:
      return std::floor(std::log(1.0 - uniform(g)) / std::log(a)) + 1;
    default:  // FBL_RANDOM_BERNOULLI; "at most", as Torch7 has it
      return uniform(g) <= a ? 1.0 : 0.0;
  }
}

}  // namespace fbl
