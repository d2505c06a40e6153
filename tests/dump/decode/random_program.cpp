// Makes up a program and plays it: see random_program.h.
#include "tests/dump/decode/random_program.h"

#include <algorithm>
#include <stdexcept>

#include "core/names.h"
#include "core/thread_lease.h"
#include "looptape/core/chunk.h"
#include "looptape/core/open_stack.h"
#include "looptape/core/site.h"

namespace looptape::dump::testing {
namespace {

namespace chunk = core::chunk;
namespace header = core::header;
using core::Memory;

constexpr auto kRelaxed = std::memory_order_relaxed;  // one thread
constexpr unsigned kDeepest = 7;

}  // namespace

std::uint64_t Account::chunk_of(const RecordPlace& place) const {
  const std::map<std::uint64_t, TrueChunk>& all = chunks[place.thread];
  for (auto at = all.rbegin(); at != all.rend(); ++at)
    if (at->second.first_record <= place.number) return at->first;
  throw std::logic_error("a record before the program's first chunk");
}

ProgramRunner::ProgramRunner(const std::string& directory, std::size_t chunk_bytes) : nobody_(core::t_writer) {
  core::EngineSettings settings;
  settings.region.service = "programs";
  settings.region.directory = directory;
  settings.region.budget_bytes = std::size_t{1} << 20;
  settings.region.chunk_bytes = chunk_bytes;
  std::string problem;
  engine_ = core::Engine::start(settings, &problem);
  if (engine_ == nullptr) throw std::runtime_error(problem);
  for (const char* name : {"alpha", "beta", "gamma", "delta"}) sites_.push_back(core::register_name(name, Kind::other));
  for (const char* name : {"key one", "key two"}) keys_.push_back(core::register_name(name, Kind::other));
  const std::uint64_t count = engine_->region.header(header::kNamesCount).load(kRelaxed);
  for (std::uint64_t id = 0; id < count; ++id)
    names_.push_back({core::name_text(static_cast<std::uint16_t>(id)), 0, 0});
  for (unsigned thread = 0; thread < 2; ++thread) {
    core::t_writer = nobody_;
    writers_[thread] = core::own_writer(*engine_);
    if (writers_[thread] == nullptr) throw std::runtime_error("no slot");
  }
}

void ProgramRunner::be(unsigned thread) {
  now_ = thread;
  core::t_writer = writers_[thread];
}

core::Word* ProgramRunner::find_chunk(std::uint64_t stream, std::uint64_t sequence) {
  for (std::uint32_t index = 0; index < engine_->region.chunk_count(); ++index) {
    core::Word* const words = engine_->region.chunk(index);
    if (words[chunk::kGeneration].load(kRelaxed) != 0 &&
        (words[chunk::kStream].load(kRelaxed) & 0xffffffff) == stream &&
        words[chunk::kSequence].load(kRelaxed) == sequence)
      return words;
  }
  throw std::logic_error("a chunk is not in the region");
}

// Enters the chunks that the last step began into the account.
void ProgramRunner::note_chunks() {
  const core::Writer& mine = writer();
  if (mine.chunk == nullptr) throw std::runtime_error("no chunk was to be had");
  for (; noted_[now_] < mine.sequence; ++noted_[now_]) {
    const core::Word* const words =
        noted_[now_] + 1 == mine.sequence ? mine.chunk : find_chunk(mine.stream, noted_[now_] + 1);
    account_.chunks[now_][noted_[now_] + 1] = {words[chunk::kRecords].load(kRelaxed),
                                               words[chunk::kBase].load(kRelaxed)};
  }
  account_.records[now_] = core::written_records(mine);
}

void ProgramRunner::emit() {
  TrueEvent event;
  event.record = next_record();
  event.request = context_[now_].request;
  event.from = engine_->now();
  core::put_event<Memory>(core::record_head(core::RecordType::kEvent, 1, sites_[0], 0), account_.events.size());
  event.to = engine_->now();
  note_chunks();
  account_.events.push_back(event);
}

void ProgramRunner::start_on_fresh_chunks() {
  account_ = {};
  for (unsigned thread = 0; thread < 2; ++thread) {
    be(thread);
    core::ContextScope never_left;
    core::adopt_context({}, never_left);
    context_[thread] = {};
    account_.stream[thread] = static_cast<std::uint16_t>(writer().stream);
    noted_[thread] = writer().sequence;
    while (account_.chunks[thread].empty()) {
      if (!account_.events.empty() && account_.events.back().record.thread == thread) account_.events.pop_back();
      emit();
    }
  }
}

const Account& ProgramRunner::run(std::uint64_t seed) {
  random_.seed(seed);
  start_on_fresh_chunks();
  for (std::uint64_t steps = 20 + pick(200); steps-- > 0;) step();
  return account_;
}

void ProgramRunner::step() {
  be(static_cast<unsigned>(pick(2)));
  const std::uint64_t what = pick(1000);
  std::vector<std::size_t> mine;  // open stages of this thread, the latest last
  for (std::size_t i = 0; i < open_.size(); ++i)
    if (open_[i].thread == now_) mine.push_back(i);
  if (what < 280) return begin();
  if (what < 420 && !mine.empty()) return finish(mine.back());
  if (what < 480 && !mine.empty()) return finish(mine[pick(mine.size())]);  // out of order
  if (what < 500 && !open_.empty()) return finish(pick(open_.size()));      // perhaps the other thread's
  if (what < 680 && !mine.empty()) return set(mine[pick(mine.size())]);
  if (what < 700 && !open_.empty()) return set(pick(open_.size()));  // perhaps the other thread's
  if (what < 760) return emit();
  if (what < 850) return change_context();
  if (what < 890) return detach();
  if (what < 930 && !away_.empty()) return end_detached(pick(away_.size()));
  if (what < 970 && !away_.empty()) return set_detached(pick(away_.size()));
  if (what >= 995) return change_tenant();
}

void ProgramRunner::begin() {
  core::Writer* const gate = core::begin_gate();
  note_chunks();  // entries that the other thread ended are cleared here, with a change of context
  if (gate != &writer()) throw std::logic_error("another thread's writer");
  context_[now_] = {writer().request, writer().parent_start, static_cast<std::uint16_t>(writer().parent_stream)};
  if (writer().depth >= kDeepest) return;
  Open open;
  TrueStage stage;
  stage.site = sites_[pick(sites_.size())];
  open.token = core::open_stage<Memory>(writer(), stage.site, engine_->now());
  stage.stream = static_cast<std::uint16_t>(writer().stream);
  stage.start = open.token.start;
  stage.depth = open.token.depth();
  stage.request = context_[now_].request;
  open.stage = account_.stages.size();
  open.thread = now_;
  account_.stages.push_back(stage);
  open_.push_back(open);
}

void ProgramRunner::finish(std::size_t index) {
  Open& open = open_[index];
  TrueStage& stage = account_.stages[open.stage];
  stage.status = static_cast<std::uint8_t>(pick(4));
  open.token.fail(static_cast<core::Status>(stage.status));
  stage.attributes = open.token.attributes();
  stage.ended_elsewhere = open.thread != now_;
  stage.flags = stage.ended_elsewhere ? unsigned{core::kStageDetached} : 0u;
  stage.context_at_end = context_[now_];
  stage.end = next_record();
  stage.end_from = stage.end_to = std::max(engine_->now(), stage.start);
  if (!core::finish_fast<Memory>(open.token, stage.end_to)) core::finish_slow(open.token, stage.end_to);
  note_chunks();
  context_[now_] = {writer().request, writer().parent_start, static_cast<std::uint16_t>(writer().parent_stream)};
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
}

void ProgramRunner::set(std::size_t index) {
  Open& open = open_[index];
  TrueAttribute attribute;
  attribute.stage = open.stage;
  attribute.key = keys_[pick(keys_.size())];
  attribute.record = next_record();
  attribute.elsewhere = open.thread != now_;
  const std::uint64_t value = account_.attributes.size();
  if (pick(3) == 0) {
    attribute.text = std::to_string(value) + std::string(pick(40), 'x');
    core::attribute_text(open.token, attribute.key, attribute.text);
  } else {
    core::attribute_number(open.token, attribute.key, core::ValueType::kUnsigned, value);
  }
  note_chunks();
  account_.attributes.push_back(attribute);
}

void ProgramRunner::change_context() {
  core::ContextValue next;
  next.request = pick(4);
  next.parent_start = pick(100);
  next.parent_stream = static_cast<std::uint32_t>(pick(2));
  next.epoch = static_cast<std::uint16_t>(engine_->epoch);
  core::ContextScope never_left;
  core::adopt_context(next, never_left);
  note_chunks();
  context_[now_] = {next.request, next.parent_start, static_cast<std::uint16_t>(next.parent_stream)};
}

void ProgramRunner::detach() {
  Away away;
  TrueStage stage;
  stage.site = sites_[pick(sites_.size())];
  stage.detach = next_record();
  stage.depth = writer().depth;
  core::begin_detached(away.token, stage.site);
  note_chunks();
  stage.stream = static_cast<std::uint16_t>(writer().stream);
  stage.start = away.token.start;
  stage.request = context_[now_].request;
  stage.context_at_detach = context_[now_];
  stage.detached = true;
  stage.flags = core::kStageDetached;
  away.stage = account_.stages.size();
  account_.stages.push_back(stage);
  away_.push_back(away);
}

void ProgramRunner::end_detached(std::size_t index) {
  Away& away = away_[index];
  TrueStage& stage = account_.stages[away.stage];
  stage.status = away.token.status = static_cast<std::uint8_t>(pick(4));
  stage.attributes = away.token.attributes;
  stage.end = next_record();
  stage.end_from = engine_->now();
  core::end_detached(away.token);
  stage.end_to = engine_->now();
  note_chunks();
  away_.erase(away_.begin() + static_cast<std::ptrdiff_t>(index));
}

void ProgramRunner::set_detached(std::size_t index) {
  TrueAttribute attribute;
  attribute.stage = away_[index].stage;
  attribute.key = keys_[pick(keys_.size())];
  attribute.record = next_record();
  attribute.elsewhere = true;
  core::detached_attribute(away_[index].token, attribute.key, core::ValueType::kUnsigned, account_.attributes.size());
  note_chunks();
  account_.attributes.push_back(attribute);
}

// The thread ends, with whatever it has open, and another one gets its slot.
void ProgramRunner::change_tenant() {
  engine_->slots->park(writer());
  core::t_writer = nobody_;
  core::Writer* const again = core::own_writer(*engine_);
  if (again != writers_[now_]) throw std::logic_error("the slot parked last is not leased first");
  note_chunks();
  context_[now_] = {};
  for (TrueStage& stage : account_.stages)
    if (stage.ended_elsewhere && stage.stream == writer().stream) stage.orphaned = true;
  std::erase_if(open_, [&](const Open& open) {
    if (open.thread == now_) account_.stages[open.stage].abandoned = true;
    return open.thread == now_;
  });
}

void ProgramRunner::clean_up() {
  while (!open_.empty()) {
    be(open_.back().thread);
    finish(open_.size() - 1);
  }
  while (!away_.empty()) end_detached(away_.size() - 1);
  for (unsigned thread = 0; thread < 2; ++thread) {  // entries that the other thread ended
    be(thread);
    core::trim_stack(*engine_, writer());
    note_chunks();
  }
}

RegionCopy ProgramRunner::begin_copy() {
  RegionCopy copy;
  for (std::size_t i = 0; i < copy.header.size(); ++i) copy.header[i] = engine_->region.header(i).load(kRelaxed);
  copy.snapshot_tick = engine_->now();
  copy.alive = true;
  copy.names = names_;
  for (const core::Writer* const writer : writers_) {
    const core::Word* const words = engine_->region.slot(writer->stream);
    SlotCopy slot;
    slot.stream = static_cast<std::uint16_t>(writer->stream);
    slot.state = core::SlotState::kLeased;
    slot.ordinal = words[core::slot::kOrdinal].load(kRelaxed);
    slot.sequence = words[core::slot::kSequence].load(kRelaxed);
    slot.open.resize(core::kMaxDepth);
    for (unsigned depth = 0; depth < core::kMaxDepth; ++depth) {
      OpenEntry entry;
      if (core::read_open<Memory>(words + core::slot::kOpen + 2 * depth, &entry.start, &entry.meta))
        slot.open[depth] = entry;
    }
    copy.slots.push_back(std::move(slot));
  }
  const std::size_t count = account_.chunks[0].size() + account_.chunks[1].size();
  if (!copy.chunks.reserve(count, engine_->region.chunk_bytes())) throw std::runtime_error("no memory");
  return copy;
}

bool ProgramRunner::belongs(std::uint32_t index, unsigned* thread, std::uint64_t* sequence) {
  const core::Word* const words = engine_->region.chunk(index);
  if (words[chunk::kGeneration].load(kRelaxed) == 0) return false;
  *thread = (words[chunk::kStream].load(kRelaxed) & 0xffffffff) == account_.stream[0] ? 0 : 1;
  *sequence = words[chunk::kSequence].load(kRelaxed);
  return account_.chunks[*thread].contains(*sequence);
}

void ProgramRunner::copy_chunk(std::uint32_t index, RegionCopy* copy) {
  const core::Word* const words = engine_->region.chunk(index);
  const auto room = copy->chunks.begin(engine_->region.chunk_bytes());
  std::size_t bytes = 0;
  if (core::read_chunk<Memory>(words, engine_->region.chunk_bytes(), room.data(), &bytes) != core::ChunkRead::kOk)
    throw std::logic_error("a chunk cannot be read");
  copy->chunks.keep(static_cast<std::uint64_t>(words - engine_->region.words()) * core::kWordBytes, bytes);
}

}  // namespace looptape::dump::testing
