// See search_index.h.

#include "tools/demo/index/search_index.h"

#include <algorithm>
#include <utility>

#include "tools/demo/index/sqlite.h"

namespace looptape::tools::demo {

class SearchIndex::Connection {
 public:
  explicit Connection(const std::string& file) : database_(file, Database::Mode::read_only) {}

  Database database_;
  Statement search_{database_,
                    "SELECT rowid, bm25(chunk_text) FROM chunk_text WHERE chunk_text MATCH ?1 "
                    "ORDER BY rank LIMIT ?2"};
  Statement fetch_{database_, "SELECT source, body FROM chunks WHERE id = ?1"};
};

// Takes an idle connection, or opens one, and gives it back.
class SearchIndex::Borrowed {
 public:
  explicit Borrowed(SearchIndex& index) : index_(index) {
    {
      const std::lock_guard lock(index_.mutex_);
      if (!index_.idle_.empty()) {
        connection_ = std::move(index_.idle_.back());
        index_.idle_.pop_back();
      }
    }
    if (!connection_) connection_ = std::make_unique<Connection>(index_.file_.string());
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() {
    connection_->search_.reset();
    connection_->fetch_.reset();
    const std::lock_guard lock(index_.mutex_);
    index_.idle_.push_back(std::move(connection_));
  }
  Connection* operator->() { return connection_.get(); }

 private:
  SearchIndex& index_;
  std::unique_ptr<Connection> connection_;
};

SearchIndex::SearchIndex(std::filesystem::path file) : file_(std::move(file)) {}
SearchIndex::~SearchIndex() = default;

Outcome<std::unique_ptr<SearchIndex>> SearchIndex::open(const std::filesystem::path& file) {
  std::unique_ptr<SearchIndex> index(new SearchIndex(file));
  try {
    index->load_vectors();
  } catch (const SqliteError& error) {
    return Outcome<std::unique_ptr<SearchIndex>>::failure(file.string() + ": " + error.what());
  }
  return index;
}

void SearchIndex::load_vectors() {
  const Database database(file_.string(), Database::Mode::read_only);
  Statement rows(database, "SELECT id, vector FROM chunks ORDER BY id");
  while (rows.step()) {
    const auto vector = rows.vector(1);
    if (dimensions_ == 0) dimensions_ = vector.size();
    if (vector.size() != dimensions_) throw SqliteError("vectors of different sizes");
    ids_.push_back(rows.integer(0));
    vectors_.insert(vectors_.end(), vector.begin(), vector.end());
  }
}

Outcome<std::vector<Hit>> SearchIndex::by_words(std::span<const std::string> words, std::size_t most) {
  std::string query;
  for (const std::string& word : words) {
    if (!query.empty()) query += " OR ";
    query += '"' + word + '"';  // `words` holds no quotes; "a_b" becomes the phrase a b
  }
  std::vector<Hit> hits;
  if (query.empty()) return hits;
  try {
    Borrowed connection(*this);
    Statement& search = connection->search_;
    search.bind(1, query).bind(2, static_cast<std::int64_t>(most));
    while (search.step()) hits.push_back({search.integer(0), -search.real(1)});
  } catch (const SqliteError& error) {
    return Outcome<std::vector<Hit>>::failure(file_.string() + ": " + error.what());
  }
  return hits;
}

std::vector<Hit> SearchIndex::by_vector(std::span<const float> query, std::size_t most) const {
  if (query.size() != dimensions_) return {};
  std::vector<Hit> hits;
  hits.reserve(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    const std::span<const float> row(vectors_.data() + i * dimensions_, dimensions_);
    hits.push_back({ids_[i], dot(query, row)});
  }
  const std::size_t keep = std::min(most, hits.size());
  const auto better = [](const Hit& a, const Hit& b) { return a.score != b.score ? a.score > b.score : a.id < b.id; };
  std::partial_sort(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(keep), hits.end(), better);
  hits.resize(keep);
  return hits;
}

Outcome<std::vector<StoredChunk>> SearchIndex::chunks(std::span<const ChunkId> ids) {
  std::vector<StoredChunk> result;
  try {
    Borrowed connection(*this);
    Statement& fetch = connection->fetch_;
    for (const ChunkId id : ids) {
      if (fetch.bind(1, id).step()) {
        result.push_back({id, std::string(fetch.text(0)), std::string(fetch.text(1))});
      }
      fetch.reset();
    }
  } catch (const SqliteError& error) {
    return Outcome<std::vector<StoredChunk>>::failure(file_.string() + ": " + error.what());
  }
  return result;
}

}  // namespace looptape::tools::demo
