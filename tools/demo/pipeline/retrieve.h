// Stage "retrieve": two legs side by side, by words on this thread and by vector on a pool's thread.
//
// Any thread may call it but one of the pool given. Records each leg as a stage of its own, on the
// thread where it runs.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/demo/index/search_index.h"
#include "tools/demo/outcome.h"
#include "tools/demo/pipeline/thread_pool.h"

namespace looptape::tools::demo {

struct RetrievedLegs {
  std::vector<Hit> sparse;  // best first
  std::vector<Hit> dense;   // best first; empty when the question has no vector
};

class Retriever {
 public:
  Retriever(SearchIndex& index, ThreadPool& pool) : index_(index), pool_(pool) {}

  Outcome<RetrievedLegs> retrieve(const std::string& question, const Vector& vector, std::size_t most_per_leg);

 private:
  std::vector<Hit> dense_leg(const Vector& vector, std::size_t most) const;
  Outcome<std::vector<Hit>> sparse_leg(const std::string& question, std::size_t most);

  SearchIndex& index_;
  ThreadPool& pool_;
};

}  // namespace looptape::tools::demo
