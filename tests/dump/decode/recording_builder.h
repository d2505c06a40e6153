// Builds regions by hand, so that a test reads like the situation it is about.
//
//   Recording recording;
//   auto& thread = recording.thread(0);
//   thread.chunk({.base = 100});
//   thread.stage({.name = "rerank", .start = 110, .end = 150});
//   thread.close(200);
//   Rows rows = decode(recording.copy());
//
// Words are put together with the format's own constants and nothing else of the code under test.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dump/assembler.h"
#include "dump/region_copy.h"
#include "looptape/core/layout.h"

namespace looptape::dump::testing {

struct ChunkAt {
  std::uint64_t base = 0;
  std::uint64_t request = 0, parent_start = 0;
  std::uint16_t parent_stream = 0;
  std::vector<std::uint64_t> open = {};  // starts by depth
};

struct StageAt {
  const char* name = "stage";
  unsigned depth = 0;
  std::uint64_t start = 0, end = 0;
  unsigned attributes = 0, flags = 0;
  core::Status status = core::Status::ok;
};

struct LongAt {
  const char* name = "stage";
  unsigned depth = 0;
  std::uint64_t start = 0, end = 0, request = 0;
  std::uint16_t origin = 0;
  unsigned attributes = 0, flags = 0;
};

struct DetachAt {
  const char* name = "stage";
  unsigned depth = 0;
  std::uint64_t start = 0, at = 0, request = 0;
  unsigned attributes = 0, flags = core::kStageDetached;
};

class Recording;

// What one thread slot wrote.
class Thread {
 public:
  Thread(Recording& recording, std::uint16_t stream) : recording_(recording), stream_(stream) {
    slot_.stream = stream;
    slot_.state = core::SlotState::kLeased;
    slot_.ordinal = 1;
    slot_.tid = 1000u + stream;
  }

  Thread& chunk(const ChunkAt& at);
  Thread& stage(const StageAt& at);
  Thread& finish_elsewhere(const LongAt& at);
  Thread& detach(const DetachAt& at);
  Thread& attribute(const char* key, unsigned depth, std::int64_t value);
  Thread& text(const char* key, unsigned depth, const std::string& stored, std::uint64_t original_length);
  Thread& request_attribute(const char* key, std::int64_t value) { return attribute(key, core::kRequestDepth, value); }
  Thread& attribute_elsewhere(const char* key, std::int64_t value, std::uint16_t origin, std::uint64_t start);
  Thread& context(std::uint64_t at, std::uint64_t request, std::uint64_t parent_start = 0,
                  std::uint16_t parent_stream = 0);
  Thread& point(core::RecordType type, const char* name, std::uint64_t at, std::uint64_t value,
                core::ValueType value_type = core::ValueType::kSigned);
  Thread& owner(std::uint64_t at, std::uint64_t tid, std::uint64_t ordinal, const std::string& name);
  Thread& close(std::uint64_t at);
  // Any words at all, as one record.
  Thread& raw(const std::vector<std::uint64_t>& words) { return put(words); }

  // The slot's open stack when it was copied.
  Thread& open(unsigned depth, std::uint64_t start, const char* name, std::uint64_t request = 0);
  // The chunk is not in the copy; counts go on.
  Thread& lose(std::uint64_t sequence) {
    chunks_.at(sequence - 1).clear();
    return *this;
  }

  SlotCopy& slot() { return slot_; }
  std::uint64_t sequence() const { return chunks_.size(); }
  std::uint64_t records() const { return records_; }
  // Words of a chunk; empty: lost.
  std::vector<std::uint64_t>& words(std::uint64_t sequence) { return chunks_.at(sequence - 1); }

 private:
  Thread& put(const std::vector<std::uint64_t>& words);
  std::uint64_t base() const { return chunks_.back()[core::chunk::kBase]; }
  std::uint16_t site(const char* name);

  Recording& recording_;
  const std::uint16_t stream_;
  SlotCopy slot_;
  std::vector<std::vector<std::uint64_t>> chunks_;  // by sequence − 1
  std::uint64_t records_ = 0, bytes_ = 0, previous_last_ = 0;
};

class Recording {
 public:
  Recording();
  Thread& thread(std::uint16_t stream);
  std::uint16_t name(const std::string& text);
  Recording& in_flight(std::uint64_t number, std::uint64_t start, const char* kind, std::uint16_t stream,
                       const std::string& tenant = {});
  Recording& snapshot_at(std::uint64_t tick) {
    snapshot_ = tick;
    return *this;
  }
  std::uint64_t& header(std::size_t word) { return header_[word]; }

  // As a snapshot would hand it over; chunks of later streams first and newest first, to show order does not matter.
  RegionCopy copy();
  // As a region file with chunks of `chunk_bytes`.
  std::vector<std::uint64_t> image(std::size_t chunk_bytes);

  static constexpr std::uint64_t kFirstTick = 50;
  static constexpr std::size_t kSlots = 8;

 private:
  std::array<std::uint64_t, core::header::kHeaderWords> header_{};
  std::vector<Name> names_;
  std::map<std::uint16_t, Thread> threads_;
  std::vector<FlightCopy> flights_;
  std::uint64_t snapshot_ = 0;
};

// Everything a sink was told, with references resolved.
struct Rows : Sink {
  struct Stage : StageRow {
    std::string name;
    Context in;
    std::uint16_t recorded_by = 0;
  };
  struct Attribute : AttributeRow {
    std::string name, stored;
  };
  struct Point : PointRow {
    std::string name;
    Context in;
    std::uint16_t recorded_by = 0;
  };

  void opening(const Opening& given) override { open = given; }
  void block(const Block& given) override;
  void closing(const Closing& given) override { close = given; }
  void damage(const Damage& given) override { damages.push_back(given); }

  std::string name(std::uint16_t id) const { return id < open.names.size() ? open.names[id].text : "?"; }
  const Stage& stage(const std::string& name) const;  // the only one of that name
  std::vector<Attribute> attributes_of(std::uint16_t stream, std::uint64_t start) const;
  const Stream& stream(std::uint16_t id) const;

  Opening open;
  std::vector<Stage> stages;
  std::vector<Attribute> attributes;
  std::vector<Point> points;
  std::vector<std::pair<std::uint16_t, std::uint64_t>> blocks;  // stream, sequence
  Closing close;
  std::vector<Damage> damages;
};

Rows decode(const RegionCopy& copy);

}  // namespace looptape::dump::testing
