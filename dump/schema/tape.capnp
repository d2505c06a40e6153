# The tape: what a dump of a recording looks like on disk.  Its prose twin, with a worked example in
# bytes, is dump/FORMAT.md.
#
# A file is a plain sequence of standard Cap'n Proto messages, each of one segment, each at most 8 MiB,
# each with the root `Message`:
#
#     opening+  block*  opening*  closing+  index
#
# (the openings before the closing are spare copies).  `capnp decode dump/schema/tape.capnp Message <
# FILE` prints one.
#
# Versions: a newer major is refused by older readers, a newer minor is read: it adds fields at the end
# of structs or kinds of messages, and never new values of the enums inside columns.  Ordinals are
# never reused.

@0xc1e5a0f3d27b9846;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("looptape::dump::schema");

const magic :UInt64 = 0x1a0a455041544c89;  # the bytes 89 "LTAPE" 0a 1a
const major :UInt16 = 1;
const minor :UInt16 = 0;

struct Message {
  # The first six fields keep their places for ever, in every major version: 16 to 43 bytes after the
  # message's first byte.
  magic @0 :UInt64;
  tape @1 :UInt64;    # the same in all messages of a tape, different in another tape
  crc @2 :UInt32;     # CRC32C of the whole message, its 8 bytes of framing included, with these 4 zeroed
  number @3 :UInt32;  # 0, 1, 2, ... in the order of the file
  major @4 :UInt16;
  minor @5 :UInt16;

  union {
    opening @6 :Opening;
    block @7 :Block;
    closing @8 :Closing;
    index @9 :Index;
  }
}

# ---- what is known before the first block -----------------------------------------------------------

struct Opening {
  # Usually one message.  When the lists are too long for one, they go on in further parts; the other
  # fields are set in part 0.
  part @0 :UInt32;
  parts @1 :UInt32;
  spare @2 :Bool;       # a copy near the end of the file, for when the first is damaged
  nameCount @3 :UInt32; # in all parts; the same in each
  firstName @4 :UInt32; # index of the first of `names`
  process @5 :Process;
  trigger @6 :Trigger;
  counters @7 :Counters;
  names @8 :List(Name); # indexed by the site and key columns
  openStages @9 :List(OpenStage);
  openRequests @10 :List(OpenRequest);
}

struct Process {
  service @0 :Text;
  host @1 :Text;
  version @2 :Text;
  pid @3 :UInt64;
  startTime @4 :UInt64;  # field 22 of /proc/PID/stat
  uid @5 :UInt64;
  bootId @6 :Words;
  token @7 :Words;       # identity of the recording
  clock @8 :Clock;
  # Ticks everywhere in a tape are raw readings of this clock.  Nanoseconds since the first anchor are
  #   (tick - first.tick) * (last.monotonicNs - first.monotonicNs) / (last.tick - first.tick)
  # in 128-bit integers, rounded down; when clock is `monotonic`, ticks are nanoseconds already.
  first @9 :Anchor;
  last @10 :Anchor;
  windowNs @11 :UInt64;
  flags @12 :UInt64;         # 1: volatile memory, 2: smaller than asked for, 4: fewer threads or requests in
                             # flight than asked for, 8, 16, 32: service, host, version were cut, 64: locked,
                             # 128: the monotonic clock for want of an invariant counter
  regionBytes @13 :UInt64;   # the recorder's memory, by kind
  stagingBytes @14 :UInt64;
  otherBytes @15 :UInt64;
  recorderCpuNs @16 :UInt64;
  snapshotTick @17 :UInt64;  # the instant of the copy; what was copied a little later may hold later rows
  alive @18 :Bool;           # the process ran then
  cleanExit @19 :Bool;
  # Room for so many at the same time; 0: not known.
  threads @20 :UInt32;
  inFlight @21 :UInt32;
  names @22 :UInt32;
  chunks @23 :UInt32;
  chunkBytes @24 :UInt32;
  recorder @25 :Text;        # version of Looptape that recorded
  pausedAt @26 :UInt64;      # tick since when nothing was recorded; 0: it was
  resumedAt @27 :UInt64;     # tick of the last time recording went on; 0: never
}

enum Clock { unknown @0; tsc @1; monotonic @2; }

struct Words { w0 @0 :UInt64; w1 @1 :UInt64; }

