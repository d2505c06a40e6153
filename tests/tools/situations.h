// The recordings that tests of the program read.
#pragma once

#include "tests/tools/recording.h"

namespace looptape::test {

inline std::string trace_id(unsigned char first, unsigned char last) {
  std::string id(16, '\x11');
  id[0] = static_cast<char>(first);
  id[15] = static_cast<char>(last);
  return id;
}

// Three requests of an answering service: 17 calm, 18 slow in rerank and failed, 19 still in generate.
inline Recording answers(std::uint64_t token = 1) {
  constexpr std::uint64_t kMs = 1'000'000;
  Recording r("answers", token);
  r.thread(0, "http-1", 100).thread(1, "rerank-1", 101);
  // 17: retrieve 0–90 and rerank 80–100 of 100 ms.
  r.stage(17, "retrieve", Kind::retrieve, 100 * kMs + 1, 190 * kMs, {.depth = 1});
  r.stage(17, "rerank", Kind::rerank, 180 * kMs, 200 * kMs,
          {.stream = 1, .depth = 0, .parent_start = 100 * kMs, .attributes = 1});
  r.stage_number(1, 180 * kMs, "candidates", 40);
  r.request(17, "ask", 100 * kMs, 200 * kMs)
      .text(17, "looptape.trace_id", trace_id(0x0a, 0x17), core::ValueType::kBytes)
      .text(17, "looptape.tenant", "acme")
      .text(17, "looptape.external:ticket", "4892")
      .text(17, "route", "/ask");
  // 18: all in rerank, failed.
  r.stage(18, "retrieve", Kind::retrieve, 300 * kMs + 1, 330 * kMs, {.depth = 1});
  r.stage(18, "rerank", Kind::rerank, 330 * kMs, 700 * kMs,
          {.stream = 1, .depth = 0, .status = core::Status::timeout, .parent_start = 300 * kMs});
  r.request(18, "ask", 300 * kMs, 700 * kMs, core::Status::error)
      .text(18, "looptape.trace_id", trace_id(0x0b, 0x18), core::ValueType::kBytes)
      .text(18, "looptape.tenant", "globex")
      .text(18, "looptape.external:ticket", "4893");
  r.event(18, "retry", 500 * kMs, 2);
  // 19: running since 800 ms.
  r.open_request(19, "ask", 800 * kMs, "acme")
      .open_stage(19, "ask", Kind::request, 800 * kMs, 0)
      .open_stage(19, "generate", Kind::generate, 850 * kMs, 1);
  r.opening.trigger.kind = dump::TriggerKind::kSlowRequest;
  r.opening.trigger.name = "ask";
  r.opening.trigger.request = 18;
  r.opening.trigger.value_ns = 400 * kMs;
  r.opening.trigger.limit_ns = 300 * kMs;
  r.opening.counters.losses[static_cast<std::size_t>(core::Loss::kTextCut)] = 3;
  r.opening.counters.triggers_seen[3] = 2;
  r.opening.counters.triggers_suppressed[3] = 1;
  r.opening.counters.dumps_written = 1;
  return r;
}

}  // namespace looptape::test
