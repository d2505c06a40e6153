// Late-interaction scoring: every word of the question looks for its best match in the passage.
//
// Pure functions: any thread may call them. The cost is words of the question × words of the passage
// × dimensions, plus the making of one vector per word.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace looptape::tools::demo {

inline constexpr std::size_t kTokenDimensions = 384;

// One unit vector per word, each mixed with its neighbours, so that a word in another context scores
// less than the same word in the same context.
class TokenVectors {
 public:
  explicit TokenVectors(std::string_view text);

  std::size_t size() const { return values_.size() / kTokenDimensions; }
  std::span<const float> operator[](std::size_t i) const {
    return std::span(values_).subspan(i * kTokenDimensions, kTokenDimensions);
  }

 private:
  std::vector<float> values_;
};

// For each word of the question the best similarity in the passage, from -1 to 1.
std::vector<float> best_matches(const TokenVectors& question, const TokenVectors& passage);

// One score per candidate from its row of best matches: their mean, where a question's word that
// few candidates match counts more than one that all do.
std::vector<double> late_interaction_scores(const std::vector<std::vector<float>>& matches);

}  // namespace looptape::tools::demo