struct Anchor {
  # One moment on three clocks.
  tick @0 :UInt64;
  monotonicNs @1 :UInt64;
  wallNs @2 :UInt64;  # since 1970-01-01 UTC
}

struct Trigger {
  kind @0 :TriggerKind;
  name @1 :Text;
  tick @2 :UInt64;
  request @3 :UInt64;  # 0: none
  valueNs @4 :UInt64;
  limitNs @5 :UInt64;
  delayNs @6 :UInt64;  # from tick to the snapshot, as measured
  nameCut @7 :Bool;    # it was longer
}

enum TriggerKind { none @0; signal @1; call @2; slowRequest @3; outside @4; recovered @5; }

struct Counters {
  # Process-wide, cumulative since the recorder started; what is not listed is zero.
  losses @0 :List(LossCount);
  triggers @1 :List(TriggerCount);
  dumpsWritten @2 :UInt64;
  dumpsFailed @3 :UInt64;
  dumpsRefused @4 :UInt64;
}

struct LossCount { loss @0 :Loss; count @1 :UInt64; }

struct TriggerCount { kind @0 :TriggerKind; seen @1 :UInt64; suppressed @2 :UInt64; }

enum Loss {
  overwritten @0;
  overwrittenBytes @1;
  windowShortfall @2;
  noChunk @3;
  noSlot @4;
  tooDeep @5;
  namesFull @6;
  nameCut @7;
  textCut @8;
  flightFull @9;
  stageEndedElsewhere @10;
  stageAbandoned @11;
  triggerQueueFull @12;
  brokenInvariant @13;
  tokensInvalid @14;
}

struct Name {
  text @0 :Text;
  kind @1 :StageKind;  # 0 for names that are not of stages
  flags @2 :UInt8;     # 1: was cut
}

enum StageKind {
  other @0;
  request @1;
  guardrail @2;
  contextualize @3;
  embed @4;
  retrieve @5;
  fuse @6;
  rerank @7;
  assemble @8;
  generate @9;
  evaluate @10;
  tool @11;
  cache @12;
  wait @13;
}

struct OpenStage {
  # Begun and not ended when the copy was taken.
  start @0 :UInt64;
  request @1 :UInt64;
  stream @2 :UInt16;
  site @3 :UInt16;
  depth @4 :UInt8;
  detached @5 :Bool;
}

struct OpenRequest {
  number @0 :UInt64;
  start @1 :UInt64;
  traceHigh @2 :UInt64;
  traceLow @3 :UInt64;
  parentSpan @4 :UInt64;
  userHash @5 :UInt64;
  site @6 :UInt16;
  stream @7 :UInt16;
  tenant @8 :Text;
  session @9 :Text;
  user @10 :Text;
  cut @11 :UInt8;  # 1: tenant, 2: session, 4: user was longer
}

# ---- blocks: rows of one stream, in columns ---------------------------------------------------------

struct Block {
  # A column has one element per row, or none at all when all of them are zero (or what its comment
  # says).  High columns hold the upper 32 bits.
  stream @0 :UInt16;
  sequence @1 :UInt64;    # of the chunk the rows come from
  # Running totals of the stream's earlier blocks in this tape: a difference to what was read is what is
  # missing.
  rowsBefore @2 :UInt64;
  bytesBefore @3 :UInt64; # of their messages
  lastBefore @4 :UInt64;  # greatest tick in them
  firstTick @5 :UInt64;   # range of the ends of stages and the instants of points in this block
  lastTick @6 :UInt64;
  contexts @7 :List(Context);
  stages @8 :StageColumns;
  attributes @9 :AttributeColumns;
  points @10 :PointColumns;
  text @11 :Data;         # texts of the attributes, one after the other in their order
}

struct Context {
  request @0 :UInt64;     # 0: none
  parentStart @1 :UInt64;
  parentStream @2 :UInt16;
}

enum Status { ok @0; error @1; cancelled @2; timeout @3; blocked @4; exception @5; }

struct StageColumns {
  # Finished stages; (stream, start) is a stage's identity within the process.
  count @0 :UInt32;
  base @1 :UInt64;                  # smallest start
  startLow @2 :List(UInt32);        # start - base
  startHigh @3 :List(UInt32);
  durationLow @4 :List(UInt32);     # ticks
  durationHigh @5 :List(UInt32);
  site @6 :List(UInt16);            # index of the name
  context @7 :List(UInt16);         # index into the block's contexts
  depth @8 :List(UInt8);
  attributes @9 :List(UInt8);       # how many were recorded; 63 = 63 or more
  lostAttributes @10 :List(UInt8);
  status @11 :List(Status);
  flags @12 :List(UInt8);           # 1: root of a request, 2: ended on another thread
  stream @13 :List(UInt16);         # of the begin; none: the block's stream
}

