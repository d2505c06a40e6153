// See tapes.h.

#include "tools/demo/drive/tapes.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "tools/demo/child_process.h"

namespace looptape::tools::demo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto kLookAgain = std::chrono::milliseconds(50);

Outcome<std::string> json_of(const std::string& looptape, const std::string& command, const fs::path& tape) {
  using Result = Outcome<std::string>;
  auto process = ChildProcess::start({looptape, command, "--json", tape.string()}, true);
  if (!process) return Result::failure(process.error());
  std::string output = process->all_output();
  const int status = process->wait();
  if (status != 0) return Result::failure(looptape + " " + command + " " + tape.string() + " failed");
  return output;
}

// The step of the pipeline that stage `i` belongs to: its ancestor right under the request.
std::size_t step_of(const Json& stages, std::size_t i) {
  while (stages.at(i).at("depth").get<int>() > 1 && !stages[i].at("parent").is_null()) {
    i = stages[i]["parent"].get<std::size_t>();
  }
  return i;
}

Verdict verdict_on(const Json& request) {
  Verdict verdict;
  verdict.request = request.at("request").get<std::string>();
  verdict.duration_ns = request.at("duration_ns").get<std::int64_t>();
  std::map<std::string, std::int64_t> by_step;
  const Json& stages = request.at("stages");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].at("depth").get<int>() == 0) continue;  // the request itself
    const Json& step = stages[step_of(stages, i)].at("stage");
    by_step[step.is_string() ? step.get<std::string>() : "?"] += stages[i].at("critical_ns").get<std::int64_t>();
  }
  for (const auto& [stage, critical_ns] : by_step) verdict.stages.push_back({stage, critical_ns});
  std::stable_sort(verdict.stages.begin(), verdict.stages.end(),
                   [](const StageShare& a, const StageShare& b) { return a.critical_ns > b.critical_ns; });
  return verdict;
}

}  // namespace

std::vector<fs::path> TapeDirectory::fresh() {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto it = fs::directory_iterator(directory_, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    if (it->path().extension() == ".tape" && known_.insert(it->path()).second) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());  // names begin with the time
  return found;
}

std::vector<fs::path> TapeDirectory::fresh_when_quiet(std::chrono::milliseconds quiet) {
  std::vector<fs::path> found = fresh();
  auto last = Clock::now();
  while (Clock::now() - last < quiet) {
    std::this_thread::sleep_for(kLookAgain);
    const auto more = fresh();
    if (!more.empty()) last = Clock::now();
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

Outcome<Verdict> verdict_from(const std::string& info_json, const std::string& requests_json) {
  using Result = Outcome<Verdict>;
  try {
    const Json info = Json::parse(info_json);
    const Json cause = info.at("row").at("trigger").at("request");
    if (!cause.is_string()) return Result::failure("the dump names no request that caused it");
    const Json requests = Json::parse(requests_json);
    for (const Json& request : requests.at("rows")) {
      if (request.at("request") == cause) return verdict_on(request);
    }
    return Result::failure("the dump does not hold request " + cause.get<std::string>() + ", which caused it");
  } catch (const Json::exception& error) {
    return Result::failure(std::string("the JSON of looptape: ") + error.what());
  }
}

Outcome<Verdict> verdict_of(const std::string& looptape, const fs::path& tape) {
  const auto info = json_of(looptape, "info", tape);
  if (!info) return Outcome<Verdict>::failure(info.error());
  const auto requests = json_of(looptape, "requests", tape);
  if (!requests) return Outcome<Verdict>::failure(requests.error());
  return verdict_from(*info, *requests);
}

}  // namespace looptape::tools::demo
