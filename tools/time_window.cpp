// The stretch of time that --since and --until mean; see the header.
#include "tools/time_window.h"

#include <limits>

#include "tools/format.h"

namespace looptape::tools {
namespace {

std::int64_t added(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

std::string no_time(std::string_view option, std::string_view text) {
  return std::string(option) + " " + std::string(text) + " is no time; write 10m (ago), 14:05 or 2026-11-02T14:05:00Z";
}

std::string no_window(std::string_view text) {
  return "--since " + std::string(text) + " is no window; write " + std::string(kWindowForms);
}

// 14:05±10m, where ± may be typed as +-.
std::string around(std::string_view text, std::size_t sign, std::size_t length, std::int64_t now, TimeWindow& window) {
  const auto middle = parse_time(text.substr(0, sign), now, true);
  const auto reach = parse_duration(text.substr(sign + length));
  if (!middle || !reach || *reach == 0) return no_window(text);
  window.since_ns = added(*middle, -*reach);
  window.until_ns = added(*middle, *reach);
  return {};
}

std::string between(std::string_view text, std::size_t dots, std::int64_t now, TimeWindow& window) {
  const std::string_view first = text.substr(0, dots), last = text.substr(dots + 2);
  if (first.empty() && last.empty()) return no_window(text);
  if (!first.empty() && !(window.since_ns = parse_time(first, now, true))) return no_window(text);
  if (!last.empty() && !(window.until_ns = parse_time(last, now))) return no_window(text);
  return {};
}

std::string window_of(std::string_view text, std::int64_t now, TimeWindow& window) {
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) return between(text, dots, now, window);
  for (const std::string_view sign : {"±", "+-"}) {
    if (const std::size_t at = text.find(sign); at != std::string_view::npos)
      return around(text, at, sign.size(), now, window);
  }
  window.since_ns = parse_time(text, now, true);
  return window.since_ns ? std::string() : no_time("--since", text);
}

bool is_window(std::string_view text) {
  return text.find("..") != std::string_view::npos || text.find("±") != std::string_view::npos ||
         text.find("+-") != std::string_view::npos;
}

}  // namespace

std::string parse_window(std::string_view since, std::string_view until, std::int64_t now_ns, TimeWindow& window) {
  if (is_window(until))
    return "--until " + std::string(until) + " has two ends; write the window after --since, without --until";
  if (!until.empty() && is_window(since))
    return "--since " + std::string(since) + " says both ends already; leave --until " + std::string(until) + " out";
  if (!since.empty()) {
    if (std::string wrong = window_of(since, now_ns, window); !wrong.empty()) return wrong;
  }
  if (!until.empty() && !(window.until_ns = parse_time(until, now_ns))) return no_time("--until", until);
  if (window.since_ns && window.until_ns && *window.until_ns <= *window.since_ns) {
    return "nothing lies between " + time_text(*window.since_ns) + " and " + time_text(*window.until_ns) +
           ": the first of two times is the earlier one";
  }
  return {};
}

}  // namespace looptape::tools
