// ragdemo-drive: runs the recorded server through a calm and two disturbed phases, and checks that the
// dumps that appear name the stage that was disturbed.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "tools/demo/drive/hog.h"
#include "tools/demo/drive/quickstart.h"

int main(int argc, char** argv) {
  using namespace looptape::tools::demo;
  DriveSettings settings;
  int hog_cpu = -1;
  CLI::App app(
      "Starts ragdemo, asks it a few hundred questions in three phases, and reads the dumps that the slow\n"
      "ones left: calm; with a CPU hog beside the reranker's threads; with a burst of new questions that\n"
      "evicts the embedding cache.\n\nExample:\n  ragdemo-drive --output /tmp/ragdemo-run",
      "ragdemo-drive");
  app.option_defaults()->always_capture_default();
  app.add_option("--output", settings.output, "directory for the dumps; beside build/bin when not given");
  app.add_option("--index", settings.index, "directory of ragdemo's index; its default when not given");
  app.add_option("--limit-ms", settings.limit_ms, "a slower request leaves a dump")->check(CLI::Range(1, 600'000));
  app.add_option("--questions", settings.questions, "questions of each client in each phase, at most")
      ->check(CLI::Range(1, 1000));
  app.add_option("--server-option", settings.server_options,
                 "option for ragdemo, e.g. --server-option=--corpus=/usr/share/doc/zlib1g");
  app.add_option("--hog-threads", settings.hog_threads, "threads of the hog")->check(CLI::Range(1, 10'000));
  app.add_option("--hog-cpu", hog_cpu)->group("");  // what the hog's own process is started with
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (hog_cpu >= 0) {
    hog_forever(hog_cpu, settings.hog_threads);
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  return run_quickstart(settings);
}
