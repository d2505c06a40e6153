/* The chunk pool (core/chunk_pool.*), the writers' chunk switch (core/thread_lease.cpp, next_chunk) and the snapshot
 * (dump/snapshot.cpp, finish), step by step as they are written there; a queue's push and pop are one step each
 * (Boost.Lockfree).  The copy of a chunk is one step here: that it is whole is the other model check's business.
 *
 * Bounds: WRITERS writers, SWITCHES chunks each, CHUNKS chunks of which RESERVE are reserved, SNAPSHOTS snapshots.
 *
 * Invariants
 *   1. No chunk is in two places: whoever takes one finds it where it took it from.
 *   2. No chunk is lost: at the end each is in a queue or is a writer's open one.
 *   3. What is overwritten is always what was closed longest ago, or has been copied.
 *   4. No hole: of every stream, each chunk up to the one that was open at the snapshot's tick is in the snapshot, or was
 *      overwritten, and then all older ones of it that are missing were as well.
 *
 * -DMUTANT=n seeds one bug; tests/model/run_spin knows which assertion finds it.
 *   1 the slot's pointer is taken away before the chunk is in the queue      4
 *   2 the snapshot empties the queue before it looks at the slots            4
 *   3 the snapshot looks at the queue's head and takes it off after copying  1
 *   4 a chunk is released before it is copied                                3
 *   5 the refill forgets a released chunk                                    2
 *   6 the writer takes the chunk that was closed last                        3
 *   7 nothing looks again at chunks that were left out as open               4
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef WRITERS
#define WRITERS 1
#define SWITCHES 5
#define CHUNKS 4
#define SNAPSHOTS 2
#endif
#define RESERVE 1
#define NONE 255
#define of(w, q) ((w) * (SWITCHES + 1) + (q))
#define CONTENTS (WRITERS * (SWITCHES + 1))

/* Places of a chunk. */
#define FREE 0
#define CLOSED 1
#define RELEASED 2
#define COPIER 3
#define WRITER 4 /* + its number */

chan free_q = [CHUNKS] of { byte };
chan closed_q = [CHUNKS] of { byte };
chan released_q = [CHUNKS] of { byte };
short free_count = CHUNKS;
short closed_count = 0;
byte snapshots = 0;

byte place[CHUNKS];
byte content[CHUNKS] = NONE; /* what its records are of; NONE: nothing yet, or being initialised */
byte slot_chunk[WRITERS];    /* chunk + 1; 0 none */
byte written[WRITERS];       /* sequence of the chunk with the newest record */
bool copied[CONTENTS];  /* by this snapshot */
bool ever_copied[CONTENTS];
bool overwritten[CONTENTS];
byte closed_at[CHUNKS]; /* ghost: number of its closing */
byte closings = 0, taken_closed = 0;
byte writers_left = WRITERS;
byte open_at_end = 0;

inline move(c, from, to) {
  assert(place[c] == from); /* invariant 1 */
  place[c] = to
}

/* Ghost: chunk c leaves the queue of closed ones. */
inline leaves_closed(c) {
  assert(closed_at[c] > taken_closed); /* invariant 3: in the order of closing */
  taken_closed = closed_at[c]
}

/* Chunk c becomes the writer's; what it holds counts as overwritten from here on. */
inline becomes_mine(c, from) {
  move(c, from, WRITER + me);
  if
  :: content[c] != NONE -> overwritten[content[c]] = true
  :: else
  fi
}

inline take_free(keep) {
  c = NONE;
  atomic { claim = free_count; free_count = free_count - 1 };
  if
  :: claim > keep -> atomic {
       if
       :: nempty(free_q) -> free_q ? c; becomes_mine(c, FREE)
       :: empty(free_q)
       fi }
  :: else
  fi;
  if
  :: c == NONE -> free_count = free_count + 1
  :: else
  fi;
  claim = 0
}

inline take() {
  snapshot = snapshots != 0;
  c = NONE;
  take_free(RESERVE);
  if
  :: c == NONE -> atomic {
       if
       :: nempty(released_q) -> released_q ? c; assert(content[c] == NONE || ever_copied[content[c]]); /* invariant 3 */
            becomes_mine(c, RELEASED)
       :: empty(released_q)
       fi }
  :: else
  fi;
  if
  :: c == NONE && snapshot -> take_free(0)
  :: else
  fi;
  if
  :: c == NONE -> atomic {
       if
       :: nempty(closed_q) ->
#if MUTANT == 6
            do
            :: len(closed_q) > 1 -> closed_q ? c; closed_q ! c; c = NONE; skipped++;
                 if
                 :: skipped >= len(closed_q) - 1 -> break
                 :: else
                 fi
            :: else -> break
            od;
            skipped = 0;
#endif
            closed_q ? c; becomes_mine(c, CLOSED); leaves_closed(c)
       :: empty(closed_q)
       fi };
       if
       :: c != NONE -> closed_count = closed_count - 1
       :: else
       fi
  :: else
  fi;
  if
  :: c == NONE -> take_free(0)
  :: else
  fi;
  snapshot = false
}

