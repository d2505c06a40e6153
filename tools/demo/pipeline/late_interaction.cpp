// See late_interaction.h.

#include "tools/demo/pipeline/late_interaction.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/demo/text/ngram_vector.h"
#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

// How much of the words one and two places away is mixed into a word.
constexpr std::array<float, 2> kNeighbourWeights = {0.7F, 0.4F};
constexpr float kMatch = 0.75F;  // from here on a word counts as found

std::span<float> row(std::vector<float>& values, std::size_t i) {
  return std::span(values).subspan(i * kTokenDimensions, kTokenDimensions);
}

void add(float weight, std::span<const float> other, std::span<float> sum) {
  for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += weight * other[d];
}

}  // namespace

TokenVectors::TokenVectors(std::string_view text) {
  const auto list = content_words(text);
  std::vector<float> alone(list.size() * kTokenDimensions);
  for (std::size_t i = 0; i < list.size(); ++i) word_vector(list[i], row(alone, i));
  values_ = alone;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::span<float> mixed = row(values_, i);
    for (std::size_t distance = 1; distance <= kNeighbourWeights.size(); ++distance) {
      const float weight = kNeighbourWeights[distance - 1];
      if (i >= distance) add(weight, row(alone, i - distance), mixed);
      if (i + distance < list.size()) add(weight, row(alone, i + distance), mixed);
    }
    normalise(mixed);
  }
}

std::vector<float> best_matches(const TokenVectors& question, const TokenVectors& passage) {
  std::vector<float> best(question.size(), passage.size() == 0 ? 0.0F : -1.0F);
  for (std::size_t q = 0; q < question.size(); ++q) {
    for (std::size_t p = 0; p < passage.size(); ++p) {
      best[q] = std::max(best[q], dot(question[q], passage[p]));
    }
  }
  return best;
}

std::vector<double> late_interaction_scores(const std::vector<std::vector<float>>& matches) {
  const std::size_t words_asked = matches.empty() ? 0 : matches.front().size();
  std::vector<double> weight(words_asked);
  double total = 0;
  for (std::size_t q = 0; q < words_asked; ++q) {
    const auto found = std::count_if(matches.begin(), matches.end(), [&](const auto& row) { return row[q] >= kMatch; });
    weight[q] = std::log(1 + (static_cast<double>(matches.size()) + 0.5) / (static_cast<double>(found) + 0.5));
    total += weight[q];
  }
  std::vector<double> scores(matches.size(), 0.0);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    for (std::size_t q = 0; q < words_asked; ++q) scores[i] += weight[q] * matches[i][q] / total;
  }
  return scores;
}

}  // namespace looptape::tools::demo
