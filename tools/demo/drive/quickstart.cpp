// See quickstart.h.

#include "tools/demo/drive/quickstart.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include "tools/demo/child_process.h"
#include "tools/demo/drive/hog.h"
#include "tools/demo/drive/judgement.h"
#include "tools/demo/drive/load.h"
#include "tools/demo/drive/questions.h"
#include "tools/demo/drive/tapes.h"
#include "tools/demo/server/bundled_provider.h"

namespace looptape::tools::demo {
namespace {

namespace fs = std::filesystem;

constexpr int kDelayMs = 300;
constexpr int kCooldownMs = 3000;
// From the last answer of a phase until its last dump is surely there.
constexpr auto kQuiet = std::chrono::milliseconds(kDelayMs + 900);

constexpr std::size_t kCalmClients = 3;
constexpr std::size_t kCalmAsks = 60;
constexpr std::size_t kHogClients = 4;
constexpr std::size_t kHogAsks = 3;
constexpr std::size_t kBurstClients = 28;
constexpr std::size_t kBurstAsks = 3;

void say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

std::string milliseconds(std::int64_t nanoseconds) { return std::to_string(nanoseconds / 1'000'000) + " ms"; }

// What the server is started with. It gets limits and sizes once; nothing tells it of phases.
std::vector<std::string> server_arguments(const DriveSettings& settings, const std::string& programs,
                                          const std::vector<int>& cpus) {
  std::vector<std::string> arguments = {
      programs + "/ragdemo",
      "--port=0",
      "--threads=64",
      "--rerank-threads=2",
      "--rerank-cpus=" + std::to_string(cpus.back()),
      "--embed-cache=64",
      "--provider-option=--embed-ms=120",
      "--provider-option=--token-us=1500",
      "--limit-ms=" + std::to_string(settings.limit_ms),
      "--delay-ms=" + std::to_string(kDelayMs),
      "--cooldown-ms=" + std::to_string(kCooldownMs),
      "--window-seconds=30",
      "--output=" + settings.output,
  };
  // The reranker has a CPU of its own, as a part that computes often has; the rest of the server, the
  // provider and the recorder's thread share the others.
  if (cpus.size() > 1) {
    std::string others;
    for (std::size_t i = 0; i + 1 < cpus.size(); ++i) others.append(i > 0 ? "," : "").append(std::to_string(cpus[i]));
    arguments.push_back("--cpus=" + others);
  }
  if (!settings.index.empty()) arguments.push_back("--index=" + settings.index);
  arguments.insert(arguments.end(), settings.server_options.begin(), settings.server_options.end());
  return arguments;
}

std::vector<std::vector<Ask>> everyday(std::size_t clients, std::size_t asks) {
  std::vector<std::vector<Ask>> all;
  for (std::size_t client = 0; client < clients; ++client) all.push_back(everyday_asks(client, asks));
  return all;
}

std::vector<std::vector<Ask>> burst(std::size_t asks) {
  std::vector<std::vector<Ask>> all;
  for (std::size_t client = 0; client < kBurstClients; ++client) {
    all.push_back(distinct_asks(client * asks, asks));
  }
  return all;
}

class Quickstart {
 public:
  Quickstart(const std::string& url, const fs::path& dumps, std::string looptape)
      : server_(url), dumps_(dumps), looptape_(std::move(looptape)) {
    dumps_.fresh();  // those of earlier runs
  }

  // `disturbed` is the stage the phase disturbs; empty for the calm one.  `disturber`, when there is one, ends with the
  // last answer: what judges the dumps needs the CPUs itself.
  void phase(const std::string& name, const std::vector<std::vector<Ask>>& clients, const std::string& disturbed,
             ChildProcess* disturber = nullptr) {
    say("\n" + name);
    const auto replies = ask_all(server_, clients);
    if (disturber != nullptr) disturber->stop();
    say("  " + summary(replies));
    failed(judgement_.phase(name, disturbed, replies));
    const auto tapes = dumps_.fresh_when_quiet(kQuiet);
    say("  new dumps: " + std::to_string(tapes.size()));
    for (const fs::path& tape : tapes) judge(tape);
  }

  // Once all phases are over.
  void check_counts() { failed(judgement_.counts()); }

