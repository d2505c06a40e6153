// A process with secrets all around it, which works on a question inside a stage and leaves a copy of its region and a
// dump.
//
//     probes.canary quiet|asked COPY QUESTION [ARGUMENT ...]      asked: sets the question as an attribute
//
// Started by canary_test.cpp; the exit code says what was wrong.
#include <pthread.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "looptape/looptape.h"

namespace {

// Work on the text, on a thread whose name the system knows and the recorder was not told.
void answer(const std::string& question, bool asked) {
  ::pthread_setname_np(::pthread_self(), (std::string("canary") + "-in-thre").c_str());
  looptape::Stage<"stage-on-purpose"> stage;
  stage.set<"key-on-purpose">("value-on-purpose");
  if (asked) stage.set<"question">(question);
  std::string loud = question;
  std::transform(loud.begin(), loud.end(), loud.begin(), [](unsigned char c) { return std::toupper(c); });
  stage.set<"letters">(static_cast<std::int64_t>(loud.size()));
  looptape::Stage<"that fails"> inner;
  throw std::runtime_error(std::string("canary") + "-in-exception-7d1c: " + question);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const bool asked = std::string_view(argv[1]) == "asked";
  looptape::Settings settings;
  settings.service = "canary-test";
  settings.budget_bytes = std::size_t{4} << 20;
  settings.disk_free_floor = 0;
  looptape::Recorder recorder{settings};
  if (!recorder.recording()) return 3;
  bool thrown = false;
  std::thread([&] {
    looptape::Request request{{.kind = "ask", .tenant = "tenant-on-purpose"}};
    try {
      answer(argv[3], asked);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
  }).join();
  if (!thrown) return 4;
  if (recorder.dump_and_wait("by the test").empty()) return 5;
  std::error_code error;
  std::filesystem::copy_file(recorder.region_path(), argv[2], error);
  return error ? 6 : 0;
}
