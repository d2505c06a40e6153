// See index_builder.h.

#include "tools/demo/index/index_builder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <future>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "tools/demo/corpus/chunker.h"
#include "tools/demo/corpus/file_text.h"
#include "tools/demo/corpus/progress.h"
#include "tools/demo/corpus/source_files.h"
#include "tools/demo/index/sqlite.h"

namespace looptape::tools::demo {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;  // raised also when the choice or the cutting of texts changes
constexpr std::size_t kFilesAtOnce = 64;
constexpr std::size_t kTextsAtOnce = 64;

struct Chunk {
  std::string source;  // path@offset
  std::string text;
};

// Holds the directory for one builder at a time; the kernel lets go when the process dies.
class BuildLock {
 public:
  explicit BuildLock(const fs::path& file) : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    while (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      ::close(descriptor_);
      descriptor_ = -1;
    }
  }
  BuildLock(const BuildLock&) = delete;
  BuildLock& operator=(const BuildLock&) = delete;
  ~BuildLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool held() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

enum class Kept { nothing, current, of_other_parameters, damaged };

// Looks at every page: what is damaged would fail a question later, or the start each time.
Kept what_is_kept(const fs::path& file, const std::string& fingerprint) {
  std::error_code missing;
  if (!fs::exists(file, missing)) return Kept::nothing;
  try {
    const Database database(file.string(), Database::Mode::read_only);
    Statement check(database, "PRAGMA quick_check(1)");
    if (!check.step() || check.text(0) != "ok") return Kept::damaged;
    Statement query(database, "SELECT value FROM meta WHERE key = 'fingerprint'");
    return query.step() && query.text(0) == fingerprint ? Kept::current : Kept::of_other_parameters;
  } catch (const SqliteError&) {
    return Kept::damaged;  // or not an index at all
  }
}

void say(const fs::path& file, const char* what) { std::fprintf(stderr, "%s: %s\n", file.c_str(), what); }

std::vector<Chunk> chunks_of(std::span<const fs::path> files, const IndexSettings& settings) {
  std::vector<Chunk> result;
  for (const fs::path& file : files) {
    const std::string text = file_text(file);
    for (Passage& passage : passages(text, settings.chunk_bytes, settings.chunks_per_file)) {
      result.push_back({file.string() + "@" + std::to_string(passage.offset), std::move(passage.text)});
    }
  }
  return result;
}

// The file is renamed into place when done; until then there is nothing to protect.
Database empty_index(const fs::path& file) {
  Database database(file.string(), Database::Mode::create);
  database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;");
  database.execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);");
  database.execute("CREATE TABLE chunks(id INTEGER PRIMARY KEY, source TEXT, body TEXT, vector BLOB);");
  database.execute(
      "CREATE VIRTUAL TABLE chunk_text USING fts5("
      "body, content = 'chunks', content_rowid = 'id', tokenize = 'porter unicode61');");
  return database;
}

class IndexWriter {
 public:
  explicit IndexWriter(const fs::path& file) : database_(empty_index(file)) {}

  void add(const Chunk& chunk, const Vector& vector) {
    ++last_id_;
    insert_.bind(1, last_id_).bind(2, chunk.source).bind(3, chunk.text).bind(4, vector);
    insert_.step();
    insert_.reset();
  }

  void finish(const std::string& fingerprint) {
    database_.execute("INSERT INTO chunk_text(chunk_text) VALUES('rebuild');");
    Statement meta(database_, "INSERT INTO meta VALUES('fingerprint', ?)");
    meta.bind(1, fingerprint).step();
    database_.execute("COMMIT;");
  }

 private:
  Database database_;
  Statement insert_{database_, "INSERT INTO chunks VALUES(?, ?, ?, ?)"};
  std::int64_t last_id_ = 0;
};

// The chunks of the next files, read on a second thread while the caller indexes the ones before.
class ChunkReader {
 public:
  ChunkReader(std::vector<fs::path> files, const IndexSettings& settings)
      : files_(std::move(files)), settings_(settings) {
    read_ahead();
  }

