// The work between the probes, one copy for all services: see service_vectors.h.
#include "bench/service_vectors.h"

#include <array>
#include <cstdint>

namespace looptape::bench {

Vectors::Vectors() : values_(kDimensions * kCount) {
  std::uint32_t state = 1;
  for (float& value : values_) {
    state = state * 1664525 + 1013904223;  // any spread of values will do
    value = static_cast<float>(state >> 8) / (1u << 24);
  }
}

float Vectors::best(std::size_t first, std::size_t count) const {
  const float* const question = &values_[(first % kCount) * kDimensions];
  float best = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float* const vector = &values_[((first + i) % kCount) * kDimensions];
    std::array<float, 8> sums{};
    for (std::size_t d = 0; d < kDimensions; d += sums.size()) {
      for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += question[d + lane] * vector[d + lane];
    }
    float sum = 0;
    for (const float lane : sums) sum += lane;
    best = sum > best ? sum : best;
  }
  return best;
}

}  // namespace looptape::bench
