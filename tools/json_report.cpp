// The JSON document of a command; see the header.
#include "tools/json_report.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tools/escape.h"

namespace looptape::tools {
namespace {
// Every text in a document went through json_text(), so the strict handler never meets a bad byte.
std::string ascii(const nlohmann::ordered_json& value) { return value.dump(-1, ' ', true); }
}  // namespace

JsonReport::JsonReport(Output& output, const nlohmann::ordered_json& coverage) : output_(output) {
  output_.raw("{\"coverage\":" + ascii(coverage));
}

void JsonReport::row(const nlohmann::ordered_json& row) { row_text(ascii(row)); }

void JsonReport::row_text(std::string_view row) {
  output_.raw(rows_ ? ",\n" : ",\n\"rows\":[\n");
  rows_ = true;
  output_.raw(row);
}

std::string JsonReport::text(const nlohmann::ordered_json& row) { return ascii(row); }

void JsonReport::single(const nlohmann::ordered_json& row) {
  single_ = true;
  output_.raw(",\n\"row\":" + ascii(row));
}

void JsonReport::end() { output_.raw(single_ ? "}\n" : rows_ ? "\n]}\n" : ",\n\"rows\":[]}\n"); }

nlohmann::ordered_json json_text(std::string_view text) { return valid_utf8(text); }

nlohmann::ordered_json json_text_or_null(std::string_view text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(valid_utf8(text));
}

}  // namespace looptape::tools
