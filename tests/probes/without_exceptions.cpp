// A host built with -fno-exceptions and -fno-rtti.
//
// Started by life_test.cpp; the exit code says what was wrong.
#include "looptape/looptape.h"

int main() {
  looptape::Settings settings;
  settings.service = "plain";
  settings.budget_bytes = std::size_t{4} << 20;
  settings.signal = 0;
  settings.disk_free_floor = 0;
  looptape::Recorder recorder{settings};
  if (!recorder.recording()) return 1;
  {
    looptape::Request request{{.kind = "ask"}};
    looptape::Stage<"stage"> stage;
    stage.set<"n">(1);
  }
  return recorder.dump_and_wait("look").empty() ? 2 : 0;
}
