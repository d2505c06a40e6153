// See file_text.h.

#include "tools/demo/corpus/file_text.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

constexpr std::size_t kMostBytes = 4U << 20;

// zlib reads a file that is not compressed as it is, so there is one way for both.
std::string raw_bytes(const std::filesystem::path& path) {
  const auto close = [](gzFile file) { gzclose(file); };
  const std::unique_ptr<gzFile_s, decltype(close)> file(gzopen(path.c_str(), "rb"), close);
  std::string bytes;
  if (!file) return bytes;
  std::array<char, 1 << 16> block;
  while (bytes.size() < kMostBytes) {
    const int got = gzread(file.get(), block.data(), block.size());
    if (got <= 0) break;
    bytes.append(block.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

bool is_html(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.find(".htm") != std::string::npos;
}

// `text` begins with '<': the position after the element's end when its content is not prose.
std::size_t skipped_element(std::string_view text) {
  for (const std::string_view name : {"script", "style", "head"}) {
    if (!text.substr(1).starts_with(name)) continue;
    const std::size_t end = text.find("</" + std::string(name));
    return end == std::string_view::npos ? text.size() : end;
  }
  return 0;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kEntities = {{
    {"&lt;", "<"},
    {"&gt;", ">"},
    {"&amp;", "&"},
    {"&quot;", "\""},
    {"&nbsp;", " "},
    {"&#39;", "'"},
}};

}  // namespace

std::string without_markup(std::string_view html) {
  std::string text;
  std::size_t i = 0;
  while (i < html.size()) {
    const std::string_view rest = html.substr(i);
    if (rest.front() == '<') {
      const std::size_t skipped = skipped_element(rest);
      const std::size_t close = rest.find('>', skipped);
      i = close == std::string_view::npos ? html.size() : i + close + 1;
      text.push_back(' ');
      continue;
    }
    const auto entity = std::find_if(kEntities.begin(), kEntities.end(),
                                     [&](const auto& known) { return rest.starts_with(known.first); });
    if (entity != kEntities.end()) {
      text.append(entity->second);
      i += entity->first.size();
    } else {
      text.push_back(rest.front());
      ++i;
    }
  }
  return text;
}

std::string file_text(const std::filesystem::path& path) {
  std::string bytes = raw_bytes(path);
  // A zero byte early on marks what is not text, as grep does.
  if (std::string_view(bytes).substr(0, 4096).find('\0') != std::string_view::npos) return {};
  std::erase(bytes, '\r');
  return printable_utf8(is_html(path) ? without_markup(bytes) : bytes);
}

}  // namespace looptape::tools::demo
