// What a reader may make of names that are registered while it reads.  Tests only.
#include "core/names.h"

#include <iterator>
#include <string>

#include "core/region.h"
#include "looptape/core/chunk.h"
#include "looptape/core/site.h"
#include "tests/model/scenarios.h"

namespace looptape::model {

using namespace core;

namespace {

// A recorder's region with the registry bound to it, as it is while recording.
class BoundRegion {
 public:
  BoundRegion() {
    RegionSettings settings;
    settings.budget_bytes = kMinRegionBytes;
    made_ = region_.create(settings);
    if (!made_) return;
    bind_names(region_);
    // The registry remembers the names of earlier explorations; this region shall not have them yet.
    for (std::size_t i = 0; i < kMaxNames; ++i) region_.name(i)[name_entry::kHead] = {};
  }
  ~BoundRegion() {
    unbind_names();
    region_.close(true);
  }
  BoundRegion(const BoundRegion&) = delete;
  BoundRegion& operator=(const BoundRegion&) = delete;
  bool made() const { return made_; }
  Region& region() { return region_; }

 private:
  Region region_;
  bool made_ = false;
};

// Records one event of `id` in a chunk of its own.
void record(Checked::Word* words, std::uint16_t id) {
  const std::size_t at = recycle_chunk<Checked>(words, Keyframe{}, nullptr);
  Checked::store<Access::kRecord>(words[at / kWordBytes], record_head(RecordType::kEvent, 0, id, 0),
                                  std::memory_order_relaxed);
  Checked::store<Access::kRecord>(words[at / kWordBytes + 1], 0, std::memory_order_relaxed);
  commit_chunk<Checked>(words, at + 16);
}
constexpr std::size_t kCapacity = keyframe_bytes(0) + 16;

// Reads the chunk, then the name its record uses.
const char* find_name(const Checked::Word* words, Region& region) {
  std::uint64_t out[kCapacity / kWordBytes];
  std::size_t bytes = 0;
  if (read_chunk<Checked>(words, kCapacity, out, &bytes) != ChunkRead::kOk || bytes < kCapacity) return nullptr;
  std::uint64_t name[name_entry::kWords];
  const std::uint16_t id = head_site(out[keyframe_bytes(0) / kWordBytes]);
  return read_name<Checked>(region.name(id), name) ? nullptr : property::kNameThere;
}

constexpr const char* kUnavailable = "the region of the scenario could not be made";

}  // namespace

Outcome one_name(Mutant mutant) {
  constexpr std::uint64_t kHead = name_head(0, 112, 0), kHash = 42;
  return explore(
      name_entry::kWords, mutant,
      [&](Execution&, Checked::Word* entry) {
        std::uint64_t text[kMaxNameBytes / kWordBytes];
        for (std::size_t i = 0; i < std::size(text); ++i) text[i] = 100 + i;
        publish_name<Checked>(entry, kHead, kHash, text);
      },
      [&](const Checked::Word* entry) -> const char* {
        std::uint64_t out[name_entry::kWords];
        if (!read_name<Checked>(entry, out)) return nullptr;
        bool whole = out[name_entry::kHead] == kHead && out[name_entry::kHash] == kHash;
        for (std::size_t i = name_entry::kText; i < name_entry::kWords; ++i)
          whole = whole && out[i] == 100 + i - name_entry::kText;
        return whole ? nullptr : property::kWholeName;
      });
}

// Thread 0 goes through a call site first; thread 1 takes the id from the site's word and records with it.
Outcome name_of_anothers_site(Mutant mutant) {
  BoundRegion bound;
  if (!bound.made()) return {kUnavailable};
  SiteOf<"of another's site", Kind::other>::site.word = {};
  return explore(
      kCapacity / kWordBytes, mutant,
      [&](Execution& run, Checked::Word* words) {
        (void)site_id<"of another's site", Kind::other>();
        run.switch_to(1);
        record(words, site_id<"of another's site", Kind::other>());
      },
      [&](const Checked::Word* words) { return find_name(words, bound.region()); });
}

// Thread 0 claims the entry and is stopped before it is in the region; thread 1 registers the same name and records
// with it.
Outcome name_found_half_registered(Mutant mutant) {
  BoundRegion bound;
  if (!bound.made()) return {kUnavailable};
  static unsigned times = 0;
  const std::string name = "half registered " + std::to_string(++times);  // never seen before
  return explore(
      kCapacity / kWordBytes, mutant,
      [&](Execution& run, Checked::Word* words) {
        unsigned written = 0;
        run.at_points([&](Point point) {
          if (point != Point::kNameWritten || ++written != 2) return;  // 1: the table's entry, 2: the region's
          run.switch_to(1);
          record(words, register_name(name, Kind::other));
          run.switch_to(0);
        });
        (void)register_name(name, Kind::other);
      },
      [&](const Checked::Word* words) { return find_name(words, bound.region()); });
}

}  // namespace looptape::model
