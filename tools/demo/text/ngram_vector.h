// Vectors from hashed character n-grams: the model behind the bundled provider's embeddings and the
// token vectors of the reranker.
//
// Pure functions: any thread may call them; they never fail. Two texts are near when their words
// share parts, so "deflates" finds "deflateInit2"; synonyms stay far apart, and the README says so.
// The hash is fixed: vectors kept in an index on disk stay comparable with those made later.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace looptape::tools::demo {

inline constexpr std::size_t kTextDimensions = 256;

using Vector = std::vector<float>;

// The bundled model's vector of a text: unit length, or all zero when it holds no word.
Vector text_vector(std::string_view text);

// Vector of one word, of any number of dimensions; unit length.
void word_vector(std::string_view word, std::span<float> out);

// REQUIRES: both of equal size.
float dot(std::span<const float> a, std::span<const float> b);

// Scales to unit length; all zero stays all zero.
void normalise(std::span<float> v);

}  // namespace looptape::tools::demo
