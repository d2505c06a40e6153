/* The queue of triggers (core/trigger_queue.*), the thread that hears them and the policy that turns them into dumps
 * (dump/recorder_thread.cpp, loop and hear; dump/trigger_policy.cpp).  The queue's push and pop and the semaphore's
 * operations are one step each.  Time is a clock that may tick between any two steps.
 *
 * The recorder is stopped at any time after the last post: its flag (P22), then a wake-up.
 *
 * Bounds: POSTERS threads with POSTS triggers each, a queue of QUEUE, DELAY and COOLDOWN in ticks, END ticks.
 *
 * Invariants
 *   1. Every trigger is accounted for: a dump of its own, suppressed (joined or in the cooldown), or the queue was full.
 *   2. At most one dump per cooldown.
 *   3. No lost wake-up: the thread does not sleep beside a trigger, or the flag, that nobody will wake it for.
 *   4. Who sees the flag sees what was done before it.
 *
 * -DMUTANT=n seeds one bug; tests/model/run_spin knows which assertion finds it.
 *   1 the wake-ups are drained after the queue was emptied       3
 *   2 the cooldown is forgotten                                  2
 *   3 a trigger that finds the queue full is not counted          1
 *   4 a joined trigger is not counted                             1
 *   5 P22 the wake-up comes before the flag                       3
 *   6 P22 the flag comes before what was done before              4
 *   7 a round hears less than the queue holds                     3
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define POSTERS 2
#define POSTS 2
#define QUEUE 2
#if MUTANT == 7
#define ROUND 1
#else
#define ROUND QUEUE
#endif
#define DELAY 1
#define COOLDOWN 3
#define END 5

chan queue = [QUEUE] of { byte };
byte semaphore = 0;
byte clock = 0;
byte posters_left = POSTERS;
byte posted = 0, no_room = 0, suppressed = 0, dumps = 0;
bool pending = false;
byte due = 0;
bool heard_before = false;
byte last = 0;
bool stopping = false;
bool done_before = false; /* ghost: what the stopping thread did first */
bool stopper_done = false;
bool fired = false; /* ghost: some dump has been scheduled */
byte fired_at = 0;  /* ghost: when the last one was */

proctype Poster() {
  byte i = 0;
  bool pushed;
  do
  :: i < POSTS ->
       i++;
       atomic {
         posted++;
         pushed = nfull(queue);
         if
         :: pushed -> queue ! 1
         :: else
         fi
       };
       if
       :: pushed -> semaphore = semaphore + 1
       :: else ->
#if MUTANT != 3
            no_room = no_room + 1
#else
            skip
#endif
       fi
  :: else -> break
  od;
  posters_left--
}

proctype Stopper() {
  posters_left == 0;
#if MUTANT == 6
  stopping = true;
  done_before = true;
#else
  done_before = true;
#if MUTANT == 5
  semaphore = semaphore + 1;
#endif
  stopping = true;
#endif
#if MUTANT != 5
  semaphore = semaphore + 1;
#endif
  stopper_done = true
}

proctype Clock() {
  do
  :: clock < END -> clock++
  :: else -> break
  od
}

inline offer(now) {
  if
  :: pending ->
#if MUTANT != 4
       suppressed++
#else
       skip
#endif
#if MUTANT == 2
  :: !pending && heard_before && now < last ->
#else
  :: !pending && heard_before && now - last < COOLDOWN ->
#endif
       suppressed++
  :: else ->
       assert(!fired || now - fired_at >= COOLDOWN); /* invariant 2 */
       fired = true;
       fired_at = now;
       heard_before = true;
       last = now;
       pending = true;
       due = now + DELAY
  fi
}

proctype Recorder() {
  byte now, x, heard;
  do
  :: stopping -> assert(done_before); /* invariant 4 */
       break
  :: !stopping ->
     now = clock;
     heard = 0;
     do
     :: atomic { heard < ROUND && nempty(queue) -> queue ? x; heard++ }; offer(now)
     :: empty(queue) || heard == ROUND -> break
     od;
#if MUTANT == 1
     semaphore = 0;
#endif
     if
     :: pending && (clock >= due || clock == END) -> pending = false; dumps++
     :: else ->
          /* wait_until: a post, the wake-up of stop, or the time of the pending dump */
          if
          :: atomic { semaphore > 0 -> semaphore = semaphore - 1 }
          :: pending && (clock >= due || clock == END)
          :: posters_left == 0 && semaphore == 0 && !pending && nempty(queue) && !stopping -> assert(false) /* invariant 3 */
          :: stopper_done && semaphore == 0 && !pending -> assert(false) /* invariant 3 */
          fi;
#if MUTANT != 1
          semaphore = 0
#endif
     fi
  od;
  /* what the flag was faster than is neither dumped nor suppressed */
  assert(dumps + suppressed + no_room + len(queue) + (pending -> 1 : 0) == posted) /* invariant 1 */
}

init {
  atomic {
    byte i = 0;
    do
    :: i < POSTERS -> run Poster(); i++
    :: else -> break
    od;
    run Clock();
    run Stopper();
    run Recorder()
  }
}