proctype Writer(byte me) {
  byte c = NONE, mine = NONE, turns = 0, sequence = 0;
  short claim;
  bool snapshot;
#if MUTANT == 6
  byte skipped = 0;
#endif
  do
  :: turns < SWITCHES ->
       turns++;
       if
       :: mine != NONE ->
#if MUTANT == 1
            slot_chunk[me] = 0;
#endif
            closed_count = closed_count + 1;
            atomic { closings++; closed_at[mine] = closings; move(mine, WRITER + me, CLOSED); closed_q ! mine };
#if MUTANT != 1
            slot_chunk[me] = 0;
#endif
            mine = NONE
       :: else
       fi;
       take();
       if
       :: c != NONE ->
            content[c] = NONE;
            sequence++;
            content[c] = of(me, sequence);
            slot_chunk[me] = c + 1;
            mine = c;
            c = NONE;
            written[me] = sequence
       :: else /* nothing to be had: not recorded, counted */
       fi
  :: else -> break
  od;
  atomic {
    if
    :: mine != NONE -> open_at_end++
    :: else
    fi;
    writers_left--
  }
}

inline copy_in_place(x) {
  atomic {
    if
    :: content[x] != NONE -> copied[content[x]] = true; ever_copied[content[x]] = true;
         done[x] = true
    :: else
    fi
  }
}

inline copy_closed() {
  limit = closed_count;
  do
  :: limit > 0 ->
       limit--;
       c = NONE;
       atomic {
         if
#if MUTANT == 3
         :: nempty(closed_q) -> closed_q ? <c>
#else
         :: nempty(closed_q) -> closed_q ? c; move(c, CLOSED, COPIER); leaves_closed(c)
#endif
         :: empty(closed_q)
         fi
       };
       if
       :: c == NONE -> break
       :: else
       fi;
#if MUTANT == 3
       copy_in_place(c);
       atomic {
         if
         :: nempty(closed_q) -> closed_q ? d; move(c, CLOSED, COPIER)
         :: empty(closed_q) -> assert(false)
         fi
       };
#endif
       closed_count = closed_count - 1;
#if MUTANT == 4
       atomic { move(c, COPIER, RELEASED); released_q ! c };
       copy_in_place(c)
#else
       copy_in_place(c);
       atomic { move(c, COPIER, RELEASED); released_q ! c }
#endif
  :: else -> break
  od;
  limit = 0;
  c = 0
}

inline copy_open() {
  w = 0;
  do
  :: w < WRITERS ->
       c = slot_chunk[w];
       if
       :: c != 0 -> copy_in_place(c - 1)
       :: else
       fi;
       w++
  :: else -> break
  od;
  w = 0;
  c = 0
}

proctype Copier() {
  byte c, d, w, q, x, taken = 0;
  short limit;
  bool open[CHUNKS], done[CHUNKS];
  byte need[WRITERS];
  do
  :: taken < SNAPSHOTS ->
       taken++;
       snapshots++;
       d_step { x = 0; do :: x < CONTENTS -> copied[x] = false; x++ :: else -> break od; x = 0 };
       copy_closed();
       /* copy_leftovers */
       w = 0;
       do
       :: w < WRITERS ->
            c = slot_chunk[w];
            if
            :: c != 0 -> open[c - 1] = true
            :: else
            fi;
            w++
       :: else -> break
       od;
       w = 0;
       c = 0;
       x = 0;
       do
       :: x < CHUNKS ->
            if
            :: !open[x] -> copy_in_place(x)
            :: else
            fi;
            x++
       :: else -> break
       od;
       x = 0;
       /* snapshot_tick: records up to here must be in the snapshot */
       atomic { w = 0; do :: w < WRITERS -> need[w] = written[w]; w++ :: else -> break od; w = 0 };
#if MUTANT == 2
       copy_closed();
       copy_open();
#else
       copy_open();
       copy_closed();
#endif
       /* copy_left_out */
#if MUTANT != 7
       x = 0;
       do
       :: x < CHUNKS ->
            if
            :: open[x] && !done[x] -> copy_in_place(x)
            :: else
            fi;
            x++
       :: else -> break
       od;
#endif
       atomic {
         x = 0;
         do
         :: x < CHUNKS -> open[x] = false; done[x] = false; x++
         :: else -> break
         od;
         x = 0
       };
       /* is there a hole? */
       atomic {
         w = 0;
         do
         :: w < WRITERS ->
              q = need[w];
              do
              :: q > 0 ->
                   assert(copied[of(w, q)] || overwritten[of(w, q)]); /* invariant 4 */
                   q--
              :: else -> break
              od;
              w++
         :: else -> break
         od
       };
       /* end_snapshot */
       do
       :: free_count < RESERVE ->
            c = NONE;
            atomic {
              if
              :: nempty(released_q) -> released_q ? c; move(c, RELEASED, COPIER)
              :: empty(released_q)
              fi
            };
            if
            :: c == NONE -> break
            :: else
            fi;
#if MUTANT != 5
            atomic { move(c, COPIER, FREE); free_q ! c };
#endif
            free_count = free_count + 1
       :: else -> break
       od;
       snapshots--
  :: else -> break
  od;
  /* invariant 2 */
  writers_left == 0;
  assert(len(free_q) + len(closed_q) + len(released_q) + open_at_end == CHUNKS);
  assert(free_count == len(free_q) && closed_count == len(closed_q))
}

init {
  atomic {
    byte i = 0;
    do
    :: i < CHUNKS -> free_q ! i; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < WRITERS -> run Writer(i); i++
    :: else -> break
    od;
    run Copier()
  }
}
