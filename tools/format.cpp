// Figures as people say them; see the header.
#include "tools/format.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <ctime>
#include <limits>

#include "core/measure_text.h"
#include "core/printed_text.h"

namespace looptape::tools {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::tm local(std::int64_t wall_ns, std::int64_t& fraction) {
  std::int64_t seconds = wall_ns / kSecond;
  fraction = wall_ns % kSecond;
  if (fraction < 0) fraction += kSecond, --seconds;
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  localtime_r(&time, &parts);
  return parts;
}

std::string zone(const std::tm& parts) {
  const long offset = parts.tm_gmtoff / 60;
  if (offset == 0) return "Z";
  const long size = offset < 0 ? -offset : offset;
  return core::printed("%c%02ld:%02ld", offset < 0 ? '-' : '+', size / 60, size % 60);
}

std::string date(const std::tm& parts) {
  return core::printed("%04d-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Reads `digits` digits off the front.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits || text.front() == '-') return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// hh:mm[:ss[.fraction]]
bool take_clock(std::string_view& text, std::tm& parts, std::int64_t& fraction) {
  if (!take_number(text, 2, parts.tm_hour) || !take(text, ':') || !take_number(text, 2, parts.tm_min)) return false;
  parts.tm_sec = 0;
  if (take(text, ':')) {
    if (!take_number(text, 2, parts.tm_sec)) return false;
    if (take(text, '.')) {
      std::int64_t unit = kSecond / 10;
      if (text.empty() || !std::isdigit(static_cast<unsigned char>(text.front()))) return false;
      for (; !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())); text.remove_prefix(1)) {
        fraction += (text.front() - '0') * unit;
        unit /= 10;
      }
    }
  }
  return parts.tm_hour < 24 && parts.tm_min < 60 && parts.tm_sec <= 60;
}

// Z, +hh:mm, -hh:mm: minutes east.
bool take_zone(std::string_view& text, std::optional<int>& minutes) {
  if (text.empty()) return true;
  if (take(text, 'Z') || take(text, 'z')) {
    minutes = 0;
    return true;
  }
  const int sign = text.front() == '-' ? -1 : 1;
  if (text.front() != '+' && text.front() != '-') return false;
  text.remove_prefix(1);
  int hours = 0, rest = 0;
  if (!take_number(text, 2, hours) || !take(text, ':') || !take_number(text, 2, rest)) return false;
  if (hours > 23 || rest > 59) return false;
  minutes = sign * (hours * 60 + rest);
  return true;
}

std::optional<std::int64_t> seconds_of(std::tm parts, const std::optional<int>& east) {
  parts.tm_isdst = -1;
  const int day = parts.tm_mday, month = parts.tm_mon;
  std::tm normal = parts;  // the calls below turn 31 February into 3 March
  normal.tm_hour = normal.tm_min = normal.tm_sec = 0;
  timegm(&normal);
  if (day > 0 && (normal.tm_mday != day || normal.tm_mon != month)) return std::nullopt;
  return east ? timegm(&parts) - *east * 60 : mktime(&parts);
}

std::optional<std::int64_t> calendar(std::string_view text, std::int64_t now, bool latest) {
  std::tm parts{};
  std::int64_t fraction = 0, unused = 0;
  std::optional<int> east;
  std::string_view rest = text;
  int year = 0;
  const bool dated = text.size() >= 10 && text[4] == '-';
  if (dated) {
    if (!take_number(rest, 4, year) || !take(rest, '-') || !take_number(rest, 2, parts.tm_mon) || !take(rest, '-') ||
        !take_number(rest, 2, parts.tm_mday)) {
      return std::nullopt;
    }
    if (parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31) return std::nullopt;
    parts.tm_year = year - 1900;
    parts.tm_mon -= 1;
    if (!rest.empty()) {
      if (!take(rest, 'T') && !take(rest, 't') && !take(rest, ' ')) return std::nullopt;
      if (!take_clock(rest, parts, fraction)) return std::nullopt;
    }
  } else {
    const std::tm today = local(now, unused);
    parts.tm_year = today.tm_year;
    parts.tm_mon = today.tm_mon;
    parts.tm_mday = today.tm_mday;
    if (!take_clock(rest, parts, fraction)) return std::nullopt;
  }
  if (!take_zone(rest, east) || !rest.empty()) return std::nullopt;
  const auto wall_ns = [&]() -> std::optional<std::int64_t> {
    const auto seconds = seconds_of(parts, east);
    if (!seconds) return std::nullopt;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
    return std::clamp(*seconds, -kMost, kMost) * kSecond + fraction;
  };
  auto result = wall_ns();
  if (result && latest && !dated && *result > now) {
    parts.tm_mday -= 1;  // on the first of a month this is day 0, which the calls understand
    result = wall_ns();
  }
  return result;
}

constexpr double kLargest = 9e18;  // of what a length of time or a size may be

}  // namespace

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, " ");
  return digits;
}

