// The kept index: when it is built, read or built again, how large it may be, and what is said meanwhile.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/tools/demo/temporary_directory.h"
#include "tools/demo/child_process.h"
#include "tools/demo/corpus/progress.h"
#include "tools/demo/index/index_builder.h"
#include "tools/demo/index/search_index.h"
#include "tools/demo/index/sqlite.h"
#include "tools/demo/server/bundled_provider.h"

namespace looptape::tools::demo {
namespace {

namespace fs = std::filesystem;

// What is written to stderr while `act` runs: to a terminal, or to a file.
std::string said(bool terminal, const TemporaryDirectory& directory, const std::function<void()>& act) {
  const int ours = ::open((directory.path() / "said").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE((ours >= 0 && master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0));
  const int line = ::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  const int before = ::dup(STDERR_FILENO);
  REQUIRE((line >= 0 && before >= 0));
  ::dup2(terminal ? line : ours, STDERR_FILENO);
  act();
  ::dup2(before, STDERR_FILENO);
  for (const int fd : {before, line}) ::close(fd);
  ::lseek(ours, 0, SEEK_SET);
  std::string text;
  char block[4096];
  for (ssize_t got; (got = ::read(terminal ? master : ours, block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(got));
  }
  for (const int fd : {ours, master}) ::close(fd);
  return text;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The bundled model, counting what it is asked for; or one that fails.
class CountingEmbedder final : public Embedder {
 public:
  Outcome<std::vector<Vector>> embed(std::span<const std::string> texts) override {
    if (fails) return Outcome<std::vector<Vector>>::failure("no model");
    embedded += texts.size();
    return bundled_.embed(texts);
  }
  std::string model() const override { return name; }

  std::string name = "counting";
  bool fails = false;
  std::atomic<std::size_t> embedded{0};

 private:
  BundledEmbedder bundled_;
};

// `files` documents of four passages each.
class Corpus {
 public:
  explicit Corpus(int files) {
    for (int file = 0; file < files; ++file) {
      std::string text;
      for (int part = 0; part < 4; ++part) {
        text += "Part " + std::to_string(part) + " of document " + std::to_string(file) +
                " says in more than a dozen words what nothing else here says, and ends.\n" + std::string(60, '-') +
                "\n\n";
      }
      directory_.write("corpus/" + std::to_string(file) + ".txt", text);
    }
    settings.directory = directory_.path() / "index";
    settings.roots = {directory_.path() / "corpus"};
    settings.chunk_bytes = 120;
  }

  fs::path file() const { return settings.directory / "passages.sqlite"; }

  // What is said while an index is asked for; it has to be there then.
  std::string ensure() {
    return said(false, directory_, [this] { CHECK(ensure_index(settings, embedder)); });
  }

  // How many passages the index holds.
  std::size_t size() const {
    const auto index = SearchIndex::open(file());
    REQUIRE(index);
    return (*index)->size();
  }

  IndexSettings settings;
  CountingEmbedder embedder;
  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
};

struct Identity {
  ino_t inode;
  timespec changed;
  bool operator==(const Identity& other) const {
    return inode == other.inode && changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
  }
};

Identity identity(const fs::path& file) {
  struct stat status = {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return {status.st_ino, status.st_mtim};
}

std::string bytes_of(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// That an index was built is said in two lines; `reason`, if any, before them.
void check_built(const std::string& text, const std::string& reason) {
  INFO(text);
  CHECK(text.starts_with(reason + "building the index ...\nbuilding the index: done in "));
  CHECK(std::count(text.begin(), text.end(), '\n') == (reason.empty() ? 2 : 3));
}

}  // namespace

TEST_CASE("an index is built once and kept: later starts read it, say so and embed nothing") {
  Corpus corpus(5);
  check_built(corpus.ensure(), "");
  CHECK(corpus.embedder.embedded == 20);
  const Identity built = identity(corpus.file());
  for (int start = 0; start < 2; ++start) {
    CHECK(corpus.ensure() == corpus.file().string() + ": the index that was kept\n");
    CHECK(identity(corpus.file()) == built);
  }
  CHECK(corpus.embedder.embedded == 20);
  CHECK(corpus.size() == 20);
}

TEST_CASE("an index that is cut short or damaged in any page is said to be, and built again") {
  Corpus corpus(20);
  corpus.ensure();
  const std::string whole = bytes_of(corpus.file());
  constexpr std::size_t kPage = 4096;
  REQUIRE(whole.size() > 10 * kPage);
  const std::string reason = corpus.file().string() + ": damaged; it is built again\n";
  const auto check_rebuilt = [&](const std::string& bytes) {
    write_bytes(corpus.file(), bytes);
    check_built(corpus.ensure(), reason);
    CHECK(corpus.size() == 80);
  };
  for (std::size_t page = 0; page * kPage < whole.size(); ++page) {
    INFO("page " << page);
    std::string damaged = whole;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(page * kPage), kPage, '\xFF');
    check_rebuilt(damaged);
    check_rebuilt(whole.substr(0, page * kPage));
    check_rebuilt(whole.substr(0, page * kPage + 100));
  }
  check_rebuilt("not an index at all\n");
}

TEST_CASE("an index of an older version, another model or other parameters is said to be, and built again") {
  Corpus corpus(2);
  corpus.ensure();
  const std::string reason = corpus.file().string() + ": of another version or other parameters; it is built again\n";
  Database(corpus.file(), Database::Mode::create).execute("UPDATE meta SET value = replace(value, 'format', 'form 0')");
  check_built(corpus.ensure(), reason);
  Database(corpus.file(), Database::Mode::create).execute("DELETE FROM meta");
  check_built(corpus.ensure(), reason);
  corpus.embedder.name = "another";
  check_built(corpus.ensure(), reason);
  for (std::size_t IndexSettings::*parameter :
       {&IndexSettings::most_chunks, &IndexSettings::chunk_bytes, &IndexSettings::chunks_per_file}) {
    --(corpus.settings.*parameter);
    check_built(corpus.ensure(), reason);
  }
  corpus.settings.roots.push_back(corpus.directory().path() / "nothing");
  check_built(corpus.ensure(), reason);
}

TEST_CASE("documents that came later are not noticed, but by an index that is to be built anew") {
  Corpus corpus(2);
  corpus.ensure();
  corpus.directory().write("corpus/later.txt",
                           "A document that came later has more than a dozen words to say for itself.");
  corpus.ensure();
  CHECK(corpus.size() == 8);
  corpus.settings.rebuild = true;
  check_built(corpus.ensure(), "");
  CHECK(corpus.size() == 9);
}

TEST_CASE("an index holds no more passages than it may, of every document some") {
  Corpus corpus(30);
  corpus.settings.most_chunks = 50;
  corpus.ensure();
  CHECK(corpus.size() == 50);
  corpus.settings.most_chunks = 1000;
  corpus.settings.chunks_per_file = 1;
  corpus.ensure();
  CHECK(corpus.size() == 30);
  CHECK(IndexSettings().most_chunks == 20'000);
  auto process = ChildProcess::start(
      {LOOPTAPE_BIN_DIR "/ragdemo", "--port", "0", "--chunks", "20001", "--index", corpus.settings.directory.string()},
      true);
  REQUIRE(process);
  const int status = process->first_line().empty() ? process->wait() : process->stop();
  CHECK(WEXITSTATUS(status) == 2);
}

TEST_CASE("of two starts at once one builds the index, and one that gives up leaves none") {
  Corpus corpus(20);
  corpus.embedder.fails = true;
  const std::string why = said(false, corpus.directory(), [&] {
    const auto index = ensure_index(corpus.settings, corpus.embedder);
    CHECK(index.error() == "building the index: no model");
  });
  CHECK(why == "building the index ...\n");
  CHECK_FALSE(fs::exists(corpus.file()));
  corpus.embedder.fails = false;
  write_bytes(corpus.file().string() + ".unfinished", "of a start that was interrupted");
  std::vector<std::string> wrong(4);
  const std::string text = said(false, corpus.directory(), [&] {
    std::vector<std::thread> starts;
    for (std::string& failed : wrong) {
      starts.emplace_back([&] { failed = ensure_index(corpus.settings, corpus.embedder).error(); });
    }
    for (std::thread& start : starts) start.join();
  });
  INFO(text);
  for (const std::string& failed : wrong) CHECK(failed.empty());
  CHECK(corpus.embedder.embedded == 80);
  CHECK(corpus.size() == 80);
}

TEST_CASE("progress is a bar on a terminal, redrawn in place and gone at the end") {
  const TemporaryDirectory directory;
  const auto bar = [](std::size_t done, bool finished) {
    return [=] {
      Progress progress("reading", 200);
      progress.reached(done);  // what is drawn first is drawn at once
      if (finished) progress.finished();
    };
  };
  const std::string drawn = said(true, directory, bar(100, true));
  const std::string half = "\rreading [" + std::string(15, '#') + std::string(15, '.') + "]  50 %";
  INFO(drawn);
  CHECK(drawn.starts_with(half + "\r\033[Kreading: done in "));
  CHECK(std::count(drawn.begin(), drawn.end(), '\n') == 1);
  CHECK(said(true, directory, bar(100, false)) == half + "\r\033[K");
  CHECK(contains(said(true, directory, bar(400, true)), "[" + std::string(30, '#') + "] 100 %"));
  Corpus corpus(5);
  const std::string built = said(true, directory, [&] { CHECK(ensure_index(corpus.settings, corpus.embedder)); });
  CHECK(built.starts_with("\rbuilding the index [" + std::string(30, '.') + "]   0 %"));
}

TEST_CASE("progress in a file is a plain line every quarter, and no bar") {
  const TemporaryDirectory directory;
  const std::string lines = said(false, directory, [] {
    Progress progress("reading", 200);
    for (std::size_t done = 0; done <= 200; ++done) progress.reached(done);
    progress.finished();
  });
  INFO(lines);
  CHECK(lines.starts_with("reading ...\nreading ... 25 %\nreading ... 50 %\nreading ... 75 %\nreading: done in "));
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 5);
  CHECK(lines.find_first_of("\r\033[#") == std::string::npos);
}

TEST_CASE("the server builds its index at the first start, reads it at the second, and mends a damaged one") {
  Corpus corpus(3);
  const auto first_line = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"/bin/sh",
                                          "-c",
                                          "exec \"$@\" 2>&1",
                                          "sh",
                                          LOOPTAPE_BIN_DIR "/ragdemo",
                                          "--port",
                                          "0",
                                          "--no-record",
                                          "--index",
                                          corpus.settings.directory.string(),
                                          "--corpus",
                                          corpus.settings.roots[0].string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto process = ChildProcess::start(arguments, true);
    REQUIRE(process);
    const std::string first = process->first_line();
    std::string line = first;
    while (!line.empty() && port_in(line) == 0) line = process->first_line();
    CHECK(contains(line, "ragdemo listening on 127.0.0.1:"));
    CHECK(WEXITSTATUS(process->stop()) == 0);
    return first;
  };
  CHECK(first_line({}) == "building the index ...");
  const Identity built = identity(corpus.file());
  CHECK(first_line({}) == corpus.file().string() + ": the index that was kept");
  CHECK(identity(corpus.file()) == built);
  fs::resize_file(corpus.file(), fs::file_size(corpus.file()) / 2);
  CHECK(first_line({}) == corpus.file().string() + ": damaged; it is built again");
  CHECK(first_line({}) == corpus.file().string() + ": the index that was kept");
  CHECK(first_line({"--chunks", "2"}) ==
        corpus.file().string() + ": of another version or other parameters; it is built again");
  CHECK(corpus.size() == 2);
  CHECK(first_line({"--chunks", "2", "--rebuild"}) == "building the index ...");
}

}  // namespace looptape::tools::demo