  // Empty at the end.
  std::vector<Chunk> next() {
    while (pending_.valid()) {
      std::vector<Chunk> chunks = pending_.get();
      read_ahead();
      std::erase_if(chunks,
                    [&](const Chunk& chunk) { return !seen_.insert(std::hash<std::string>{}(chunk.text)).second; });
      if (!chunks.empty()) return chunks;
    }
    return {};
  }

 private:
  void read_ahead() {
    if (position_ >= files_.size()) return;
    const std::size_t count = std::min(kFilesAtOnce, files_.size() - position_);
    const std::span<const fs::path> batch(files_.data() + position_, count);
    position_ += count;
    pending_ = std::async(std::launch::async, [this, batch] { return chunks_of(batch, settings_); });
  }

  std::vector<fs::path> files_;
  const IndexSettings& settings_;
  std::size_t position_ = 0;
  std::unordered_set<std::size_t> seen_;  // the same page is shipped by many packages
  std::future<std::vector<Chunk>> pending_;
};

// Returns how many chunks were written.
Outcome<std::size_t> write_chunks(ChunkReader& reader, IndexWriter& writer, Embedder& embedder, std::size_t most) {
  Progress progress("building the index", most);
  std::size_t done = 0;
  for (auto chunks = reader.next(); !chunks.empty() && done < most; chunks = reader.next()) {
    chunks.resize(std::min(chunks.size(), most - done));
    for (std::size_t begin = 0; begin < chunks.size(); begin += kTextsAtOnce) {
      const std::size_t count = std::min(kTextsAtOnce, chunks.size() - begin);
      std::vector<std::string> texts;
      for (std::size_t i = 0; i < count; ++i) texts.push_back(chunks[begin + i].text);
      const auto vectors = embedder.embed(texts);
      if (!vectors) return Outcome<std::size_t>::failure(vectors.error());
      for (std::size_t i = 0; i < count; ++i) writer.add(chunks[begin + i], (*vectors)[i]);
      done += count;
      progress.reached(done);
    }
  }
  progress.finished();
  return done;
}

Outcome<fs::path> build(const fs::path& file, const IndexSettings& settings, const std::string& fingerprint,
                        Embedder& embedder) {
  using Result = Outcome<fs::path>;
  const fs::path unfinished = file.string() + ".unfinished";
  std::error_code error;
  fs::remove(unfinished, error);
  try {
    ChunkReader reader(source_files(settings.roots), settings);
    IndexWriter writer(unfinished);
    const auto written = write_chunks(reader, writer, embedder, settings.most_chunks);
    if (!written) return Result::failure("building the index: " + written.error());
    if (*written == 0) return Result::failure("no text found under the corpus directories");
    writer.finish(fingerprint);
  } catch (const SqliteError& failed) {
    return Result::failure(unfinished.string() + ": " + failed.what());
  }
  fs::rename(unfinished, file, error);
  if (error) return Result::failure(file.string() + ": " + error.message());
  return file;
}

}  // namespace

std::string index_fingerprint(const IndexSettings& settings, const Embedder& embedder) {
  std::string text = "format " + std::to_string(kFormat) + ", model " + embedder.model() + ", chunks " +
                     std::to_string(settings.most_chunks) + " x " + std::to_string(settings.chunk_bytes) +
                     ", per file " + std::to_string(settings.chunks_per_file);
  for (const fs::path& root : settings.roots) text += ", " + root.string();
  return text;
}

Outcome<fs::path> ensure_index(const IndexSettings& settings, Embedder& embedder) {
  using Result = Outcome<fs::path>;
  std::error_code error;
  fs::create_directories(settings.directory, error);
  if (error) return Result::failure(settings.directory.string() + ": " + error.message());
  const BuildLock lock(settings.directory / "lock");
  if (!lock.held()) return Result::failure(settings.directory.string() + ": cannot write");
  const fs::path file = settings.directory / "passages.sqlite";
  const std::string fingerprint = index_fingerprint(settings, embedder);
  if (!settings.rebuild) {
    const Kept kept = what_is_kept(file, fingerprint);
    if (kept == Kept::current) {
      say(file, "the index that was kept");
      return file;
    }
    if (kept == Kept::damaged) say(file, "damaged; it is built again");
    if (kept == Kept::of_other_parameters) say(file, "of another version or other parameters; it is built again");
  }
  return build(file, settings, fingerprint, embedder);
}

}  // namespace looptape::tools::demo
