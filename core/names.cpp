// The registry of names: see names.h.
#include "core/names.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/region.h"
#include "core/utf8.h"
#include "looptape/core/site.h"

namespace looptape::core {
namespace {

constexpr std::size_t kBuckets = 2 * kMaxNames;
static_assert((kBuckets & (kBuckets - 1)) == 0);

// Zero-initialised; entry 0 is published by the first bind_names.  Pages are touched as names arrive.
constinit std::array<Word, kMaxNames * name_entry::kWords> g_entries{};
constinit std::array<Atomic<std::uint32_t>, kBuckets> g_buckets{};  // index + 1 of an entry; 0 = empty
constinit Atomic<std::uint32_t> g_next{1};
constinit Atomic<Region*> g_region{nullptr};

Word* entry_at(std::size_t index) { return &g_entries[index * name_entry::kWords]; }

// FNV-1a over the text, finished by mix64; the kind takes part.
std::uint64_t hash_name(std::string_view text, Kind kind) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ static_cast<std::uint64_t>(kind);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix64(hash);
}

bool same_name(std::size_t index, std::uint64_t head, std::uint64_t hash, const std::uint64_t* text) {
  std::uint64_t entry[name_entry::kWords];
  if (!read_name<Memory>(entry_at(index), entry)) return false;
  return entry[name_entry::kHead] == head && entry[name_entry::kHash] == hash &&
         std::memcmp(&entry[name_entry::kText], text, kMaxNameBytes) == 0;
}

// The region to keep in step, if it is this process's: a forked child must not touch its parent's.
Region* bound_region() {
  Region* const region =
      Memory::load<Access::kBoundRegion>(g_region, std::memory_order_acquire);  // P11, pairs with kBindRegion
  return region != nullptr && region->here() ? region : nullptr;
}

// Several threads may do this for one entry: all write the same words.
void copy_to_region(Region& region, std::size_t index) {
  std::uint64_t entry[name_entry::kWords];
  if (read_name<Memory>(region.name(index), entry)) return;
  if (!read_name<Memory>(entry_at(index), entry)) return;
  publish_name<Memory>(region.name(index), entry[name_entry::kHead], entry[name_entry::kHash],
                       &entry[name_entry::kText]);
}

void count(Loss loss) {
  if (Region* const region = bound_region()) region->count_loss(loss);
}

// The id of an entry that is in the table: once the caller has it, the region has the name.  Also whoever only found
// the entry must see to that, because the one that claimed it may have been stopped before it could.
std::uint16_t shown_in_region(std::uint32_t index) {
  // bind_names stores the region, then reads the entries; here the entry is in the table, then the region is read.
  // Both fences are seq_cst, so at least one side sees the other and the region misses no name.
  Memory::fence<Access::kShownFence>(std::memory_order_seq_cst);  // P24, pairs with kBindFence
  if (Region* const region = bound_region()) {
    copy_to_region(*region, index);
    region->raise_names_count(index + 1);
  }
  return static_cast<std::uint16_t>(index);
}

}  // namespace

std::uint16_t register_name(std::string_view name, Kind kind) noexcept {
  const std::size_t length = utf8_prefix(name, kMaxNameBytes);
  const bool cut = length < name.size();
  std::uint64_t text[kMaxNameBytes / kWordBytes] = {};
  if (length > 0) std::memcpy(text, name.data(), length);
  const std::uint64_t head = name_head(static_cast<std::uint8_t>(kind), length, cut ? kNameFlagCut : 0);
  const std::uint64_t hash = hash_name(name.substr(0, length), kind);

  std::uint32_t mine = 0;  // the entry this call claimed, if it had to
  for (std::size_t probe = 0; probe < kBuckets; ++probe) {
    Atomic<std::uint32_t>& bucket = g_buckets[(hash + probe) & (kBuckets - 1)];
    std::uint32_t found =
        Memory::load<Access::kBucketFind>(bucket, std::memory_order_acquire);  // P12, pairs with kBucketClaim
    if (found == 0) {
      if (mine == 0) {
        if (cut) count(Loss::kNameCut);
        // Once full it stays full; checked first so that the counter cannot wrap.
        if (g_next.load(std::memory_order_relaxed) >= kMaxNames) break;  // a hint; the claim below decides
        mine = g_next.fetch_add(1, std::memory_order_relaxed);           // an index only; P9 and P12 publish
        if (mine >= kMaxNames) break;
        publish_name<Memory>(entry_at(mine), head, hash, text);
      }
      const bool claimed = Memory::compare_exchange<Access::kBucketClaim>(
          bucket, found, mine + 1, std::memory_order_acq_rel);  // P12, pairs with kBucketFind and kBucketClaim
      if (claimed) return shown_in_region(mine);
    }
    if (same_name(found - 1, head, hash, text)) return shown_in_region(found - 1);
  }
  count(Loss::kNamesFull);
  return kNoName;
}

OwnNames bind_names(Region& region) noexcept {
  if (std::uint64_t entry[name_entry::kWords]; !read_name<Memory>(entry_at(0), entry)) {
    const char none[] = "(no room for its name)";
    std::uint64_t text[kMaxNameBytes / kWordBytes] = {};
    std::memcpy(text, none, sizeof none - 1);
    publish_name<Memory>(entry_at(0), name_head(0, sizeof none - 1, 0), 0, text);
  }
  Memory::store<Access::kBindRegion>(g_region, &region, std::memory_order_release);  // P11, pairs with kBoundRegion
  Memory::fence<Access::kBindFence>(std::memory_order_seq_cst);                      // P24, pairs with kShownFence
  const std::size_t count = std::min<std::size_t>(g_next.load(std::memory_order_relaxed), kMaxNames);  // after P24
  for (std::size_t i = 0; i < count; ++i) copy_to_region(region, i);
  region.raise_names_count(count);
  OwnNames own{};
  own.trace_id = register_name("looptape.trace_id", Kind::other);
  own.parent_span = register_name("looptape.parent_span", Kind::other);
  own.tenant = register_name("looptape.tenant", Kind::other);
  own.user = register_name("looptape.user", Kind::other);
  own.session = register_name("looptape.session", Kind::other);
  own.attributes = register_name("looptape.attributes", Kind::other);
  own.unnamed_request = register_name("request", Kind::request);
  return own;
}

void unbind_names() noexcept {
  g_region.store(nullptr, std::memory_order_release);  // no partner: null publishes nothing, regions are never freed
}

std::string name_text(std::uint16_t id, bool* cut) {
  if (cut != nullptr) *cut = false;
  std::uint64_t entry[name_entry::kWords];
  if (id >= kMaxNames || !read_name<Memory>(entry_at(id), entry)) return {};
  if (cut != nullptr) *cut = (name_flags(entry[name_entry::kHead]) & kNameFlagCut) != 0;
  return {reinterpret_cast<const char*>(&entry[name_entry::kText]), name_length(entry[name_entry::kHead])};
}

}  // namespace looptape::core
