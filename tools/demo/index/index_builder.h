// Builds the index of a corpus: one SQLite file with the passages, their full-text index and vectors.
//
// Called at start, on one thread, before the server listens; it uses a second thread to read files.
// The file appears under its name only when it is whole, so that a start that was interrupted, or two
// starts at once, leave no half-built index behind.

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/demo/index/embedder.h"
#include "tools/demo/outcome.h"

namespace looptape::tools::demo {

struct IndexSettings {
  std::filesystem::path directory;
  std::vector<std::filesystem::path> roots{"/usr/include", "/usr/share/doc"};
  std::size_t most_chunks = 20'000;
  std::size_t chunk_bytes = 900;
  std::size_t chunks_per_file = 40;
  bool rebuild = false;  // even when an index of the same parameters is there
};

// Everything an index depends on, as text. Two settings with equal fingerprints share an index.
std::string index_fingerprint(const IndexSettings& settings, const Embedder& embedder);

// The file of an index with these parameters: the one that is there and whole, else a new one. Says on
// stderr which it is, in a line, and how far a new one has come.
Outcome<std::filesystem::path> ensure_index(const IndexSettings& settings, Embedder& embedder);

}  // namespace looptape::tools::demo
