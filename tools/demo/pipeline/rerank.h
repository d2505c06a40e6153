// Stage "rerank": orders the candidates by late interaction, on the pool's threads.
//
// Any thread may call it but one of the pool given; several calls share the pool's threads. Records
// each share of the work, and its wait in the queue, as stages of their own.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/demo/index/search_index.h"
#include "tools/demo/pipeline/thread_pool.h"

namespace looptape::tools::demo {

struct RankedChunk {
  StoredChunk chunk;
  double score;
  std::size_t fused_rank;  // from 1: where the chunk stood before
};

class Reranker {
 public:
  explicit Reranker(ThreadPool& pool) : pool_(pool) {}

  // All candidates, best first; `candidates` come in their fused order.
  std::vector<RankedChunk> rerank(const std::string& question, std::vector<StoredChunk> candidates);

 private:
  ThreadPool& pool_;
};

}  // namespace looptape::tools::demo
