// See ngram_vector.h.

#include "tools/demo/text/ngram_vector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325;
constexpr std::uint64_t kFnvPrime = 0x100000001b3;
constexpr std::size_t kShortestGram = 3;
constexpr std::size_t kLongestGram = 5;
constexpr float kWholeWordWeight = 2.0F;

// FNV leaves its low bits weak for short keys; one multiply and shift spreads them.
std::uint64_t spread(std::uint64_t h) {
  h ^= h >> 32;
  h *= 0x9e3779b97f4a7c15;
  return h ^ (h >> 29);
}

void add_hashed(std::uint64_t hash, float weight, std::span<float> out) {
  const std::uint64_t h = spread(hash);
  // The high bit gives the sign, so that collisions cancel out instead of piling up.
  out[h % out.size()] += (h >> 63) != 0 ? weight : -weight;
}

// The word as "<word>", so that its ends are n-grams of their own.
void add_word(std::string_view word, float weight, std::span<float> out) {
  std::array<char, 66> framed{};
  const std::size_t length = std::min(word.size(), framed.size() - 2);
  framed[0] = '<';
  std::copy_n(word.begin(), length, framed.begin() + 1);
  framed[length + 1] = '>';
  const std::size_t total = length + 2;
  std::uint64_t whole = kFnvBasis;
  for (std::size_t i = 0; i < total; ++i) {
    std::uint64_t hash = kFnvBasis;
    const std::size_t last = std::min(total, i + kLongestGram);
    for (std::size_t j = i; j < last; ++j) {
      hash = (hash ^ static_cast<unsigned char>(framed[j])) * kFnvPrime;
      if (j - i + 1 >= kShortestGram && j - i + 1 < total) add_hashed(hash, weight, out);
    }
    whole = (whole ^ static_cast<unsigned char>(framed[i])) * kFnvPrime;
  }
  const auto grams = static_cast<float>(total);
  add_hashed(~whole, weight * kWholeWordWeight * std::sqrt(grams), out);
}

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  // Eight sums of their own: the compiler may not reorder floating-point additions by itself.
  std::array<float, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= a.size(); i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float total = 0;
  for (const float sum : sums) total += sum;
  for (; i < a.size(); ++i) total += a[i] * b[i];
  return total;
}

void normalise(std::span<float> v) {
  const float length = std::sqrt(dot(v, v));
  if (length == 0) return;
  for (float& x : v) x /= length;
}

void word_vector(std::string_view word, std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.0F);
  add_word(word, 1.0F, out);
  normalise(out);
}

Vector text_vector(std::string_view text) {
  Vector result(kTextDimensions, 0.0F);
  for (const std::string& word : words(text)) {
    if (!is_stop_word(word)) add_word(word, 1.0F, result);
  }
  // The root damps what a long text repeats ("int int int"), as sublinear term frequency does.
  for (float& x : result) x = std::copysign(std::sqrt(std::fabs(x)), x);
  normalise(result);
  return result;
}

}  // namespace looptape::tools::demo
