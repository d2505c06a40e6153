// Every hostile string as the texts of a region's header, through the commands that look at regions.
#include <looptape/core/layout.h>

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/tools/hostile_strings.h"
#include "tests/tools/recorded_process.h"

using namespace looptape;
using namespace looptape::test;
using nlohmann::json;

namespace {

namespace header = core::header;

void write_over(const std::string& region, std::size_t word, std::size_t bytes, std::string text) {
  text.resize(bytes);
  std::fstream file(region, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(word * sizeof(std::uint64_t)));
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  REQUIRE(file.good());
}

void call_all(const std::string& region, const std::string& text) {
  for (const std::size_t word : {header::kService, header::kHost, header::kVersionText})
    write_over(region, word, 64, text);
  write_over(region, header::kNotice, core::kNoticeBytes, text);
}

void check_harmless(const Run& run, const std::string& what) {
  CAPTURE(what);
  CHECK(harm(run.out) == "");
  CHECK(harm(run.err) == "");
}

void check_both(std::vector<std::string> call, const std::vector<std::string>& environment = {}) {
  check_harmless(test::looptape(call, environment), call[0]);
  call.push_back("--json");
  const Run machine = test::looptape(call, environment);
  check_harmless(machine, call[0] + " --json");
  CHECK_NOTHROW(json::parse(machine.out));
}

// Of every `step`th string: a running process.
void check_running(const Server& server, const std::string& region, std::size_t step, const std::string& tape) {
  const auto strings = hostile_strings();
  for (std::size_t i = 0; i < strings.size(); i += step) {
    CAPTURE(i);
    call_all(region, strings[i]);
    check_both({"ps"});
    check_both({"info", "pid:" + server.pid()});
    check_harmless(test::looptape({"dump", server.pid(), "-o", tape}), "dump");
    check_harmless(test::looptape({"info", tape}), "info");
    std::filesystem::remove(tape);
  }
}

// And what is `left` of a dead one, many at a time: each is listed, and becomes a dump.
void check_dead(const Folder& folder, const std::string& left, const std::string& name, std::size_t step) {
  constexpr std::size_t kAtOnce = 40;
  const std::string own = folder / "regions/looptape-" + std::to_string(geteuid()), dumps = folder / "dumps";
  std::filesystem::create_directories(own);
  const std::vector<std::string> environment = {"LOOPTAPE_REGION_DIRECTORY=" + folder / "regions",
                                                "LOOPTAPE_DIR=" + dumps};
  const auto strings = hostile_strings();
  for (std::size_t from = 0; from < strings.size(); from += step * kAtOnce) {
    for (const bool machine : {false, true}) {
      CAPTURE(from, machine);
      std::size_t made = 0;
      for (std::size_t i = from; i < std::min(from + step * kAtOnce, strings.size()); i += step, ++made) {
        const std::string region = own + "/" + name + "+" + std::to_string(i + 1);
        write_file(region, left);
        call_all(region, strings[i]);
      }
      for (std::vector<std::string> call : {std::vector<std::string>{"ps"}, {"recover", "--all"}}) {
        const std::string what = call[0];
        if (machine) call.push_back("--json");
        const Run run = test::looptape(call, environment);
        check_harmless(run, what);
        if (machine) CHECK(json::parse(run.out)["rows"].size() >= made);
      }
      CHECK(std::filesystem::is_empty(own));
      std::filesystem::remove_all(dumps);
    }
  }
}

void check_every(std::size_t step) {
  const Folder folder;
  Server server(folder);
  const std::string region = listed(server)["region"];
  check_running(server, region, step, folder / "one.tape");
  server.kill_it();
  const std::string left = contents(region);
  std::filesystem::remove(region);
  check_dead(folder, left, std::filesystem::path(region).filename(), step);
}

}  // namespace

TEST_CASE("hostile texts of a region leave ps, info, dump and recover harmless") { check_every(40); }

TEST_CASE("every hostile text of a region leaves ps, info, dump and recover harmless", "[slow]") { check_every(1); }