std::string figure_text(double value) {
  if (value < 0) return "-" + figure_text(-value);
  if (value != 0 && value < 0.001) return "<0.001";
  if (value < 1000) return core::printed("%.4g", value);
  const double exponent = std::floor(std::log10(value));
  constexpr double kMostWritten = 15;  // digits beside which the first four say nothing any more
  if (!(exponent < kMostWritten)) return core::printed("%.4g·10^%.0f", value / std::pow(10, exponent), exponent);
  const double unit = std::pow(10, exponent - 3);
  return count_text(static_cast<std::uint64_t>(std::round(value / unit) * unit));
}

std::string wide_text(__int128 value) {
  // Digit by digit off the end, without a positive counterpart that may not be there.
  std::string digits;
  for (__int128 rest = value; rest != 0 || digits.empty(); rest /= 10)
    digits += static_cast<char>('0' + (rest < 0 ? -(rest % 10) : rest % 10));
  if (value < 0) digits += '-';
  return {digits.rbegin(), digits.rend()};
}

std::string share_text(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "–";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part == 0) return "0 %";
  if (share < 0.1) return "<0.1 %";
  return core::printed(share < 9.95 ? "%.1f %%" : "%.0f %%", share);
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  std::string text = count_text(count) + " ";
  if (count == 1) return text.append(one);
  return many.empty() ? text.append(one) + "s" : text.append(many);
}

std::string time_text(std::int64_t wall_ns) {
  std::int64_t fraction = 0;
  const std::tm parts = local(wall_ns, fraction);
  return date(parts) + core::printed(".%03d", static_cast<int>(fraction / 1'000'000)) + zone(parts);
}

std::string exact_time_text(std::int64_t wall_ns) {
  std::int64_t fraction = 0;
  const std::tm parts = local(wall_ns, fraction);
  return date(parts) + core::printed(".%09d", static_cast<int>(fraction)) + zone(parts);
}

std::string hex_text(std::uint64_t value) { return core::printed("%016llx", static_cast<unsigned long long>(value)); }

std::string trace_id_text(std::uint64_t high, std::uint64_t low) { return hex_text(high) + hex_text(low); }

std::optional<std::string> parse_trace_id(std::string_view text) {
  constexpr std::size_t kLeast = 8, kDigits = 32;
  if (text.size() < kLeast || text.size() > kDigits) return std::nullopt;
  std::string digits;
  for (const char c : text) {
    if (!std::isxdigit(static_cast<unsigned char>(c))) return std::nullopt;
    digits += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return digits;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  const auto read = core::read_duration(text);
  if (!read || !(*read >= 0) || *read > kLargest) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(*read));
}

std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now, bool latest) {
  std::string_view ago = text;
  take(ago, '-');
  if (const auto duration = parse_duration(ago)) return now - *duration;
  return calendar(text, now, latest);
}

}  // namespace looptape::tools