  // What the tool says of the last dump and of the request that caused it: what the quickstart ends with.
  void show_last() {
    if (last_tape_.empty()) return;
    const std::string tape = last_tape_.string();
    run({looptape_, "info", tape});
    run({looptape_, "requests", "--slowest", "3", tape});
    run({looptape_, "show", tape, last_request_});
  }

  void failed(const std::string& why) {
    say("  FAILED: " + why);
    good_ = false;
  }
  void failed(const Judgement::Faults& faults) {
    for (const std::string& why : faults) failed(why);
  }

  bool good() const { return good_; }

 private:
  void judge(const fs::path& tape) {
    say("  " + tape.string());
    const auto verdict = verdict_of(looptape_, tape);
    if (!verdict) return failed(verdict.error());
    std::string line = "    request " + verdict->request + " took " + milliseconds(verdict->duration_ns) + ":";
    const std::size_t shown = std::min<std::size_t>(verdict->stages.size(), 3);
    for (std::size_t i = 0; i < shown; ++i) {
      line.append(i > 0 ? ", " : " ").append(verdict->stages[i].stage).append(" ");
      line.append(milliseconds(verdict->stages[i].critical_ns));
    }
    say(line);
    say("    the stage that made it slow: " + slowest_stage(*verdict));
    failed(judgement_.dump(*verdict));
    last_tape_ = tape;
    last_request_ = verdict->request;
  }

  void run(const std::vector<std::string>& arguments) {
    std::string line = "\n$ looptape";
    for (std::size_t i = 1; i < arguments.size(); ++i) line += " " + arguments[i];
    say(line);
    auto process = ChildProcess::start(arguments, false);
    if (!process) return failed(process.error());
    if (process->wait() != 0) failed(arguments[1] + " ended with an error");
  }

  HttpEndpoint server_;
  TapeDirectory dumps_;
  std::string looptape_;
  fs::path last_tape_;
  std::string last_request_;
  Judgement judgement_;
  bool good_ = true;
};

void run_phases(Quickstart& quickstart, const DriveSettings& settings, const std::string& programs, int rerank_cpu) {
  const auto of_each = [&](std::size_t usual) { return std::min(usual, settings.questions); };
  quickstart.phase("Calm: " + std::to_string(kCalmClients) + " clients, everyday questions",
                   everyday(kCalmClients, of_each(kCalmAsks)), "");
  auto hog = start_hog(programs + "/ragdemo-drive", rerank_cpu, settings.hog_threads);
  if (!hog) quickstart.failed(hog.error());
  quickstart.phase("Another process spins on CPU " + std::to_string(rerank_cpu) + " with " +
                       std::to_string(settings.hog_threads) + " threads, beside the reranker",
                   everyday(kHogClients, of_each(kHogAsks)), "rerank", hog ? &*hog : nullptr);
  const std::size_t asks = of_each(kBurstAsks);
  quickstart.phase("A burst of " + std::to_string(kBurstClients * asks) +
                       " questions nobody asked before: the embeddings kept in memory are evicted",
                   burst(asks), "embed");
}

}  // namespace

int run_quickstart(const DriveSettings& given) {
  DriveSettings settings = given;
  const std::string programs = own_directory();
  if (settings.output.empty()) settings.output = fs::path(programs).parent_path() / "ragdemo-run";
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.empty()) return 1;
  const int rerank_cpu = cpus.back();
  if (cpus.size() == 1) say("Only one CPU may be used: the hog will disturb every stage.");
  say("Starting ragdemo; a request of kind 'ask' above " + std::to_string(settings.limit_ms) + " ms leaves a dump");
  auto server = ChildProcess::start(server_arguments(settings, programs, cpus), true, "LOOPTAPE_");
  if (!server) {
    say(server.error());
    return 1;
  }
  const int port = port_in(server->first_line());
  if (port == 0) {
    say("ragdemo did not start");
    return 1;
  }
  const fs::path dumps = fs::path(settings.output) / "ragdemo";
  Quickstart quickstart("http://127.0.0.1:" + std::to_string(port), dumps, programs + "/looptape");
  run_phases(quickstart, settings, programs, rerank_cpu);
  quickstart.check_counts();
  server->stop();
  if (quickstart.good()) say("\nEach disturbance left a dump, and every dump names the stage that was disturbed.");
  quickstart.show_last();
  if (!quickstart.good()) say("\nNot as it should be: see FAILED above.");
  return quickstart.good() ? 0 : 1;
}

}  // namespace looptape::tools::demo
