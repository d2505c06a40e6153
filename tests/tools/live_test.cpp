// The command on running, killed and finished processes.
#include <looptape/core/layout.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/version.h"
#include "tests/tools/recorded_process.h"
#include "tools/escape.h"

using namespace looptape::test;
using nlohmann::json;

TEST_CASE("a running process is listed, read and dumped without its help") {
  const Folder folder;
  const Server server(folder);
  const json row = listed(server);
  REQUIRE(!row.is_null());
  CHECK(row["state"] == "recording");
  CHECK(row["pid"] == std::stoi(server.pid()));
  const Run human = looptape::test::looptape({"ps"});
  CHECK(human.out.find(server.service()) != std::string::npos);
  CHECK(human.out.find("\ncoverage: ") != std::string::npos);

  const json requests = parsed(looptape::test::looptape({"requests", "pid:" + server.pid(), "--json"}))["rows"];
  REQUIRE(requests.size() == 3);
  CHECK(requests[0]["tenant"] == "acme");
  CHECK(requests[0]["external_ids"][0]["id"] == "4892");
  CHECK(requests[0]["lost_attributes"] == 0);
  CHECK(requests[2]["status"] == "running");
  CHECK(requests[2]["tenant"] == "globex");
  const json shown = parsed(looptape::test::looptape({"show", "pid:" + server.pid(), "ticket=4893", "--json"}))["row"];
  REQUIRE(shown["stages"].size() == 3);
  CHECK(shown["stages"][1]["stage"] == "rerank");
  CHECK(shown["stages"][1]["attributes"]["candidates"] == 40);
  CHECK(shown["stages"][1]["thread"] == "main loop");
  CHECK(shown["stages"][2]["stage"] == "score");
  CHECK(shown["stages"][2]["parent"] == 1);

  const std::string tape = folder / "now.tape";
  const json made = parsed(looptape::test::looptape({"dump", server.pid(), "-o", tape, "--json"}))["row"];
  CHECK(made["dump"] == tape);
  CHECK(made["requests"] == 3);
  CHECK(parsed(looptape::test::looptape({"requests", tape, "--json"}))["rows"].size() == 3);
  const json info = parsed(looptape::test::looptape({"info", tape, "--json"}))["row"];
  CHECK(info["recorder_version"] == looptape::core::kVersion);
  CHECK(info["format"]["kind"] == "tape");
  CHECK(info["state"] == "running");
  CHECK(info["trigger"]["kind"] == "outside");
  // A file that is there is never replaced.
  const Run again = looptape::test::looptape({"dump", server.pid(), "-o", tape});
  CHECK(again.code == 1);
  CHECK(again.error_lines() == 1);
  // Without -o: into the service's directory, where every command looks.
  const std::string place = "LOOPTAPE_DIR=" + folder.path();
  CHECK(looptape::test::looptape({"dump", server.pid(), "--last", "10s"}, {place}).code == 0);
  CHECK(parsed(looptape::test::looptape({"info", folder.path() + "/" + server.service(), "--json"}))["rows"].size() ==
        1);
  // What was made from outside is not the process's own.
  CHECK(human.out.find("  OWN DUMPS  ") != std::string::npos);
  CHECK(listed(server)["dumps_written"] == 0);
  const Run seen = looptape::test::looptape({"info", "pid:" + server.pid()});
  CHECK(seen.out.find("0 written by itself, ") != std::string::npos);
  // The running process and its dumps are one process: each request once.
  CHECK(parsed(looptape::test::looptape({"requests", tape, "pid:" + server.pid(), "--json"}))["rows"].size() == 3);
}

