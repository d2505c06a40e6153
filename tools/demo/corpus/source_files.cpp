// See source_files.h.

#include "tools/demo/corpus/source_files.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace looptape::tools::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 2U << 20;

struct Candidate {
  int rank;  // what is read first within a group
  fs::path path;
  auto operator<=>(const Candidate&) const = default;
};

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// Read-me files first, then headers and documents; everything else not at all. Histories of changes
// match every question a little and answer none.
std::optional<int> rank_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (starts_with_any(name, {"copyright", "changelog", "ChangeLog", "CHANGES"})) {
    return std::nullopt;
  }
  if (starts_with_any(name, {"README", "readme"})) return 0;
  if (starts_with_any(name, {"NEWS", "FAQ", "INSTALL", "TODO", "HACKING"})) return 2;
  std::string_view stem = name;
  if (stem.ends_with(".gz")) stem.remove_suffix(3);
  for (const std::string_view end : {".h", ".hpp", ".hh", ".hxx"}) {
    if (stem.ends_with(end)) return 1;
  }
  for (const std::string_view end : {".txt", ".md", ".rst", ".html", ".htm", ".texi"}) {
    if (stem.ends_with(end)) return 1;
  }
  return std::nullopt;
}

using Groups = std::map<std::string, std::vector<Candidate>>;

void collect(const fs::path& root, Groups& groups) {
  std::error_code error;
  auto it = fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    // Links are skipped: what they lead to is found at its own place.
    std::error_code unreadable;
    if (it->is_symlink(unreadable) || !it->is_regular_file(unreadable)) continue;
    if (it->file_size(unreadable) > kLargestFile || unreadable) continue;
    const auto rank = rank_of(it->path());
    if (!rank) continue;
    const fs::path inside = it->path().lexically_relative(root);
    groups[(root / *inside.begin()).string()].push_back({*rank, it->path()});
  }
}

}  // namespace

std::vector<fs::path> source_files(const std::vector<fs::path>& roots) {
  Groups groups;
  for (const fs::path& root : roots) collect(root, groups);
  std::size_t longest = 0;
  for (auto& [name, files] : groups) {
    std::sort(files.begin(), files.end());
    longest = std::max(longest, files.size());
  }
  std::vector<fs::path> result;
  for (std::size_t turn = 0; turn < longest; ++turn) {
    for (auto& [name, files] : groups) {
      if (turn < files.size()) result.push_back(files[turn].path);
    }
  }
  return result;
}

}  // namespace looptape::tools::demo
