// Prices: see price_table.h.
#include "dump/price_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <span>
#include <tuple>

namespace looptape::dump {
namespace {

constexpr std::string_view kColumns = "model,usage,usd_per_million,prompt_from,from,to";
constexpr std::array<std::string_view, kUsageKinds> kKindNames{"input",     "cache_read", "cache_write", "output",
                                                               "reasoning", "embedding",  "rerank",      "tool_call"};
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kPicoPerUsd = 1'000'000'000'000;
constexpr std::size_t kDecimals = 6;  // of a price per million: then one costs whole pico-dollars
constexpr std::size_t kMaxDigits = 6;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

template <class Number>
bool read_whole(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "2.50" dollars per million are 2 500 000 pico-dollars for one.
bool read_price(std::string_view text, std::uint64_t* price) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = point < text.size() ? text.substr(point + 1) : std::string_view();
  if (whole.empty() || whole.size() > kMaxDigits || decimals.size() > kDecimals || !is_digits(whole) ||
      !is_digits(decimals) || (point < text.size() && decimals.empty()))
    return false;
  return read_whole(std::string(whole) + std::string(decimals) + std::string(kDecimals - decimals.size(), '0'), price);
}

bool read_day(std::string_view text, std::int64_t* day) {
  int year = 0;
  unsigned month = 0, of_month = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !is_digits(text.substr(0, 4)) ||
      !is_digits(text.substr(5, 2)) || !is_digits(text.substr(8, 2)))
    return false;
  read_whole(text.substr(0, 4), &year);
  read_whole(text.substr(5, 2), &month);
  read_whole(text.substr(8, 2), &of_month);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(of_month)};
  if (!date.ok()) return false;
  *day = std::chrono::sys_days(date).time_since_epoch().count();
  return true;
}

std::string day_text(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
         two(static_cast<unsigned>(date.day()));
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t from = 0;;) {
    const std::size_t comma = line.find(',', from);
    fields.push_back(trimmed(line.substr(from, comma == std::string_view::npos ? comma : comma - from)));
    if (comma == std::string_view::npos) return fields;
    from = comma + 1;
  }
}

}  // namespace

std::string usd_text(PicoUsd amount) {
  std::string decimals = std::to_string(static_cast<std::uint64_t>(amount % kPicoPerUsd));
  decimals.insert(0, 12 - decimals.size(), '0');
  while (decimals.size() > 2 && decimals.back() == '0') decimals.pop_back();
  std::string whole;
  PicoUsd rest = amount / kPicoPerUsd;
  do {
    whole.insert(whole.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  return whole + "." + decimals + " USD";
}

// Empty: *row is filled.
std::string PriceTable::read_row(std::string_view line, Row* row) const {
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() != 6)
    return "has " + std::to_string(fields.size()) + " fields; the columns are " + std::string(kColumns);
  std::string_view model = fields[0];
  row->prefix = model.ends_with('*');
  if (row->prefix) model.remove_suffix(1);
  if (fields[0].empty()) return "names no model; * stands for all";
  if (model.find('*') != std::string_view::npos) return "* stands at the end of a model or nowhere";
  row->model = model;
  const auto kind = std::find(kKindNames.begin(), kKindNames.end(), fields[1]);
  if (kind == kKindNames.end()) {
    std::string known;
    for (const std::string_view name : kKindNames) known += (known.empty() ? "" : ", ") + std::string(name);
    return "'" + std::string(fields[1]) + "' is no usage; there are " + known;
  }
  row->kind = static_cast<UsageKind>(kind - kKindNames.begin());
  if (!read_price(fields[2], &row->price))
    return "'" + std::string(fields[2]) +
           "' is no price; dollars per million, as 2.50, below a million, with at most 6 decimals";
  row->prompt_from = 0;
  if (!fields[3].empty() && !read_whole(fields[3], &row->prompt_from))
    return "'" + std::string(fields[3]) + "' is no number of prompt tokens";
  row->from = kAlways;
  row->to = kForEver;
  for (const auto& [text, day] : {std::pair(fields[4], &row->from), std::pair(fields[5], &row->to)})
    if (!text.empty() && !read_day(text, day)) return "'" + std::string(text) + "' is no day, as 2026-11-24";
  if (row->from >= row->to) return "ends before it begins";
  return {};
}

bool PriceTable::parse(std::string_view text, std::string* problem) {
  rows_.clear();
  bool named = false;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (!named) {
      named = line == kColumns;
      if (named) continue;
      *problem = "line " + std::to_string(number) + ": the first line has to be " + std::string(kColumns);
      return false;
    }
    Row row;
    row.line = number;
    if (const std::string wrong = read_row(line, &row); !wrong.empty()) {
      *problem = "line " + std::to_string(number) + ": " + wrong;
      rows_.clear();
      return false;
    }
    rows_.push_back(std::move(row));
  }
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.model, a.prefix, a.kind, a.prompt_from, a.from) <
           std::tie(b.model, b.prefix, b.kind, b.prompt_from, b.from);
  });
  *problem = check();
  if (!problem->empty()) rows_.clear();
  return problem->empty();
}