TEST_CASE("a dump into the service's directory keeps to the recorder's limits, one into a file of its own does not") {
  const Folder folder;
  const Server server(folder);
  const std::string service = folder.path() + "/" + server.service();
  const std::vector<std::string> place{"LOOPTAPE_DIR=" + folder.path()};
  const auto with = [&](const std::string& variable) { return std::vector{place[0], variable}; };
  const auto tapes = [&] {
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(service)) {
      if (each.path().extension() == ".tape") names.push_back(each.path().filename());
    }
    return names;
  };
  // Two old dumps, one of them larger than all dumps of a service may be.
  const std::string oldest = service + "/20200101T000000Z-vm-1-1-old.tape";
  const std::string older = service + "/20200102T000000Z-vm-1-2-old.tape";
  write_file(oldest, "x");
  write_file(older, "x");
  REQUIRE(chmod(service.c_str(), 0700) == 0);
  const json first = parsed(looptape::test::looptape({"dump", server.pid(), "--json"}, place))["row"];
  CHECK(first["older_dumps_removed"] == 0);
  CHECK(tapes().size() == 3);
  const Run files = looptape::test::looptape({"dump", server.pid()}, with("LOOPTAPE_DISK_FILES=3"));
  CHECK(files.code == 0);
  CHECK(files.out.find("removed the oldest 1 dump of the service") != std::string::npos);
  CHECK(tapes().size() == 3);
  CHECK(!std::filesystem::exists(oldest));
  // More than the usual limit is there: the recorder has a wider one, and only what is needed goes.
  std::filesystem::resize_file(older, std::uintmax_t{1400} << 20);
  const json bytes = parsed(looptape::test::looptape({"dump", server.pid(), "--json"}, place))["row"];
  CHECK(bytes["older_dumps_removed"] == 1);
  CHECK(!std::filesystem::exists(older));
  CHECK(tapes().size() == 3);
  // No room for any dump: refused, and nothing goes for it.
  const std::string no_room = "LOOPTAPE_DISK_FREE_FLOOR=1PiB";
  const Run refused = looptape::test::looptape({"dump", server.pid()}, with(no_room));
  CHECK(refused.code == 1);
  CHECK(refused.err.find("no room for ") != std::string::npos);
  CHECK(refused.err.find("disk_free_floor (LOOPTAPE_DISK_FREE_FLOOR) keeps 1 PiB free, and ") != std::string::npos);
  CHECK(tapes().size() == 3);
  CHECK(looptape::test::looptape({"dump", server.pid(), "-o", folder / "own.tape"}, with(no_room)).code == 0);
  // Dumps are removed for their age only when that is said.
  write_file(oldest, "x");
  CHECK(looptape::test::looptape({"dump", server.pid()}, place).code == 0);
  CHECK(std::filesystem::exists(oldest));
  CHECK(looptape::test::looptape({"dump", server.pid()}, with("LOOPTAPE_DISK_AGE=30d")).code == 0);
  CHECK(!std::filesystem::exists(oldest));
}

TEST_CASE("a disk limit that a recorder would refuse is refused by the command, in the same words") {
  const Folder folder;
  const Server server(folder);
  const std::pair<const char*, const char*> cases[] = {
      {"DISK_BYTES=1K", "allowed: 0 (no limit) or 1 MiB to 1 PiB"},
      {"DISK_FILES=0", "allowed: 1 to 1000000"},
      {"DISK_AGE=1e30d", "allowed: 0 (no limit) to 3660 d"},
      {"DISK_FREE_FLOOR=-1", "allowed: 0 to 1 PiB"},
  };
  for (const auto& [setting, allowed] : cases) {
    const std::string variable = std::string("LOOPTAPE_") + setting, name = variable.substr(0, variable.find('='));
    const Run run = looptape::test::looptape({"dump", server.pid()}, {"LOOPTAPE_DIR=" + folder.path(), variable});
    CAPTURE(variable, run.err);
    CHECK(run.code == 1);
    CHECK(run.err.find(name + " is '" + variable.substr(name.size() + 1) + "'; " + allowed + "\n") !=
          std::string::npos);
  }
  const Run many =
      looptape::test::looptape({"dump", server.pid()}, {"LOOPTAPE_DIR=" + folder.path(), "LOOPTAPE_DISK_BYTES=many"});
  CHECK(many.err.find("LOOPTAPE_DISK_BYTES is 'many'; it must be a size") != std::string::npos);
}

TEST_CASE("the region of a killed process is listed, read, and becomes a dump") {
  const Folder folder;
  Server server(folder);
  server.kill_it();
  const json row = listed(server);
  REQUIRE(!row.is_null());
  CHECK(row["state"] == "dead");
  const std::string region = row["region"];
  const json requests = parsed(looptape::test::looptape({"requests", region, "--json"}))["rows"];
  REQUIRE(requests.size() == 3);
  CHECK(requests[2]["status"] == "running");
  const std::string place = "LOOPTAPE_DIR=" + folder.path();
  const json recovered = parsed(looptape::test::looptape({"recover", region, "--json"}, {place}))["rows"][0];
  CHECK(recovered["result"] == "recovered");
  const json info = parsed(looptape::test::looptape({"info", recovered["dump"].get<std::string>(), "--json"}))["row"];
  CHECK(info["state"] == "dead");
  CHECK(info["trigger"]["kind"] == "recovered");
  CHECK(info["requests"] == 3);
  CHECK(listed(server).is_null());
  const Run gone = looptape::test::looptape({"requests", region});
  CHECK(gone.code == 1);
  CHECK(gone.error_lines() == 1);
}

