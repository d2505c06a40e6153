// Cuts a text into the passages that are indexed, retrieved and shown to the model.
//
// Pure function: any thread may call it. Cuts fall on blank lines where possible, else on line ends,
// else between words. Licence notices at the top of a file are left out.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools::demo {

struct Passage {
  std::size_t offset;  // of its first byte in the file's text
  std::string text;
};

// Passages of about `target` bytes, never above 1.5 × `target`, at most `most` of them. What holds
// fewer than a dozen words is joined to its neighbour or dropped.
std::vector<Passage> passages(std::string_view text, std::size_t target, std::size_t most);

}  // namespace looptape::tools::demo
