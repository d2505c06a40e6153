// A real engine over a small region, and what its threads do: see recording.h.
#include "tests/model/recording.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/thread_lease.h"

namespace looptape::model {

using namespace core;

namespace {
Writer* const g_none = t_writer;  // where a thread's writer points before its first event
}

Recording::Recording(const Shape& shape) {
  forget_writer();
  EngineSettings settings;
  settings.region.service = "model";
  settings.region.clock = ClockKind::kMonotonic;
  settings.region.max_threads = shape.threads;
  settings.region.max_in_flight = 1;
  settings.region.chunk_bytes = shape.chunk_bytes;
  settings.region.budget_bytes = 560 << 10;  // the tables, and a few chunks
  std::string problem;
  engine_ = Engine::make(settings, &problem);
  if (engine_ == nullptr || engine_->region.chunk_count() < shape.chunks) {
    std::fprintf(stderr, "no recording for the model check: %s\n", problem.c_str());
    std::abort();
  }
  engine_->pool = std::make_unique<ChunkPool>(shape.chunks, shape.reserve);
  if (shape.announced) engine_->announce();
}

Recording::~Recording() {
  engine_->stop(true);
  forget_writer();
}

void Recording::forget_writer() { t_writer = g_none; }

Writer* Recording::lease() {
  forget_writer();
  Writer* const writer = own_writer(*engine_);
  forget_writer();
  return writer;
}

void Recording::keep(Interleaving& run) {
  run.keep(&engine_->slots->writer(0), engine_->slots->count() * sizeof(Writer));
  run.keep(g_time);
}

ChunkImage copy_chunk(const Word* words, std::size_t capacity) {
  ChunkImage image;
  image.words.resize(capacity / kWordBytes);
  std::size_t bytes = 0;
  image.read = read_chunk<Memory>(words, capacity, image.words.data(), &bytes);
  image.words.resize(bytes / kWordBytes);
  return image;
}

}  // namespace looptape::model
