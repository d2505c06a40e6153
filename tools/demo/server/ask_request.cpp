// See ask_request.h.

#include "tools/demo/server/ask_request.h"

#include <nlohmann/json.hpp>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestQuestion = 4000;
constexpr std::size_t kLongestName = 200;

ApiError bad_request(std::string code, std::string message) { return {400, std::move(code), std::move(message)}; }

// An optional text of the body; an error when it is there and is not a short text.
std::variant<std::string, ApiError> optional_name(const Json& body, const char* key, const std::string& otherwise) {
  const auto it = body.find(key);
  if (it == body.end() || it->is_null()) return otherwise;
  if (!it->is_string()) return bad_request("bad_field", std::string(key) + " must be a string");
  std::string text = it->get<std::string>();
  if (text.size() > kLongestName) {
    return bad_request("too_long", std::string(key) + " is longer than " + std::to_string(kLongestName) + " bytes");
  }
  return text;
}

}  // namespace

std::variant<Question, ApiError> parse_ask(const std::string& text) {
  const Json body = Json::parse(text, nullptr, false);
  if (!body.is_object()) {
    return bad_request("bad_json", "the body must be a JSON object like {\"question\": \"...\"}");
  }
  const auto asked = body.find("question");
  if (asked == body.end() || !asked->is_string()) {
    return bad_request("missing_question", "the field question, a string, is missing");
  }
  Question question;
  question.text = asked->get<std::string>();
  if (question.text.size() > kLongestQuestion) {
    return bad_request("too_long", "question is longer than " + std::to_string(kLongestQuestion) + " bytes");
  }
  if (words(question.text).empty()) {
    return bad_request("empty_question", "question holds no word");
  }
  auto tenant = optional_name(body, "tenant", "none");
  if (auto* error = std::get_if<ApiError>(&tenant)) return std::move(*error);
  auto session = optional_name(body, "session", "");
  if (auto* error = std::get_if<ApiError>(&session)) return std::move(*error);
  question.tenant = std::get<std::string>(tenant);
  question.session = std::get<std::string>(session);
  return question;
}

std::string error_json(const ApiError& error) {
  const Json body = {{"error", {{"code", error.code}, {"message", printable_utf8(error.message)}}}};
  return body.dump() + "\n";
}

namespace {
Json count_or_null(const std::optional<std::size_t>& count) { return count ? Json(*count) : Json(nullptr); }
}  // namespace

std::string answer_json(const Answer& answer, const Question& question, const std::string& request_id) {
  Json sources = Json::array();
  for (const Source& source : answer.sources) {
    sources.push_back({{"slot", source.slot},
                       {"id", source.id},
                       {"source", source.source},
                       {"score", source.score},
                       {"fused_rank", source.fused_rank},
                       {"truncated", source.truncated},
                       {"cited", source.cited}});
  }
  const Json body = {{"answer", answer.text},
                     {"sources", sources},
                     {"request_id", request_id},
                     {"session", question.session},
                     {"searched_for", printable_utf8(answer.searched_for)},
                     {"model", printable_utf8(answer.model)},
                     {"prompt_tokens", count_or_null(answer.prompt_tokens)},
                     {"completion_tokens", count_or_null(answer.completion_tokens)},
                     {"grounded_permille", answer.evaluation.grounded_permille},
                     {"without_vector", answer.without_vector}};
  return body.dump(2) + "\n";
}

}  // namespace looptape::tools::demo
