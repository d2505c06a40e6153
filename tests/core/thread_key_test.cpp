// A process that has used up its thread-specific keys: slots of its threads come back all the same, a little later.
//
// A program of its own: the recorder asks for its key once per process.
#include <pthread.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "core/engine.h"
#include "core/thread_lease.h"
#include "tests/core/temporary_directory.h"

using namespace looptape::core;

namespace {
int g_foreign = 0;  // how often a key of somebody else's was used
void count_foreign(void*) { ++g_foreign; }
}  // namespace

TEST_CASE("without a thread-specific key a thread is recorded, and its slot is found once the thread is gone") {
  pthread_key_t key{};
  unsigned keys = 0;
  while (::pthread_key_create(&key, &count_foreign) == 0) ++keys;
  REQUIRE(keys > 0);
  looptape::testing::TemporaryDirectory directory;
  EngineSettings settings;
  settings.region.service = "keys";
  settings.region.directory = directory.path();
  settings.region.budget_bytes = kMinRegionBytes;
  settings.region.max_threads = 1;
  std::string problem;
  Engine* const engine = Engine::start(settings, &problem);
  REQUIRE(engine != nullptr);
  const auto records = [&] {
    bool recorded = false;
    std::thread([&] { recorded = own_writer(*engine) != nullptr; }).join();
    return recorded;
  };
  CHECK(records());
  CHECK_FALSE(records());  // nobody has given the slot back
  CHECK(engine->slots->reclaim() == 1);
  CHECK(records());
  CHECK(engine->slots->reclaim() == 1);
  CHECK(g_foreign == 0);
  engine->stop(true);
}
