// What the reader from outside and the assembler make of a killed process's region: see kill_check.h.
#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "dump/assembler.h"
#include "dump/region_reader.h"
#include "tests/core/kill/kill_check.h"

namespace looptape::testing {
namespace {

struct StageSeen {
  std::string name;
  unsigned depth = 0, lost_attributes = 0;
  bool in_request = false;
  bool operator==(const StageSeen&) const = default;
};

// One stream's rows, seen or expected.
struct RowsOf {
  std::vector<std::uint64_t> events, numbers;
  std::vector<StageSeen> stages;
  std::vector<std::string> texts, of_requests;  // attributes of stages; of requests, by key
};

class Collector : public dump::Sink {
 public:
  void opening(const dump::Opening& given) override { opening_ = given; }
  void block(const dump::Block& block) override {
    RowsOf& rows = streams_[block.stream];
    for (const dump::PointRow& row : block.points)
      if (name(row.site) == "seq") rows.events.push_back(row.value);
    for (const dump::StageRow& row : block.stages)
      rows.stages.push_back(
          {name(row.site), row.depth, row.lost_attributes, block.contexts.at(row.context).request != 0});
    for (const dump::AttributeRow& row : block.attributes) {
      if (name(row.key) == "number") rows.numbers.push_back(row.value);
      if (name(row.key) == "text") rows.texts.push_back(block.text.substr(row.text, row.length));
      if (row.request != 0) rows.of_requests.push_back(name(row.key));
    }
  }
  void closing(const dump::Closing& given) override { closing_ = given; }
  void damage(const dump::Damage& given) override { damage_ += given.what + "; "; }

  const dump::Opening& opening() const { return opening_; }
  const dump::Closing& closing() const { return closing_; }
  const std::string& damage() const { return damage_; }
  const RowsOf& rows(std::uint16_t stream) { return streams_[stream]; }
  std::string name(std::size_t id) const { return opening_.names.at(id).text; }

 private:
  dump::Opening opening_;
  dump::Closing closing_;
  std::string damage_;
  std::map<std::uint16_t, RowsOf> streams_;
};

// The rows that a stretch of records makes.  An attribute whose stage ended after the stretch is nobody's, unless the
// stream ends there: then its stage is open.
void expect(const LeftStream::Stretch& stretch, bool last, RowsOf* rows) {
  for (std::uint64_t n = stretch.first; n <= stretch.last; ++n) {
    const ExpectedRecord record = expected_record(n);
    const bool kept = last || record.iteration == 0 || stage_record(record.iteration) <= stretch.last;
    if (record.name == "seq") rows->events.push_back(record.value);
    if (record.name == "number" && kept) rows->numbers.push_back(record.value);
    if (record.name == "text" && kept) rows->texts.push_back(record.text);
    if (record.type == core::RecordType::kAttribute && record.depth == core::kRequestDepth)
      rows->of_requests.push_back(record.name);
    if (record.type != core::RecordType::kStage) continue;
    unsigned lost = 0;  // its attributes are the records just before it
    for (unsigned back = 1; back <= record.attributes; ++back) lost += n < stretch.first + back;
    rows->stages.push_back({record.name, record.depth, lost, has_request(record.iteration)});
  }
}

void check_stream(Collector& seen, const LeftStream& left, Verdict& verdict) {
  const auto& all = seen.closing().streams;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& stream) { return stream.id == left.id; });
  const std::string of = " of thread " + std::to_string(left.thread);
  if (found == all.end()) return verdict.require(left.written() == 0, "the stream is missing" + of);
  verdict.require(found->chunks == left.chunks.size(), "a whole chunk was not read" + of);
  verdict.require(found->records == left.present(), "not every whole record was read" + of);
  verdict.require(found->records + found->overwritten == left.written(),
                  "read " + std::to_string(found->records) + ", overwritten " + std::to_string(found->overwritten) +
                      ", written " + std::to_string(left.written()) + of);
  std::uint64_t bytes = found->bytes;
  for (const dump::Gap& gap : found->gaps) {
    verdict.require(gap.reason == dump::GapReason::kOverwritten, "a gap of another kind than the ring's" + of);
    bytes += gap.bytes;
  }
  verdict.require(bytes == bytes_of(left.written()), "bytes read and overwritten are not those written" + of);
  RowsOf want;
  const std::vector<LeftStream::Stretch> stretches = left.stretches();
  for (const LeftStream::Stretch& stretch : stretches) expect(stretch, stretch.last == left.written(), &want);
  const RowsOf& rows = seen.rows(left.id);
  verdict.require(rows.events == want.events, "other events than were recorded" + of);
  verdict.require(rows.stages == want.stages, "other stages than were recorded" + of);
  verdict.require(rows.numbers == want.numbers, "other numbers than were recorded" + of);
  verdict.require(rows.texts == want.texts, "other texts than were recorded" + of);
  verdict.require(rows.of_requests == want.of_requests, "other attributes of requests than were recorded" + of);
}

enum class Shown { kNo, kYes, kEither };