enum ValueType { signed @0; unsigned @1; float @2; bool @3; text @4; bytes @5; }

struct AttributeColumns {
  # Attributes of a stage (by stream and start) or of a request (by number).
  count @0 :UInt32;
  base @1 :UInt64;               # smallest start
  startLow @2 :List(UInt32);     # start - base + 1; 0: start is 0, as for attributes of requests
  startHigh @3 :List(UInt32);
  request @4 :List(UInt64);
  key @5 :List(UInt16);          # index of the name
  type @6 :List(ValueType);
  valueLow @7 :List(UInt32);     # bits of the number; original length of a text
  valueHigh @8 :List(UInt32);
  length @9 :List(UInt32);       # bytes of `text` this row takes
  stream @10 :List(UInt16);      # of the stage's begin; none: the block's stream
}

enum PointKind { event @0; counter @1; gauge @2; }

struct PointColumns {
  # Instants: events, steps of counters, readings of gauges.
  count @0 :UInt32;
  base @1 :UInt64;             # smallest tick
  atLow @2 :List(UInt32);      # tick - base
  atHigh @3 :List(UInt32);
  valueLow @4 :List(UInt32);
  valueHigh @5 :List(UInt32);
  site @6 :List(UInt16);
  context @7 :List(UInt16);
  kind @8 :List(PointKind);
  type @9 :List(ValueType);
}

# ---- what is known after the last block ---------------------------------------------------------------

struct Closing {
  # Usually one message; parts as in Opening.  A stream whose lists are too long goes on in an entry
  # marked `continued`.
  part @0 :UInt32;
  parts @1 :UInt32;
  completeSince @2 :UInt64;  # tick: whatever ended after it, on any stream, is there
  stages @3 :UInt64;
  attributes @4 :UInt64;
  points @5 :UInt64;
  lostAttributes @6 :UInt64;
  streams @7 :List(Stream);
  tails @8 :List(Tail);
  rebuilt @9 :Bool;          # the end of the region that this was made from was missing: nothing is known to be complete
  damages @10 :UInt64;       # places in that region that could not be read: what stood there is not counted
}

struct Stream {
  id @0 :UInt16;
  continued @1 :Bool;
  owners @2 :List(Owner);
  gaps @3 :List(Gap);
  first @4 :UInt64;  # ticks covered without a gap
  last @5 :UInt64;
  chunks @6 :UInt64;
  records @7 :UInt64;
  bytes @8 :UInt64;
  overwritten @9 :UInt64;
  shortfalls @10 :UInt64;
  dropped @11 :UInt64;
  took @12 :UInt64;
}

struct Owner {
  # A lease of the stream by a thread.
  since @0 :UInt64;
  tid @1 :UInt64;
  ordinal @2 :UInt64;
  name @3 :Text;
  nameCut @4 :Bool;  # it was longer
}

enum GapReason { overwritten @0; recycledWhileRead @1; rejected @2; damagedMessage @3; }

struct Gap {
  reason @0 :GapReason;
  records @1 :UInt64;
  bytes @2 :UInt64;
  until @3 :UInt64;  # what ended after this tick is there again
}

struct Tail {
  # Totals of all blocks of a stream in this tape; as Block's rowsBefore, bytesBefore, lastBefore.
  stream @0 :UInt16;
  rows @1 :UInt64;
  bytes @2 :UInt64;
  lastTick @3 :UInt64;
}

# ---- where everything is: a convenience; a tape without it is read all the same ------------------------

struct Index {
  complete @0 :Bool;  # false: there were more messages than entries
  entries @1 :List(Entry);
}

struct Entry {
  offset @0 :UInt64;
  bytes @1 :UInt32;
  kind @2 :MessageKind;
  stream @3 :UInt16;     # of a block
  rows @4 :UInt32;
  firstTick @5 :UInt64;
  lastTick @6 :UInt64;
}

enum MessageKind { opening @0; block @1; closing @2; index @3; }
