// Random programs against the production writer, and an independent account of what they did.
//
// Two recording threads run step by step in one real thread, so that a seed determines the program: stages begun and
// ended in any order, on their own and on the other thread, detached ones, attributes on any open stage, events,
// changes of context between begin and end, new tenants of a slot.  Chunks are tiny.  The account notes for each thing
// the number of its record in its stream; which chunk that record lies in, and so whether it survives when chunks are
// dropped, follows from the record counts alone.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/engine.h"
#include "dump/region_copy.h"
#include "dump/rows.h"
#include "looptape/core/request.h"
#include "looptape/core/writer.h"

namespace looptape::dump::testing {

// Number of a record in its stream, from 0.
struct RecordPlace {
  unsigned thread = 0;
  std::uint64_t number = 0;
};

struct TrueStage {
  std::uint16_t stream = 0, site = 0;
  std::uint64_t start = 0, request = 0;
  unsigned depth = 0, status = 0, attributes = 0, flags = 0;
  bool detached = false, abandoned = false;
  bool orphaned = false;                   // ended by the other thread, and then its own thread ended
  std::uint64_t end_from = 0, end_to = 0;  // clock readings around the end
  std::optional<RecordPlace> end, detach;  // records
  bool ended_elsewhere = false;            // a lexical one, by the other thread
  Context context_at_end, context_at_detach;
};

struct TrueAttribute {
  std::size_t stage = 0;
  std::uint16_t key = 0;
  RecordPlace record;
  bool elsewhere = false;
  std::string text;  // empty: a number, namely its own index
};

struct TrueEvent {
  RecordPlace record;
  std::uint64_t from = 0, to = 0, request = 0;
};

// A chunk as the writer's counts tell it.
struct TrueChunk {
  std::uint64_t first_record = 0, base = 0;
};

struct Account {
  std::vector<TrueStage> stages;
  std::vector<TrueAttribute> attributes;  // the value is the index
  std::vector<TrueEvent> events;          // the value is the index
  std::array<std::uint16_t, 2> stream{};
  std::array<std::map<std::uint64_t, TrueChunk>, 2> chunks;  // by sequence; from the program's first one on
  std::array<std::uint64_t, 2> records{};                    // written by the stream, ever

  std::uint64_t chunk_of(const RecordPlace& place) const;  // sequence
};

class ProgramRunner {
 public:
  // Starts the process's engine in `directory`, with chunks of `chunk_bytes`.
  ProgramRunner(const std::string& directory, std::size_t chunk_bytes);

  // Runs the program of a seed; its account is valid until clean_up().
  const Account& run(std::uint64_t seed);
  // Copy of what is in the region of this program's chunks, without those for which `dropped(thread, sequence)`.
  template <class Dropped>
  RegionCopy copy(Dropped dropped) {
    RegionCopy made = begin_copy();
    for (std::uint32_t index = 0; index < engine_->region.chunk_count(); ++index) {
      unsigned thread = 0;
      std::uint64_t sequence = 0;
      if (belongs(index, &thread, &sequence) && !dropped(thread, sequence)) copy_chunk(index, &made);
    }
    return made;
  }
  // Ends everything the program left open.
  void clean_up();

 private:
  struct Open {
    core::StageToken token;
    std::size_t stage;
    unsigned thread;
  };
  struct Away {
    core::DetachedToken token;
    std::size_t stage;
  };

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  void step();
  void be(unsigned thread);
  void begin();
  void finish(std::size_t index);
  void set(std::size_t index);
  void emit();
  void change_context();
  void detach();
  void end_detached(std::size_t index);
  void set_detached(std::size_t index);
  void change_tenant();
  void note_chunks();
  void start_on_fresh_chunks();
  RecordPlace next_record() const { return {now_, core::written_records(writer())}; }
  core::Writer& writer() const { return *writers_[now_]; }
  core::Word* find_chunk(std::uint64_t stream, std::uint64_t sequence);
  RegionCopy begin_copy();
  bool belongs(std::uint32_t index, unsigned* thread, std::uint64_t* sequence);
  void copy_chunk(std::uint32_t index, RegionCopy* copy);

  core::Engine* engine_ = nullptr;
  core::Writer* nobody_;
  std::array<core::Writer*, 2> writers_{};
  std::array<Context, 2> context_{};
  std::array<std::uint64_t, 2> noted_{};  // sequence up to which chunks are in the account
  std::vector<std::uint16_t> sites_, keys_;
  std::vector<Name> names_;
  unsigned now_ = 0;  // thread
  std::mt19937_64 random_;
  Account account_;
  std::vector<Open> open_;
  std::vector<Away> away_;
};

// Compares what was decoded with the account; empty when all is as it should be, else the first contradiction.
std::string contradiction(const Account& account, const std::array<std::vector<std::uint64_t>, 2>& kept,
                          const struct Rows& rows);

}  // namespace looptape::dump::testing
