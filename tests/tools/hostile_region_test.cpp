// Every hostile string as the texts of a region's header, through the commands that look at regions.
#include <looptape/core/layout.h>

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

// Of every `step`th string: a running process, then a dead one.
void check_every(std::size_t step) {
  const Folder folder;
  Server server(folder);
  const std::string region = listed(server)["region"], tape = folder / "one.tape";
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
  server.kill_it();
  const std::string left = contents(region), place = "LOOPTAPE_DIR=" + folder.path() + "/dumps";
  for (std::size_t i = 0; i < strings.size(); i += step) {
    CAPTURE(i);
    write_file(region, left);
    call_all(region, strings[i]);
    check_both({"ps"});
    check_both({"recover", region}, {place});
    CHECK(!std::filesystem::exists(region));
    std::filesystem::remove_all(folder / "dumps");
  }
}

}  // namespace

TEST_CASE("hostile texts of a region leave ps, info, dump and recover harmless") { check_every(40); }

TEST_CASE("every hostile text of a region leaves ps, info, dump and recover harmless", "[slow]") { check_every(1); }