TEST_CASE("what a killed process left is read by its id, whether or not its parent has noticed") {
  const Folder folder;
  Server server(folder);
  server.kill_it_unreaped();
  const std::string region = listed(server)["region"], source = "pid:" + server.pid();
  const auto is_read = [&] {
    const json info = parsed(looptape::test::looptape({"info", source, "--json"}))["row"];
    CHECK(info["state"] == "dead");
    CHECK(parsed(looptape::test::looptape({"requests", source, "--json"}))["rows"].size() == 3);
    // There is nothing to take it from but what it left, and that has a command of its own.
    const Run dump = looptape::test::looptape({"dump", server.pid()}, {"LOOPTAPE_DIR=" + folder.path()});
    CHECK(dump.code == 1);
    CHECK(dump.error_lines() == 1);
    CHECK(dump.err.find("has ended; `looptape recover " + region + "`") != std::string::npos);
  };
  SECTION("it has not") {
    is_read();
    CHECK(looptape::test::looptape({"recover", region}, {"LOOPTAPE_DIR=" + folder.path()}).code == 0);
    const Run gone = looptape::test::looptape({"info", source});
    CHECK(gone.code == 1);
    CHECK(gone.error_lines() == 1);
    CHECK(gone.err.find("has ended, and left no region") != std::string::npos);
  }
  SECTION("it has") {
    server.let_it_end();
    is_read();
    CHECK(looptape::test::looptape({"recover", region}, {"LOOPTAPE_DIR=" + folder.path()}).code == 0);
    const Run gone = looptape::test::looptape({"info", source});
    CHECK(gone.code == 1);
    CHECK(gone.err.find("there is no process") != std::string::npos);
  }
}

TEST_CASE("nothing of what a dead region calls its service and its host becomes part of a path") {
  const auto written_over = [](const std::string& region, std::size_t word, std::string text) {
    text.resize(64);
    std::fstream file(region, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(word * sizeof(std::uint64_t)));
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    REQUIRE(file.good());
  };
  for (const std::string hostile : {"\x1b[31mevil\r\n<b>$(x)\xff", "../elsewhere", ".hidden", "a b", "caf\xc3\xa9", "",
                                    "0123456789012345678901234567890123456789012345678901234567890123"}) {
    INFO(looptape::tools::visible(hostile));
    const Folder folder;
    Server server(folder);
    server.kill_it();
    const std::string region = listed(server)["region"];
    written_over(region, looptape::core::header::kService, hostile);
    written_over(region, looptape::core::header::kHost, hostile);
    const Run run = looptape::test::looptape({"recover", region}, {"LOOPTAPE_DIR=" + folder.path() + "/dumps"});
    INFO(run.err);
    CHECK(run.code == 0);
    std::vector<std::string> made;
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder.path() + "/dumps")) {
      const std::string name = each.path().filename();
      CHECK(std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return c < 0x80 &&
               (std::isalnum(c) != 0 || std::string_view("._-+").find(static_cast<char>(c)) != std::string_view::npos);
      }));
      if (each.is_regular_file()) made.push_back(each.path().parent_path());
    }
    CHECK(made == std::vector<std::string>{folder.path() + "/dumps/unknown"});
  }
}

TEST_CASE("recover leaves a running process alone and says what to do instead") {
  const Folder folder;
  const Server server(folder);
  const std::string region = listed(server)["region"];
  const Run run = looptape::test::looptape({"recover", region});
  CHECK(run.code == 1);
  CHECK(run.error_lines() == 1);
  INFO(run.err);
  CHECK(run.err.find("looptape dump") != std::string::npos);
  CHECK(!listed(server).is_null());
  CHECK(looptape::test::looptape({"recover"}).code == 2);
}

TEST_CASE("a process that ended properly leaves nothing to list") {
  const Folder folder;
  Server server(folder);
  server.let_it_end();
  CHECK(listed(server).is_null());
  const Run run = looptape::test::looptape({"dump", server.pid()});
  CHECK(run.code == 1);
  CHECK(run.error_lines() == 1);
  const Run own = looptape::test::looptape({"info", "pid:" + std::to_string(getpid())});
  CHECK(own.code == 1);
  CHECK(own.err.find("does not record") != std::string::npos);
}