// While a stage's end is in hand, its record decides: finished wins over open, and one of the two it is.
Shown work_is_open(const LeftStream& left) {
  const std::uint64_t k = iteration_of(left.begun);
  const bool finished = left.begun == left.done;
  switch (k == 0 ? Step::kEvent : step_of(left.begun)) {
    case Step::kStageBegin:
      return finished ? Shown::kYes : Shown::kEither;
    case Step::kNumber:
    case Step::kText:
      return Shown::kYes;
    case Step::kStageEnd:
      return finished || left.written() >= stage_record(k) ? Shown::kNo : Shown::kYes;
    default:
      return Shown::kNo;
  }
}

Shown request_is_open(const LeftStream& left) {
  const std::uint64_t k = iteration_of(left.begun);
  const bool finished = left.begun == left.done;
  if (!has_request(k) || step_of(left.begun) > Step::kRequestEnd) return Shown::kNo;
  if (step_of(left.begun) == Step::kRequestBegin) return finished ? Shown::kYes : Shown::kEither;
  if (step_of(left.begun) < Step::kRequestEnd) return Shown::kYes;
  return finished || left.written() >= request_record(k) ? Shown::kNo : Shown::kYes;
}

void require_shown(Verdict& verdict, std::size_t times, Shown wanted, const std::string& what) {
  verdict.require(times <= 1, what + " is shown more than once");
  if (wanted != Shown::kEither)
    verdict.require((times == 1) == (wanted == Shown::kYes), what + (times == 1 ? " is shown" : " is not shown"));
}

// Rule 5, of one stream.
void check_open(const Collector& seen, const LeftStream& left, Verdict& verdict) {
  const std::string of = " of thread " + std::to_string(left.thread);
  const dump::OpenStage *work = nullptr, *root = nullptr;
  std::size_t works = 0, roots = 0, requests = 0;
  for (const dump::OpenStage& open : seen.opening().open_stages) {
    if (open.stream != left.id) continue;
    const std::string name = seen.name(open.site);
    if (name == "work") ++works, work = &open;
    if (name == "request") ++roots, root = &open;
    verdict.require(name == "work" || name == "request", "an open stage that nobody began" + of);
  }
  require_shown(verdict, works, work_is_open(left), "the open stage" + of);
  require_shown(verdict, roots, request_is_open(left), "the request's root" + of);
  const std::uint64_t number = root != nullptr ? root->request : 0;
  verdict.require(root == nullptr || (number != 0 && root->depth == 0), "the request's root stands elsewhere" + of);
  if (work != nullptr)
    verdict.require(work->request == number && work->depth == (root != nullptr ? 1 : 0),
                    "the open stage stands elsewhere" + of);
  for (const dump::OpenRequest& request : seen.opening().open_requests) {
    if (request.stream != left.id) continue;
    ++requests;
    verdict.require(request.tenant == "tenant" && request.session == "session" &&
                        (request.trace_high | request.trace_low) != 0 && seen.name(request.site) == "request",
                    "the request in flight has other words" + of);
    if (root != nullptr)
      verdict.require(request.number == number && request.start == root->start,
                      "the request in flight is not the one at whose root the thread works" + of);
  }
  // Its end may have been recorded, and the record overwritten while the thread was held before it left the list.
  Shown listed = request_is_open(left);
  const std::uint64_t end = request_record(iteration_of(left.begun));
  const std::vector<LeftStream::Stretch> there = left.stretches();
  const bool end_is_there =
      std::any_of(there.begin(), there.end(), [&](const auto& part) { return part.first <= end && end <= part.last; });
  if (listed == Shown::kNo && left.begun != left.done && step_of(left.begun) == Step::kRequestEnd && !end_is_there)
    listed = Shown::kEither;
  require_shown(verdict, requests, listed, "the request in flight" + of);
}

void check_names(const Collector& seen, const std::vector<LeftStream>& streams, Verdict& verdict) {
  std::set<std::string> there;
  for (const dump::Name& name : seen.opening().names) there.insert(name.text);
  for (const LeftStream& stream : streams) {
    const std::vector<std::string> names = names_of(stream.thread);
    for (std::size_t i = 0; i < names.size() && position(32 * (i + 1), Step::kName) <= stream.done; ++i)
      verdict.require(there.count(names[i]) != 0, "an acknowledged name is missing: " + names[i]);
  }
}

}  // namespace

void check_rows(const std::string& path, const LeftBehind& left, Verdict& verdict) {
  dump::RegionReader reader;
  dump::RegionCopy copy;
  if (const dump::RegionError error = reader.open(path)) throw std::runtime_error(error.text);
  if (const dump::RegionError error = reader.read(&copy)) throw std::runtime_error(error.text);
  Collector seen;
  dump::assemble(copy, {}, seen);
  verdict.require(seen.damage().empty(), "damage: " + seen.damage());
  verdict.require(!seen.opening().process.alive && !seen.opening().process.clean_exit, "not shown as dead");
  std::size_t streams = 0;
  for (const LeftStream& stream : left.streams) {
    if (stream.slot.empty()) continue;
    ++streams;
    check_stream(seen, stream, verdict);
    check_open(seen, stream, verdict);
  }
  verdict.require(seen.closing().streams.size() <= streams, "a stream of nobody");
  check_names(seen, left.streams, verdict);
}

}  // namespace looptape::testing
