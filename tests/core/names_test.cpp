// The registry of names: found again, cut on characters, copied into regions that come before and after, bounded.
#include "core/names.h"

#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/region.h"
#include "looptape/core/site.h"
#include "tests/core/temporary_directory.h"

using namespace looptape;
using namespace looptape::core;
using looptape::testing::TemporaryDirectory;

namespace {

struct Bound {
  Bound() {
    RegionSettings settings;
    settings.service = "names";
    settings.directory = directory.path();
    settings.budget_bytes = kMinRegionBytes;
    REQUIRE(region.create(settings));
    own = bind_names(region);
  }
  ~Bound() {
    unbind_names();
    region.close(true);
  }
  std::string text(std::uint16_t id) {
    std::uint64_t entry[name_entry::kWords];
    if (!read_name<Memory>(region.name(id), entry)) return "not there";
    return {reinterpret_cast<const char*>(&entry[name_entry::kText]), name_length(entry[name_entry::kHead])};
  }
  std::uint64_t head(std::uint16_t id) { return region.name(id)[name_entry::kHead].load(); }
  std::uint64_t loss(Loss which) { return region.header(header::kLosses + static_cast<std::size_t>(which)).load(); }

  TemporaryDirectory directory;
  Region region;
  OwnNames own{};
};

}  // namespace

TEST_CASE("a name and kind have one id, another kind has another") {
  const std::uint16_t id = register_name("rerank", Kind::rerank);
  CHECK(id != kNoName);
  CHECK(register_name("rerank", Kind::rerank) == id);
  CHECK(register_name("rerank", Kind::other) != id);
  CHECK(register_name("rerank2", Kind::rerank) != id);
  CHECK(name_text(id) == "rerank");
  CHECK(name_text(65535).empty());
}

TEST_CASE("names registered before and after a region is bound are in it, with their kinds") {
  const std::uint16_t before = register_name("registered before", Kind::embed);
  Bound bound;
  const std::uint16_t after = register_name("registered after", Kind::tool);
  CHECK(bound.text(before) == "registered before");
  CHECK(bound.text(after) == "registered after");
  CHECK(name_kind(bound.head(before)) == static_cast<std::uint8_t>(Kind::embed));
  CHECK(name_kind(bound.head(after)) == static_cast<std::uint8_t>(Kind::tool));
  CHECK(bound.region.header(header::kNamesCount).load() > after);
  CHECK(bound.text(bound.own.tenant) == "looptape.tenant");
}

TEST_CASE("a name that is too long is cut between characters, marked and counted") {
  Bound bound;
  const std::string fits(kMaxNameBytes, 'x');
  CHECK(name_flags(bound.head(register_name(fits, Kind::other))) == 0);
  CHECK(bound.loss(Loss::kNameCut) == 0);
  const std::string longer = std::string(kMaxNameBytes - 1, 'y') + "\xc3\xa9tail";  // é across the limit
  const std::uint16_t id = register_name(longer, Kind::other);
  CHECK(bound.text(id) == std::string(kMaxNameBytes - 1, 'y'));
  CHECK(name_flags(bound.head(id)) == kNameFlagCut);
  CHECK(bound.loss(Loss::kNameCut) == 1);
  CHECK(register_name(longer, Kind::other) == id);
  CHECK(register_name(std::string(kMaxNameBytes - 1, 'y'), Kind::other) != id);  // that one is whole
}

TEST_CASE("a name without text is a name") {
  const std::uint16_t id = register_name({}, Kind::other);
  CHECK(id != kNoName);
  CHECK(name_text(id).empty());
}

TEST_CASE("threads that register the same names at once agree in the end, and a region misses none") {
  Bound bound;
  const auto all = [] {
    std::vector<std::uint16_t> ids;
    for (int i = 0; i < 300; ++i) ids.push_back(register_name("shared " + std::to_string(i), Kind::cache));
    return ids;
  };
  std::vector<std::vector<std::uint16_t>> by_thread(3);
  std::vector<std::thread> threads;
  for (auto& ids : by_thread) threads.emplace_back([&] { ids = all(); });
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::uint16_t> settled = all();
  CHECK(std::set(settled.begin(), settled.end()).size() == 300);
  for (const auto& ids : by_thread)
    for (int i = 0; i < 300; ++i)
      REQUIRE(bound.text(ids[i]) == "shared " + std::to_string(i));  // both of a pair decode
}

TEST_CASE("a name registered while a region is being bound is in it") {
  for (int round = 0; round < 20; ++round) {
    std::uint16_t id = 0;
    const std::string name = "racing " + std::to_string(round);
    std::thread other([&] { id = register_name(name, Kind::other); });
    Bound bound;
    other.join();
    REQUIRE(bound.text(id) == name);
  }
}

namespace {
volatile sig_atomic_t g_round = 0, g_handled = 0, g_unnamed = 0;
void register_in_handler(int) {
  char name[] = "interrupted 000";
  for (int i = 14, rest = g_round; i > 11; --i, rest /= 10) name[i] = static_cast<char>('0' + rest % 10);
  g_unnamed = g_unnamed + (register_name(name, Kind::other) == kNoName ? 1 : 0);
  g_handled = g_handled + 1;
}
}  // namespace

// ThreadSanitizer keeps signals back until the thread calls what it intercepts: there the handler would interrupt
// nothing.
TEST_CASE("a signal handler registers the very name that its thread is registering, and nobody waits", "[nosan]") {
  Bound bound;
  struct sigaction action {
  }, before{};
  action.sa_handler = &register_in_handler;
  REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
  const pthread_t self = ::pthread_self();
  std::atomic<bool> done{false};
  std::thread interrupter([&] {
    while (!done) ::pthread_kill(self, SIGUSR1);
  });
  while (g_handled == 0) std::this_thread::yield();
  for (int round = 0; round < 300; ++round) {
    g_round = round;
    char name[32];
    std::snprintf(name, sizeof name, "interrupted %03d", round);
    const std::uint16_t id = register_name(name, Kind::other);
    CHECK(id != kNoName);
    CHECK(bound.text(id) == name);
  }
  done = true;
  interrupter.join();
  REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
  CHECK(g_unnamed == 0);
}

// The last one: the table stays full for the rest of the process.
TEST_CASE("a name that finds the table full gets the stand-in, which is counted and has a text") {
  Bound bound;
  std::uint64_t without_room = 0;
  for (std::size_t i = 0; i < kMaxNames + 100; ++i)
    without_room += register_name("filling " + std::to_string(i), Kind::other) == kNoName;
  CHECK(without_room >= 100);
  CHECK(bound.loss(Loss::kNamesFull) == without_room);
  CHECK(bound.text(kNoName) == "(no room for its name)");
  CHECK(bound.region.header(header::kNamesCount).load() == kMaxNames);
  CHECK(register_name("filling 0", Kind::other) != kNoName);  // the old ones are still found
}
