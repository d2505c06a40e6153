// Values of attributes as people read them.
//
// Pure; any thread.  The result is foreign text: it goes through an Output or a Table like any other.
#pragma once

#include <bit>
#include <string>
#include <string_view>
#include <utility>

#include "tools/trace.h"

namespace looptape::tools {

// Exact, as a condition is compared with it: "40", "0.83", "true", "some text", "0a0b"; a text that was cut ends
// in "…".
std::string value_text(const Trace& trace, const TraceAttribute& attribute);
std::string number_text(core::ValueType type, std::uint64_t bits);

// As people read it: at most 6 significant digits, integers whose name ends in _ns or _bytes as durations and sizes
// ("61 ms", "320 B").  Everything else as above; the exact value is in the JSON.
std::string people_value_text(const Trace& trace, const TraceAttribute& attribute);
std::string people_number_text(std::string_view name, core::ValueType type, std::uint64_t bits);

inline bool was_cut(const TraceAttribute& attribute) {
  return (attribute.type == core::ValueType::kText || attribute.type == core::ValueType::kBytes) &&
         attribute.length < attribute.value;
}

// A text and, where it was longer than what was kept of it, "…".
inline std::string marked(std::string text, bool cut) { return cut ? std::move(text) + "…" : text; }
inline std::string service_name(const dump::Process& process) {
  return marked(process.service, (process.flags & core::kFlagServiceCut) != 0);
}
inline std::string host_name(const dump::Process& process) {
  return marked(process.host, (process.flags & core::kFlagHostCut) != 0);
}
inline std::string version_name(const dump::Process& process) {
  return marked(process.version, (process.flags & core::kFlagVersionCut) != 0);
}
inline std::string thread_name(const dump::Owner& owner) { return marked(owner.name, owner.name_cut); }

// "candidates=40 model=small", the latest value of each key, in the order of their first setting.
std::string attributes_text(const Trace& trace, std::span<const TraceAttribute> attributes);

}  // namespace looptape::tools
