// Splits a stream of server-sent events into the data of each event.
//
// One stream, one thread. Bytes may arrive cut anywhere, also inside a line end or a UTF-8 sequence.
// Lines end in LF, CR or CRLF; comments and fields other than `data` are skipped; the lines of an
// event's data are joined by LF. It never looks into the data.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace looptape::tools::demo {

class SseParser {
 public:
  explicit SseParser(std::function<void(std::string_view data)> on_event) : on_event_(std::move(on_event)) {}

  void feed(std::string_view bytes);

 private:
  void end_line();

  std::function<void(std::string_view)> on_event_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;  // a LF that follows belongs to the same line end
};

}  // namespace looptape::tools::demo
