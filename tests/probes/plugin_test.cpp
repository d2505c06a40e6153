// Plug-ins that record and go: their names stay, and nothing of Looptape keeps them loaded.
#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <thread>

#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"
#include "tests/skip.h"

using namespace looptape;
using namespace looptape::dump::testing;

namespace {

const std::string kPlugin = LOOPTAPE_TEST_BIN_DIR "/probes.plugin.so";
const std::string kSeeded = LOOPTAPE_TEST_BIN_DIR "/probes.plugin_seeded.so";

bool loaded(const std::string& path) { return ::dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD) != nullptr; }

void use(const std::string& path, int n) {
  void* const plugin = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  INFO((plugin == nullptr ? ::dlerror() : ""));
  REQUIRE(plugin != nullptr);
  const auto record = reinterpret_cast<void (*)(int)>(::dlsym(plugin, "plugin_record"));
  REQUIRE(record != nullptr);
  record(n);
  std::thread([&] { record(n); }).join();
  REQUIRE(::dlclose(plugin) == 0);
}

// Symbols that the dynamic linker keeps for ever.
int unique_symbols(const std::string& path) {
  const std::string command = "readelf -Ws '" + path + "' | grep -c UNIQUE";
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  int count = -1;
  if (std::fscanf(pipe, "%d", &count) != 1) count = -1;
  ::pclose(pipe);
  return count;
}

}  // namespace

TEST_CASE("a plug-in that recorded is unloaded, again and again, and its names stay") {
  RunningEngine engine;
  for (int i = 0; i < 30; ++i) {
    use(kPlugin, i);
    REQUIRE_FALSE(loaded(kPlugin));
  }
  const Rows rows = engine.rows();
  std::uint64_t stages = 0;
  for (const auto& stage : rows.stages) {
    stages += stage.name == "of a plug-in";
    CHECK(rows.open.names.at(stage.site).kind == static_cast<std::uint8_t>(Kind::tool));
    CHECK(rows.attributes_of(stage.stream, stage.start).at(0).name == "plug-in's key");
  }
  CHECK(stages == 60);
  CHECK(rows.points.size() == 120);
  CHECK(rows.open.names.size() < 40);  // each name once, however often it was loaded
}

TEST_CASE("no symbol of a plug-in is unique in the process") { CHECK(unique_symbols(kPlugin) == 0); }

TEST_CASE("a variable of default visibility would be noticed, and would keep the plug-in loaded", "[nosan]") {
  const int unique = unique_symbols(kSeeded);
  if (unique == 0) return looptape::testing::skip_test("this compiler makes no unique symbols");
  use(kSeeded, 1);
  CHECK(loaded(kSeeded));
}
