// Builds recordings for tests in the words of the situation: requests, stages under them, what is missing.
//
// One tick is one nanosecond and tick 0 is 2026-11-24T03:00:00Z, so that expected times can be read off.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dump/rows.h"
#include "looptape/core/kind.h"

namespace looptape::test {

inline constexpr std::uint64_t kWallZero = 1'795'489'200'000'000'000ULL;

class Recording {
 public:
  explicit Recording(std::string service = "answers", std::uint64_t token = 1) {
    dump::Process& process = opening.process;
    process.service = std::move(service);
    process.host = "testhost";
    process.version = "1.2.3";
    process.pid = 4242;
    process.start_time = 77;
    process.token = {token, token + 1};
    process.clock = core::ClockKind::kMonotonic;
    process.first = {0, 0, kWallZero};
    process.last = {1'000'000'000, 1'000'000'000, kWallZero + 1'000'000'000};
    process.window_ns = 30'000'000'000;
    process.region_bytes = 48 << 20;
    process.snapshot_tick = 1'000'000'000;
    process.alive = true;
    opening.trigger.kind = dump::TriggerKind::kCall;
    opening.trigger.name = "test";
    opening.trigger.tick = process.snapshot_tick;
    opening.names.push_back({"", 0, 0});
  }

  std::uint16_t name(std::string_view text, Kind kind = Kind::other) {
    for (std::size_t i = 1; i < opening.names.size(); ++i) {
      if (opening.names[i].text == text && opening.names[i].kind == static_cast<std::uint8_t>(kind)) {
        return static_cast<std::uint16_t>(i);
      }
    }
    opening.names.push_back({std::string(text), static_cast<std::uint8_t>(kind), 0});
    return static_cast<std::uint16_t>(opening.names.size() - 1);
  }

  struct StageOptions {
    std::uint16_t stream = 0;
    unsigned depth = 1;
    core::Status status = core::Status::ok;
    unsigned flags = 0;
    std::uint64_t parent_start = 0;  // of the context
    std::uint16_t parent_stream = 0;
    unsigned attributes = 0, lost = 0;
  };

  // A finished stage of `request` from `start` to `end`.
  Recording& stage(std::uint64_t request, std::string_view text, Kind kind, std::uint64_t start, std::uint64_t end,
                   StageOptions options) {
    dump::Block& block = block_of(options.stream);
    const dump::Context context{request, options.parent_start, options.parent_stream};
    dump::StageRow row;
    row.start = start;
    row.duration = end - start;
    row.context = context_of(block, context);
    row.site = name(text, kind);
    row.stream = options.stream;
    row.depth = static_cast<std::uint8_t>(options.depth);
    row.status = static_cast<std::uint8_t>(options.status);
    row.flags = static_cast<std::uint8_t>(options.flags);
    row.attributes = static_cast<std::uint8_t>(options.attributes);
    row.lost_attributes = static_cast<std::uint8_t>(options.lost);
    block.stages.push_back(row);
    return *this;
  }
  Recording& stage(std::uint64_t request, std::string_view text, Kind kind, std::uint64_t start, std::uint64_t end) {
    return stage(request, text, kind, start, end, StageOptions{});
  }
  // The request itself, finished.
  Recording& request(std::uint64_t number, std::string_view kind, std::uint64_t start, std::uint64_t end,
                     core::Status status = core::Status::ok, std::uint16_t stream = 0) {
    StageOptions options;
    options.stream = stream;
    options.depth = 0;
    options.status = status;
    options.flags = core::kStageIsRequest;
    return stage(number, kind, Kind::request, start, end, options);
  }
  Recording& open_request(std::uint64_t number, std::string_view kind, std::uint64_t start, std::string tenant = {},
                          std::uint16_t stream = 0) {
    dump::OpenRequest open;
    open.number = number;
    open.start = start;
    open.site = name(kind, Kind::request);
    open.stream = stream;
    open.tenant = std::move(tenant);
    opening.open_requests.push_back(std::move(open));
    return *this;
  }
  Recording& open_stage(std::uint64_t request, std::string_view text, Kind kind, std::uint64_t start, unsigned depth,
                        std::uint16_t stream = 0) {
    opening.open_stages.push_back({start, request, stream, name(text, kind), static_cast<std::uint8_t>(depth), false});
    return *this;
  }

  // Attributes of a request (identities too) and of a stage.
  Recording& text(std::uint64_t request, std::string_view key, std::string_view value,
                  core::ValueType type = core::ValueType::kText) {
    dump::Block& block = block_of(0);
    block.attributes.push_back({0, request, value.size(), static_cast<std::uint32_t>(block.text.size()),
                                static_cast<std::uint32_t>(value.size()), 0, name(key), type});
    block.text += value;
    return *this;
  }
  Recording& number(std::uint64_t request, std::string_view key, std::uint64_t value,
                    core::ValueType type = core::ValueType::kUnsigned) {
    block_of(0).attributes.push_back({0, request, value, 0, 0, 0, name(key), type});
    return *this;
  }
  Recording& stage_text(std::uint16_t stream, std::uint64_t start, std::string_view key, std::string_view value) {
    dump::Block& block = block_of(stream);
    block.attributes.push_back({start, 0, value.size(), static_cast<std::uint32_t>(block.text.size()),
                                static_cast<std::uint32_t>(value.size()), stream, name(key), core::ValueType::kText});
    block.text += value;
    return *this;
  }
  Recording& stage_number(std::uint16_t stream, std::uint64_t start, std::string_view key, std::uint64_t value,
                          core::ValueType type = core::ValueType::kSigned) {
    block_of(stream).attributes.push_back({start, 0, value, 0, 0, stream, name(key), type});
    return *this;
  }
  Recording& event(std::uint64_t request, std::string_view text, std::uint64_t at, std::uint64_t value,
                   std::uint16_t stream = 0) {
    dump::Block& block = block_of(stream);
    block.points.push_back({at, value, context_of(block, {request, 0, 0}), name(text), core::RecordType::kEvent,
                            core::ValueType::kSigned});
    return *this;
  }
  // A counter's step, a gauge's reading or an event, outside any request.
  Recording& point(std::string_view text, core::RecordType kind, std::uint64_t at, std::uint64_t value) {
    dump::Block& block = block_of(0);
    block.points.push_back({at, value, context_of(block, {}), name(text), kind, core::ValueType::kSigned});
    return *this;
  }
  Recording& thread(std::uint16_t stream, std::string name, std::uint64_t tid) {
    block_of(stream);
    for (dump::Stream& each : closing.streams) {
      if (each.id == stream) each.owners.push_back({0, tid, 1, std::move(name)});
    }
    return *this;
  }

  // Delivers it as a reader would.
  void to(dump::Sink& sink) {
    closing.stages = closing.attributes = closing.points = 0;
    for (dump::Stream& stream : closing.streams) {
      const dump::Block& block = block_of(stream.id);
      stream.records = block.stages.size() + block.attributes.size() + block.points.size();
      stream.bytes = stream.records * 16;
      stream.last = opening.process.snapshot_tick;
      closing.stages += block.stages.size();
      closing.attributes += block.attributes.size();
      closing.points += block.points.size();
    }
    sink.opening(opening);
    for (const dump::Block& block : blocks) sink.block(block);
    sink.closing(closing);
  }

  dump::Opening opening;
  std::vector<dump::Block> blocks;
  dump::Closing closing;

 private:
  dump::Block& block_of(std::uint16_t stream) {
    for (dump::Block& block : blocks) {
      if (block.stream == stream) return block;
    }
    dump::Block& block = blocks.emplace_back();
    block.stream = stream;
    block.sequence = 1;
    dump::Stream& described = closing.streams.emplace_back();
    described.id = stream;
    described.chunks = 1;
    return block;
  }
  static std::uint32_t context_of(dump::Block& block, const dump::Context& context) {
    for (std::size_t i = 0; i < block.contexts.size(); ++i) {
      if (block.contexts[i] == context) return static_cast<std::uint32_t>(i);
    }
    block.contexts.push_back(context);
    return static_cast<std::uint32_t>(block.contexts.size() - 1);
  }
};

}  // namespace looptape::test
