// Searches the index that index_builder wrote: by words (BM25), by vector (exact), and by id.
//
// Any number of threads may search at once; each borrows a connection of its own. The file is only
// read. Failures of SQLite are values; nothing throws.

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/demo/outcome.h"
#include "tools/demo/text/ngram_vector.h"

namespace looptape::tools::demo {

using ChunkId = std::int64_t;

struct Hit {
  ChunkId id;
  double score;  // higher is better, whichever way it was found
};

struct StoredChunk {
  ChunkId id;
  std::string source;  // path@offset
  std::string text;
};

class SearchIndex {
 public:
  static Outcome<std::unique_ptr<SearchIndex>> open(const std::filesystem::path& file);
  SearchIndex(const SearchIndex&) = delete;
  SearchIndex& operator=(const SearchIndex&) = delete;
  ~SearchIndex();

  // The `most` best chunks that hold any of the words, by BM25, best first.
  Outcome<std::vector<Hit>> by_words(std::span<const std::string> words, std::size_t most);

  // The `most` chunks whose vectors have the largest dot product, best first; every vector is looked
  // at. A query of another size than the index's finds nothing.
  std::vector<Hit> by_vector(std::span<const float> query, std::size_t most) const;

  // In the order of `ids`; unknown ones are left out.
  Outcome<std::vector<StoredChunk>> chunks(std::span<const ChunkId> ids);

  std::size_t size() const { return ids_.size(); }
  std::size_t dimensions() const { return dimensions_; }

 private:
  class Connection;
  class Borrowed;

  explicit SearchIndex(std::filesystem::path file);
  void load_vectors();

  std::filesystem::path file_;
  std::vector<ChunkId> ids_;
  std::vector<float> vectors_;  // row by row
  std::size_t dimensions_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
};

}  // namespace looptape::tools::demo
