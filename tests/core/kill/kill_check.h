// What a killed process must have left, to the record: the rules, and where they leave room and why.
//
// One thread; throws when the region cannot be read.  Exact, per stream, whatever the moment of the kill:
//
//   1. Every readable record is the one its thread wrote at that place, and its chunk's keyframe counts the records and
//      bytes before it.
//   2. written = readable + overwritten, by the reader's own count and by the test's.
//   3. acknowledged <= written <= acknowledged + the records of the one step that was in hand: the thread may have been
//      killed between writing them and saying so.
//   4. Chunks begun = lives of all chunks: none was handed out twice, none got lost.
//   5. Shown open is what was begun and not ended; every acknowledged name is there.
//
// A thread can be killed after it took a chunk off its queue and before it marked it odd.  In that state nobody can
// tell by the region who holds it, so for as many chunks as there are such threads, and exactly these (`in_hands`):
//
//   6. untouched = reserve once a chunk was overwritten, or more: the chunk taken may be a free one.
//   7. counted as overwritten = overwritten, or more: its records are charged before it is marked, so that they are
//      never too few.
//   8. It is still readable, though younger chunks of its stream may have been overwritten meanwhile.
//
// Without such a thread all three are equalities.
#pragma once

#include <string>

#include "tests/core/kill/left_behind.h"

namespace looptape::testing {

void check_left_behind(const std::string& path, const KillPlan& plan, const Shared& shared, KillResult* result);

// The first thing that is wrong.
class Verdict {
 public:
  void require(bool holds, const std::string& otherwise) {
    if (!holds && problem_.empty()) problem_ = otherwise;
  }
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

// Its parts.  Rules 1 to 4 and 6 to 8, from the region's words alone; counts the records of the chunks.
void check_accounts(LeftBehind& left, Verdict& verdict);
// Rules 2 and 5 by what the reader from outside and the assembler make of it.
void check_rows(const std::string& path, const LeftBehind& left, Verdict& verdict);
// What the chosen point promises is to be seen of the thread that reached it.
void check_point(const LeftBehind& left, const KillPlan& plan, const Shared& shared, Verdict& verdict);
// Is something begun that is not published?  Words that stand where the next record will be tell it only in a chunk's
// first life: they were zero.
bool shows_unfinished_write(const LeftBehind& left);
bool would_show_a_record(const LeftBehind& left);

}  // namespace looptape::testing