TEST_CASE("a process whose memory dies with it is listed with the reason, and is read like any other") {
  const Folder folder;
  const Server server(folder, "volatile");
  const json row = listed(server);
  REQUIRE(!row.is_null());
  CHECK(row["state"] == "recording");
  CHECK(row["volatile"] == true);
  CHECK(row["notice"].get<std::string>().find("dies with the process") != std::string::npos);
  CHECK(looptape::test::looptape({"ps"}).out.find("dies with the process") != std::string::npos);
  const json info = parsed(looptape::test::looptape({"info", "pid:" + server.pid(), "--json"}))["row"];
  CHECK(info["volatile"] == true);
  CHECK(info["recorder_version"] == looptape::core::kVersion);
  CHECK(info["format"]["kind"] == "region");
  CHECK(looptape::test::looptape({"info", "pid:" + server.pid()}).out.find("its region is volatile") !=
        std::string::npos);
}

TEST_CASE("a region smaller than asked for, or with room for fewer threads, says so in ps and info") {
  const Folder folder;
  {
    const Server server(folder, "shrunk");
    const json row = listed(server);
    REQUIRE(!row.is_null());
    CHECK(row["shrunk"] == true);
    CHECK(row["notice"].get<std::string>().find("has room for 4 MiB of 8 MiB") != std::string::npos);
    CHECK(parsed(looptape::test::looptape({"info", "pid:" + server.pid(), "--json"}))["row"]["shrunk"] == true);
  }
  const Server server(folder, "fewer");
  CHECK(listed(server)["notice"].get<std::string>().find("of 4096 threads") != std::string::npos);
  const json info = parsed(looptape::test::looptape({"info", "pid:" + server.pid(), "--json"}))["row"];
  CHECK(info["fewer_threads_or_requests"] == true);
  CHECK(info["room"]["threads"] < 4096);
  CHECK(info["room"]["in_flight"] > 0);
  const std::string text = looptape::test::looptape({"info", "pid:" + server.pid()}).out;
  CHECK(text.find("fewer threads or requests than were asked for") != std::string::npos);
}

TEST_CASE("a process that is paused, and one that does not record, are listed as that") {
  const Folder folder;
  {
    const Server server(folder, "paused");
    CHECK(listed(server)["state"] == "paused");
    const json info = parsed(looptape::test::looptape({"info", "pid:" + server.pid(), "--json"}));
    CHECK(info["row"]["paused_since"].is_string());
    CHECK(info["row"]["resumed_at"].is_null());
    CHECK(info["coverage"]["complete"][0]["until"] == info["row"]["paused_since"]);  // and not until now
  }
  const Server server(folder, "unrecorded");
  const json row = listed(server);
  REQUIRE(!row.is_null());
  CHECK(row["state"] == "unrecorded");
  CHECK(row["pid"] == std::stoi(server.pid()));
  CHECK(row["notice"] == "setting budget_bytes is 1 byte; allowed: 4 MiB to 16 GiB");
  for (const char* command : {"info", "requests"}) {
    const Run run = looptape::test::looptape({command, "pid:" + server.pid()});
    CHECK(run.code == 1);
    CHECK(run.err.find("does not record: setting budget_bytes is 1") != std::string::npos);
  }
}

TEST_CASE("a dump whose directory cannot be synced is told to be one, and is no failure") {
  const Folder folder;
  Server server(folder);
  const std::string fault = "LD_PRELOAD=" LOOPTAPE_TEST_BIN_DIR "/tools.unsynced_directory.so";
  const std::string place = "LOOPTAPE_DIR=" + folder.path();
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"-o", folder / "here.tape"}}) {
    std::vector<std::string> arguments = {"dump", server.pid()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Run run = looptape::test::looptape(arguments, {fault, place});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(run.error_lines() == 1);
    CHECK(run.err.find("may not survive a power loss") != std::string::npos);
    CHECK(run.out.find(".tape") != std::string::npos);
  }
  const std::string region = listed(server)["region"];
  server.kill_it();
  const Run run = looptape::test::looptape({"recover", region}, {fault, place});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(run.error_lines() == 1);
  CHECK(run.err.find("may not survive a power loss") != std::string::npos);
  CHECK(access(region.c_str(), F_OK) != 0);
}
