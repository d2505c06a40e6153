// The JSON document of a command: {"coverage": …, "rows": […]} or {"coverage": …, "row": …}.
//
// Pure ASCII: whatever is not is written as \u escapes, so no byte of foreign text reaches a terminal as
// itself.  Rows are written as they come; one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "tools/output.h"

namespace looptape::tools {

class JsonReport {
 public:
  JsonReport(Output& output, const nlohmann::ordered_json& coverage);
  void row(const nlohmann::ordered_json& row);  // one of many; not together with single()
  void row_text(std::string_view row);          // the same, made by text()
  static std::string text(const nlohmann::ordered_json& row);
  void single(const nlohmann::ordered_json& row);
  void end();  // REQUIRES: called once, last

 private:
  Output& output_;
  bool rows_ = false, single_ = false;
};

// Foreign text as a JSON string: valid UTF-8, bytes that are not appear as `\xff`.
nlohmann::ordered_json json_text(std::string_view text);
// The same, null when it is empty: "not known" never looks like a text.
nlohmann::ordered_json json_text_or_null(std::string_view text);

}  // namespace looptape::tools