// Every stretch of rows of one model and usage has prices for one unbroken time, and for every size of prompt in it.
std::string PriceTable::check() const {
  const auto at_line = [](const Row& row) { return "line " + std::to_string(row.line) + ": "; };
  const Row* smallest_first = nullptr;  // of the rows for the smallest prompts: the first and the last
  const Row* smallest_last = nullptr;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const Row* const before = i > 0 ? &rows_[i - 1] : nullptr;
    const auto same_usage = [&](const Row& other) {
      return other.model == row.model && other.prefix == row.prefix && other.kind == row.kind;
    };
    if (before != nullptr && same_usage(*before) && before->prompt_from == row.prompt_from) {
      if (row.from < before->to)
        return at_line(row) + "is a second price for what line " + std::to_string(before->line) + " has one for";
      if (row.from > before->to)
        return at_line(row) + "leaves no price from " + day_text(before->to) + ", where line " +
               std::to_string(before->line) + " ends, to " + day_text(row.from);
    }
    if (row.prompt_from == 0) {
      if (before == nullptr || !same_usage(*before)) smallest_first = &row;
      smallest_last = &row;
    } else if (smallest_first == nullptr || !same_usage(*smallest_first) || row.from < smallest_first->from ||
               row.to > smallest_last->to) {
      return at_line(row) + "leaves no price for prompts of less than " + std::to_string(row.prompt_from) +
             " tokens at that time";
    }
  }
  return {};
}

// A row of the longest model that fits the name.
const PriceTable::Row* PriceTable::model_of(std::string_view name) const {
  const Row* longest = nullptr;
  for (const Row& row : rows_) {
    const bool fits = row.prefix ? name.starts_with(row.model) : name == row.model;
    const auto rank = [](const Row& of) { return std::pair(of.model.size(), !of.prefix); };
    if (fits && (longest == nullptr || rank(row) > rank(*longest))) longest = &row;
  }
  return longest;
}

std::optional<std::uint64_t> PriceTable::price(std::string_view model, UsageKind kind, std::int64_t day,
                                               std::uint64_t prompt_tokens) const {
  const Row* const known = model_of(model);
  if (known == nullptr) return std::nullopt;
  std::optional<std::uint64_t> found;
  for (const Row& row : rows_) {  // the largest prompts come last
    if (row.model == known->model && row.prefix == known->prefix && row.kind == kind &&
        row.prompt_from <= prompt_tokens && row.from <= day && day < row.to)
      found = row.price;
  }
  return found;
}

Cost PriceTable::cost(std::string_view model, const Usage& usage, std::int64_t day) const {
  Cost cost;
  cost.model_known = model_of(model) != nullptr;
  for (std::size_t i = 0; i < kUsageKinds; ++i) {
    if (usage.counts[i] == 0) continue;
    const auto one = price(model, static_cast<UsageKind>(i), day, usage.prompt());
    if (one)
      cost.amount += PicoUsd{*one} * usage.counts[i];
    else
      cost.unpriced = static_cast<std::uint8_t>(cost.unpriced | 1u << i);
  }
  return cost;
}

}  // namespace looptape::dump
