// Names of tapes: see tape_name.h.
#include "dump/tape_name.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "dump/durable_file.h"

namespace looptape::dump {
namespace {

constexpr std::string_view kSuffix = ".tape";
constexpr std::size_t kMaxHost = 64, kMaxTrigger = 48;

std::string plain(std::string_view text, std::size_t most, bool dash, const char* otherwise) {
  std::string result(text.substr(0, most));
  for (char& c : result) {
    const bool kept = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
                      c == '_' || c == '+' || (dash && c == '-');
    if (!kept) c = '_';
  }
  return result.empty() ? otherwise : result;
}

bool take_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// "20261124T033127Z"
bool take_time(std::string_view text, std::int64_t& seconds) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return false;
  std::uint64_t date = 0, clock = 0;
  if (!take_number(text.substr(0, 8), date) || !take_number(text.substr(9, 6), clock)) return false;
  struct tm parts = {};
  parts.tm_year = static_cast<int>(date / 10000) - 1900;
  parts.tm_mon = static_cast<int>(date / 100 % 100) - 1;
  parts.tm_mday = static_cast<int>(date % 100);
  parts.tm_hour = static_cast<int>(clock / 10000);
  parts.tm_min = static_cast<int>(clock / 100 % 100);
  parts.tm_sec = static_cast<int>(clock % 100);
  seconds = timegm(&parts);
  return true;
}

}  // namespace

std::string tape_file_name(const TapeName& name) {
  const time_t time = static_cast<time_t>(std::clamp<std::int64_t>(name.seconds, 0, 253402300799));
  struct tm parts = {};
  gmtime_r(&time, &parts);
  std::array<char, 32> utc;
  strftime(utc.data(), utc.size(), "%Y%m%dT%H%M%SZ", &parts);
  return std::string(utc.data()) + "-" + plain(name.host, kMaxHost, true, "unknown") + "-" + std::to_string(name.pid) +
         "-" + std::to_string(name.n) + "-" + plain(name.trigger, kMaxTrigger, false, "none") + std::string(kSuffix);
}

std::optional<TapeName> parse_tape_file_name(std::string_view whole) {
  std::string_view text = whole;
  if (!text.ends_with(kSuffix)) return {};
  text.remove_suffix(kSuffix.size());
  // From the right: only the host may have dashes of its own.
  TapeName name;
  std::array<std::string_view, 3> last;  // trigger, n, pid
  for (std::string_view& part : last) {
    const std::size_t dash = text.rfind('-');
    if (dash == std::string_view::npos) return {};
    part = text.substr(dash + 1);
    text = text.substr(0, dash);
  }
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || !take_time(text.substr(0, dash), name.seconds)) return {};
  name.host = text.substr(dash + 1);
  name.trigger = last[0];
  if (!take_number(last[1], name.n) || !take_number(last[2], name.pid)) return {};
  if (tape_file_name(name) != whole) return {};  // a month 99, a number 007, a host with a blank
  return name;
}

std::optional<TapeName> parse_temporary_name(std::string_view text) {
  if (!text.ends_with(kTemporarySuffix)) return {};
  text.remove_suffix(kTemporarySuffix.size());
  return parse_tape_file_name(text);
}

}  // namespace looptape::dump
