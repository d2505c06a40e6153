/* Leases of thread slots (core/slots.*): lease, park at a thread's exit, reclaim by the recorder's thread of what a
 * vanished thread left.  The stack's push and pop are one step each (Boost.Lockfree); every access to a shared word
 * is one.
 *
 * Bounds: SLOTS slots, THREADS threads of which each leases once and then parks or vanishes, ROUNDS looks of the
 * recorder's thread at every slot.  The last thread gets the id of the first, once that one is gone.
 *
 * Invariants
 *   1. A slot never has two tenants.
 *   2. No slot is lost: when all threads are gone and the recorder's thread has looked once more, all are parked.
 *   3. No slot is parked twice.
 *
 * -DMUTANT=n seeds one bug; tests/model/run_spin knows which assertion finds it.
 *   1 a lease is ended by exchanging the slot's state, which the next tenant's has as well   1
 *   2 reclaim does not ask whether the thread is gone                                        1
 *   3 reclaim gives up a slot that it could have had                                         2
 *   4 the lease is announced before its thread id                                            1
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define SLOTS 1
#define THREADS 3
#define ROUNDS 2

chan parked = [SLOTS + 1] of { byte };
byte lease_word[SLOTS]; /* ordinal of the last lease * 2, + 1 while it lasts */
byte ordinal[SLOTS];
byte tid[SLOTS];
bool gone[THREADS + 1] = true; /* by thread id; ids are 1 .. */
byte tenants[SLOTS];           /* ghost */
bool is_parked[SLOTS];         /* ghost */
byte threads_left = THREADS;

inline push_parked(s) {
  atomic {
    assert(!is_parked[s]); /* invariant 3 */
    is_parked[s] = true;
    parked ! s
  }
}

/* `ok` becomes whether this lease was ended here. */
inline end_lease(s, expected) {
  atomic {
#if MUTANT == 1
    ok = (lease_word[s] & 1) == 1;
#else
    ok = lease_word[s] == expected;
#endif
    if
    :: ok -> lease_word[s] = lease_word[s] - 1
    :: else
    fi
  }
}

proctype Thread(byte id) {
  byte s, mine;
  bool ok, leased = false;
  atomic { gone[id] -> gone[id] = false };
  atomic {
    if
    :: nempty(parked) -> parked ? s; is_parked[s] = false; leased = true
    :: empty(parked)
    fi
  };
  if
  :: leased ->
       mine = ordinal[s] + 1;
#if MUTANT == 4
       lease_word[s] = mine * 2 + 1;
#endif
       tid[s] = id;
       ordinal[s] = mine;
#if MUTANT != 4
       lease_word[s] = mine * 2 + 1;
#endif
       atomic { tenants[s]++; assert(tenants[s] == 1) }; /* invariant 1 */
       if
       :: atomic { true -> tenants[s]--; gone[id] = true } /* vanishes */
       :: tenants[s]--; /* parks */
          end_lease(s, mine * 2 + 1);
          if
          :: ok -> push_parked(s)
          :: else
          fi;
          gone[id] = true
       fi
  :: else -> gone[id] = true
  fi;
  threads_left--
}

inline reclaim() {
  s = 0;
  do
  :: s < SLOTS ->
       seen = lease_word[s];
       if
       :: (seen & 1) == 1 ->
            who = tid[s];
#if MUTANT == 2
            dead = who != 0;
#else
            dead = who != 0 && gone[who];
#endif
            if
#if MUTANT == 3
            :: dead && (seen >> 1) % 2 == 0 ->
#else
            :: dead ->
#endif
                 end_lease(s, seen);
                 if
                 :: ok -> push_parked(s)
                 :: else
                 fi
            :: else
            fi
       :: else
       fi;
       s++
  :: else -> break
  od
}

proctype Recorder() {
  byte s, seen, who, round = 0;
  bool dead, ok;
  do
  :: round < ROUNDS -> reclaim(); round++
  :: else -> break
  od;
  threads_left == 0;
  reclaim();
  assert(len(parked) == SLOTS) /* invariant 2 */
}

init {
  atomic {
    byte i = 0;
    do
    :: i < SLOTS -> parked ! i; is_parked[i] = true; i++
    :: else -> break
    od;
    i = 1;
    do
    :: i < THREADS -> run Thread(i); i++
    :: else -> break
    od;
    run Thread(1);
    run Recorder()
  }
}
