// The registry of names: one per process, append-only, bounded, copied into the region while it grows.
//
// register_name (looptape/core/site.h): any thread and signal handlers; lock-free, no allocation.  bind/unbind: the
// recorder's start and stop.  publish/read: templates, so that the model check runs this text.  Two threads that
// register one name at the same moment may both get an entry; readers merge by (text, kind).
//
// Pairing table
//   P9  kNamePublish → kReadName      a published head comes with the words of its text
//   P11 kBindRegion → kBoundRegion    the region comes with its layout
//   P12 kBucketClaim → kBucketFind, kBucketClaim   whoever finds an entry through its bucket finds it published
//   P24 kBindFence → kShownFence      of a region being bound and a name being registered, one sees the other
#pragma once

#include <cstdint>
#include <string>

#include "looptape/core/kind.h"
#include "looptape/core/layout.h"
#include "looptape/core/memory.h"

namespace looptape::core {

inline constexpr std::size_t kMaxNames = 4096;

// Writes an entry and publishes it.  An entry is written once, or by several with the same words.  `text` holds 14
// words, zero-padded.
template <class M>
void publish_name(typename M::Word* entry, std::uint64_t head, std::uint64_t hash, const std::uint64_t* text) noexcept {
  M::template store<Access::kNameWord>(entry[name_entry::kHash], hash, std::memory_order_relaxed);  // published by P9
  for (std::size_t i = 0; i < kMaxNameBytes / kWordBytes; ++i)
    M::template store<Access::kNameWord>(entry[name_entry::kText + i], text[i],
                                         std::memory_order_relaxed);  // published by P9
  M::template point<Point::kNameWritten>();
  M::template store<Access::kNamePublish>(entry[name_entry::kHead], head,
                                          std::memory_order_release);  // P9, pairs with kReadName
}

// Copies an entry (name_entry::kWords).  False: not published yet.
template <class M>
bool read_name(const typename M::Word* entry, std::uint64_t* out) noexcept {
  out[name_entry::kHead] =
      M::template load<Access::kReadName>(entry[name_entry::kHead],
                                          std::memory_order_acquire);  // P9, pairs with kNamePublish
  if (out[name_entry::kHead] == 0) return false;
  for (std::size_t i = 1; i < name_entry::kWords; ++i)
    out[i] = M::template load<Access::kReadNameWord>(entry[i], std::memory_order_relaxed);  // after P9
  return true;
}

// Ids of the names Looptape itself uses as keys.
struct OwnNames {
  std::uint16_t trace_id, parent_span, tenant, user, session, attributes, unnamed_request;
};

class Region;

// Copies every name into the region and keeps doing so for new ones.  Returns the ids of the own names.
OwnNames bind_names(Region& region) noexcept;
// Stops touching the bound region.
void unbind_names() noexcept;

// Text of an id, for messages; empty for an unknown one.  *cut: it was longer.
std::string name_text(std::uint16_t id, bool* cut = nullptr);

}  // namespace looptape::core
