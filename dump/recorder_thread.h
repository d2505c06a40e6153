// The recorder's own thread: hears triggers, takes snapshots, writes dumps, keeps the clocks' anchors fresh.
//
// It does one thing at a time: a trigger that comes while a dump is written, or old regions are looked after, is heard
// afterwards.  Its delay counts from when it fired all the same, and its dump tells how much later it was taken.
//
// start/stop/dump_and_wait: ordinary threads.  The thread has all signals blocked and never makes the request path
// wait; a dump that fails is counted and said, and the host goes on.
//
// Pairing table
//   P22 stop() → loop()   who sees that it shall stop sees all that was done before
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/engine.h"
#include "dump/dump_outcome.h"
#include "dump/region_copy.h"
#include "dump/rows.h"
#include "dump/trigger_policy.h"

namespace looptape::dump {

class Snapshot;

class RecorderThread {
 public:
  struct Settings {
    TriggerPolicy::Settings policy;
    DumpFunction write;              // makes a copy durable
    std::function<void()> at_start;  // runs once on the thread, not before a dump that a trigger has made due
    std::function<void(const std::string&)> say;  // told of failures, on this thread; may throw
  };

  RecorderThread(core::Engine& engine, Settings settings);
  // As stop().
  ~RecorderThread();
  RecorderThread(const RecorderThread&) = delete;
  RecorderThread& operator=(const RecorderThread&) = delete;

  // False: the system refused a thread.
  bool start();
  // A dump that was asked for, or is due after a delay, is written now, with what there is.
  void stop();
  // In a forked child: the thread does not exist there; forgets it.
  void abandon() noexcept { started_ = false; }
  // Snapshot and file now, without delay or cooldown; waits for the outcome.
  DumpOutcome dump_and_wait(const core::TriggerPost& trigger);

 private:
  static void* run(void* self);
  void loop();
  template <class Work>
  void guarded(const char* what, const Work& work);
  void say(const std::string& text);
  void hear(std::uint64_t now_ns);
  void copy_early(std::uint64_t left_ns);
  bool grow();
  void housekeeping();
  void look_after_old_regions();
  std::uint64_t fired_ns(const core::TriggerPost& post, std::uint64_t now_ns) const;
  // `begun`: a snapshot of which a part has been copied, or null.
  DumpOutcome dump(const core::TriggerPost& post, std::unique_ptr<Snapshot> begun);
  Trigger describe(const core::TriggerPost& post, std::uint64_t snapshot_tick) const;
  void publish_counts();
  void serve_waiting();
  void keep(Staging staging);
  std::size_t staging_bytes() const;
  void publish_staging();
  DumpOutcome snapshot_and_write(const core::TriggerPost& post, std::unique_ptr<Snapshot> snapshot);

  core::Engine& engine_;
  Settings settings_;
  TriggerPolicy policy_;
  pthread_t thread_{};
  bool started_ = false;
  bool said_broken_ = false;
  bool looked_after_old_regions_ = false;
  std::atomic<bool> stopping_{false};
  // A part of the look-back saved before the delay of the pending dump.
  std::unique_ptr<Snapshot> early_;
  // Memory for the next snapshot, ahead of it; empty while early_ has it.  What a delay took beside is given back when
  // no dump has come for a while.
  Staging staging_;
  std::uint64_t surplus_until_ns_ = 0;
  // dump_and_wait hands its request over here.
  std::mutex mutex_;
  std::condition_variable answered_;
  const core::TriggerPost* asked_ = nullptr;
  bool answered_ready_ = false, ended_ = false;
  DumpOutcome answer_;
};

}  // namespace looptape::dump
