// What shells offer behind the words that stand already.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/tools/program.h"

using namespace looptape::test;

TEST_CASE("bash offers files where a file can stand, the values of an option that has a list, and else options") {
  const Folder folder;
  const Run completion = looptape::test::looptape({"completion", "bash"});
  CHECK(completion.code == 0);
  std::filesystem::create_directories(folder / "tapes");
  write_file(folder / "tapes/a.tape", "");
  std::string script = completion.out + "cd " + folder.path() + "/tapes\n";
  std::string expected;
  const auto asks = [&](const std::string& line, int word, const std::string& answer) {
    script +=
        "COMP_WORDS=(" + line + ") COMP_CWORD=" + std::to_string(word) + "; _looptape; echo \"${COMPREPLY[*]}\"\n";
    expected += answer + "\n";
  };
  asks("looptape requests --sl", 2, "--slowest");
  asks("looptape st", 1, "stages");
  asks("looptape --v", 1, "--version");
  asks("looptape stages --status can", 3, "cancelled");
  asks("looptape completion z", 2, "zsh");
  asks("looptape info ''", 2, "a.tape");
  asks("looptape show --json ''", 3, "a.tape");
  asks("looptape dump 42 -o ''", 4, "a.tape");
  for (const char* const no_file : {"looptape dump ''", "looptape ps ''", "looptape man ''"}) asks(no_file, 2, "");
  asks("looptape requests --slowest ''", 3, "");
  write_file(folder / "completion", script);
  const Run bash = run_program("/bin/bash", {"--norc", folder / "completion"});
  CHECK(bash.out == expected);
  CHECK(bash.err.empty());
}

TEST_CASE("zsh and fish are told the same") {
  const std::string zsh = looptape::test::looptape({"completion", "zsh"}).out;
  for (const char* part : {"'--version:the version, and nothing else'", "'--slowest:only the N slowest",
                           "--slowest) _message 'only the N slowest", "--output|-o) _files; return",
                           "--status) items=(ok failed", "'--status:of the requests whose stages count'"})
    CHECK(zsh.find(part) != std::string::npos);
  const std::string fish = looptape::test::looptape({"completion", "fish"}).out;
  for (const char* part :
       {"-n __fish_use_subcommand -l version -d", "-l slowest -r -d 'only the N slowest, the slowest first' -f\n",
        "-l output -s o -r -d 'the file to write, wherever there is room' -F\n", "-l status -r -a 'ok failed",
        "-n '__fish_seen_subcommand_from ps' -f\n", "-n '__fish_seen_subcommand_from dump' -f\n"})
    CHECK(fish.find(part) != std::string::npos);
  CHECK(fish.find("-n '__fish_seen_subcommand_from show' -f\n") == std::string::npos);
}
