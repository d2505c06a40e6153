// ThreadSanitizer must see when one store of a protocol is a plain one.
//
//   core.plain_store          runs itself once for each store, and once without a seed; 0: all is as it must be
//   core.plain_store NUMBER   a writer and a reader take turns, and stores of that Access label are plain
//
// The protocols are production's own templates over a policy that makes one store plain.  Only order that the protocols
// make themselves may count, so the turns are handed over with relaxed accesses.  Of the labels, kSlotChunk and
// kSitePublish are missing: their stores are not in templates.
#include <sched.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "core/anchor.h"
#include "core/chunk_pool.h"
#include "core/names.h"
#include "looptape/core/chunk.h"
#include "looptape/core/flight.h"
#include "looptape/core/open_stack.h"
#include "looptape/core/writer.h"

namespace looptape::core {
namespace {

constexpr unsigned kNone = static_cast<unsigned>(Access::kCount);
constexpr unsigned kBesideQueue = kNone + 1;  // a word that its owner writes once more after giving it away
unsigned g_seed = kNone;                      // set before there are threads

[[gnu::noinline]] void plain_store(Word& word, std::uint64_t value) { reinterpret_cast<std::uint64_t&>(word) = value; }

struct PlainStoreMemory : StdMemory {
  template <Access A>
  static void store(Word& word, std::uint64_t value, std::memory_order order) noexcept {
    if (static_cast<unsigned>(A) == g_seed) {
      plain_store(word, value);
    } else {
      StdMemory::store<A>(word, value, order);
    }
  }
};
using M = PlainStoreMemory;

constexpr std::size_t kChunkWords = 128;

// What a writer and its readers share.
struct Shared {
  Word chunk[kChunkWords]{}, open[2 * kMaxDepth]{}, flight[flight::kWords]{}, name[name_entry::kWords]{};
  Word header[header::kHeaderWords]{};
  std::uint64_t beside = 0;
  ChunkPool pool{2, 0};
  std::atomic<unsigned> turn{0};

  void wait(unsigned mine) const {
    while (turn.load(std::memory_order_relaxed) != mine) ::sched_yield();
  }
  void pass() { turn.fetch_add(1, std::memory_order_relaxed); }
};

void write_life(Shared& shared, std::uint64_t life) {
  Keyframe frame;
  frame.sequence = life;
  Writer writer{};
  writer.chunk = shared.chunk;
  writer.used = recycle_chunk<M>(shared.chunk, frame, shared.open);
  push_open<M>(shared.open, 2 * life, open_meta(life, 1));
  for (std::uint64_t i = 0; i < 3; ++i) put_record<M>(writer, record_head(RecordType::kEvent, 0, 1, i), life);
  std::uint64_t words[flight::kWords] = {life};
  publish_flight<M>(shared.flight, words);
  write_anchor<M>(shared.header, {life, life, life});
}

void end_life(Shared& shared) {
  pop_open<M>(shared.open);
  clear_flight<M>(shared.flight);
  close_chunk<M>(shared.chunk, 1, 3);
}

void read_everything(Shared& shared) {
  std::uint64_t out[kChunkWords], words[flight::kWords], name[name_entry::kWords], start = 0, meta = 0;
  std::size_t bytes = 0;
  Anchor anchor;
  // The name first: whatever is acquired before would order it.
  const bool whole = read_name<M>(shared.name, name) &&
                     read_chunk<M>(shared.chunk, sizeof out, out, &bytes) == ChunkRead::kOk &&
                     read_open<M>(shared.open, &start, &meta) && read_flight<M>(shared.flight, words) &&
                     read_anchor<M>(shared.header, &anchor);
  if (!whole) std::puts("a reader that had its turn found something unfinished"), std::exit(3);
}

void write_beside(Shared& shared) {
  shared.beside = 1;
  shared.pool.close(shared.pool.take().index);
}

void take_beside(Shared& shared) {
  std::uint32_t index = 0;
  if (!shared.pool.take_closed(&index)) std::puts("the queue is empty"), std::exit(3);
  shared.beside += 1;  // ordered after the one before close(): this must not be reported
}

void run() {
  Shared shared;
  std::thread writer([&] {
    const std::uint64_t text[kMaxNameBytes / kWordBytes] = {1, 2, 3};
    publish_name<M>(shared.name, name_head(0, 24, 0), 1, text);
    write_life(shared, 1);
    write_beside(shared);
    shared.pass();
    shared.wait(2);
    end_life(shared);
    write_life(shared, 2);
    if (g_seed == kBesideQueue) shared.beside = 7;
    shared.pass();
  });
  std::thread reader([&] {
    shared.wait(1);
    read_everything(shared);
    take_beside(shared);
    shared.pass();
    shared.wait(3);
    read_everything(shared);
  });
  writer.join();
  reader.join();
}

struct Expectation {
  unsigned seed;
  const char* what;
  bool reported;
};

constexpr unsigned number(Access label) { return static_cast<unsigned>(label); }

const Expectation kExpected[] = {
    {kNone, "no seed", false},
    {number(Access::kRecycleOdd), "kRecycleOdd", true},
    {number(Access::kKeyframe), "kKeyframe", true},
    {number(Access::kRecycleEven), "kRecycleEven", true},
    {number(Access::kRecord), "kRecord", true},
    {number(Access::kCommit), "kCommit", true},
    {number(Access::kCloseTick), "kCloseTick", true},
    {number(Access::kPushMeta), "kPushMeta", true},
    {number(Access::kPushStart), "kPushStart", true},
    {number(Access::kPopStart), "kPopStart", true},
    {number(Access::kFlightClear), "kFlightClear", true},
    {number(Access::kFlightWord), "kFlightWord", true},
    {number(Access::kFlightPublish), "kFlightPublish", true},
    {number(Access::kNamePublish), "kNamePublish", true},
    // Written once, before it is published: no race, and ThreadSanitizer understands why.
    {number(Access::kNameWord), "kNameWord", false},
    {number(Access::kAnchorOdd), "kAnchorOdd", true},
    {number(Access::kAnchorWord), "kAnchorWord", true},
    {number(Access::kAnchorEven), "kAnchorEven", true},
    {kBesideQueue, "a word given away through a queue", true},
};

// True: the run ended as expected.
bool check(const char* self, const Expectation& expected) {
  std::FILE* const child = ::popen((std::string(self) + " " + std::to_string(expected.seed) + " 2>&1").c_str(), "r");
  if (child == nullptr) return false;
  std::string said;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, child)) said.append(buffer, count);
  const int status = ::pclose(child);
  const bool reported = said.find("ThreadSanitizer: data race") != std::string::npos;
  const bool there = expected.seed == kBesideQueue || said.find("plain_store") != std::string::npos;
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0 && said.empty();
  const bool good = expected.reported ? reported && there && !clean : clean;
  std::printf("%-34s %s%s\n", expected.what, reported ? "reported" : "not reported", good ? "" : "  WRONG");
  if (!good) std::printf("%s\n", said.c_str());
  return good;
}

}  // namespace
}  // namespace looptape::core

int main(int count, char** arguments) {
  using namespace looptape::core;
  if (count > 1) {
    g_seed = static_cast<unsigned>(std::atoi(arguments[1]));
    run();
    return 0;
  }
  int wrong = 0;
  for (const Expectation& expected : kExpected) wrong += !check(arguments[0], expected);
  return wrong == 0 ? 0 : 1;
}
