// What somebody may have meant: the known texts that are most like the one that is not known.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptape::tools {

// Insertions, removals and replacements that make one the other; long texts are compared by their beginnings.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Of many offers the few nearest, nearest first.
class Nearest {
 public:
  // Whether a text at this distance would be kept at all.
  bool wants(std::uint64_t distance) const;
  void offer(std::uint64_t distance, const std::string& text);
  std::vector<std::string> texts() const;

 private:
  std::vector<std::pair<std::uint64_t, std::string>> best_;
};

}  // namespace looptape::tools
