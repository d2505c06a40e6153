// See sse_parser.h.

#include "tools/demo/client/sse_parser.h"

namespace looptape::tools::demo {

void SseParser::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool second_half_of_crlf = c == '\n' && after_cr_;
    after_cr_ = c == '\r';
    if (second_half_of_crlf) continue;
    if (c == '\n' || c == '\r') {
      end_line();
    } else {
      line_.push_back(c);
    }
  }
}

void SseParser::end_line() {
  if (line_.empty()) {
    if (has_data_) on_event_(data_);
    data_.clear();
    has_data_ = false;
    return;
  }
  std::string_view value = line_;
  if (value.starts_with("data:")) {
    value.remove_prefix(5);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (has_data_) data_.push_back('\n');
    data_.append(value);
    has_data_ = true;
  }
  line_.clear();
}

}  // namespace looptape::tools::demo
