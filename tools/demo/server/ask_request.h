// Reads the body of POST /ask and writes its answers: the JSON of the demo's own API.
//
// Pure functions: any thread may call them. Whatever the bytes are, the result is a question or a
// reason that can be shown to the caller.

#pragma once

#include <string>
#include <variant>

#include "tools/demo/pipeline/pipeline.h"

namespace looptape::tools::demo {

struct ApiError {
  int status;           // of HTTP
  std::string code;     // for programs
  std::string message;  // for people: what is wrong, and what is expected
};

std::variant<Question, ApiError> parse_ask(const std::string& body);

std::string error_json(const ApiError& error);

std::string answer_json(const Answer& answer, const Question& question, const std::string& request_id);

}  // namespace looptape::tools::demo
