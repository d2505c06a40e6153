// What is left of probes that are compiled out: see recording_cases.h.
//
// `empty_loop` and `compiled_out_loop` differ by probes alone; a test compares their instructions.
#define LOOPTAPE_DISABLED
#include <looptape/looptape.h>

#include "bench/recording_cases.h"

namespace looptape::bench {

constexpr unsigned kLoop = 100'000;

[[gnu::noinline]] void empty_loop() {
  for (unsigned i = 0; i < kLoop; ++i) asm volatile("");
}

[[gnu::noinline]] void compiled_out_loop() {
  for (unsigned i = 0; i < kLoop; ++i) {
    looptape::Stage<"rerank", looptape::Kind::rerank> stage;
    stage.set<"candidates">(i);
    stage.set<"model">("all-minilm-l6-v2");
    looptape::event<"cache_flush">();
    looptape::Counter<"hits">::add();
    asm volatile("");
  }
}

std::vector<Case> compiled_out_cases() {
  return {
      {"compiled_out", 1, kLoop, &compiled_out_loop},
      {"empty_loop", 1, kLoop, &empty_loop},
  };
}

}  // namespace looptape::bench
