// A few threads that run tasks in the order in which they came, optionally bound to chosen CPUs.
//
// Any thread may submit; a task may not wait for another one of its own pool. The destructor runs
// what was submitted, then joins. A task works in the context of the request that submitted it: what
// it records hangs under the stage that was open there.

#pragma once

#include <looptape/looptape.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace looptape::tools::demo {

// Binds the calling thread, and those it starts, to these CPUs; none given, or none usable: no change.
void bind_this_thread(const std::vector<int>& cpus);

class ThreadPool {
 public:
  // `name` is the prefix of the threads' names (at most 12 letters). Empty `cpus`: wherever the
  // scheduler puts them, as when the ones given may not be used. `waiting` is told how many tasks no
  // thread has taken yet, whenever that changes, one call at a time.
  ThreadPool(const std::string& name, std::size_t threads, const std::vector<int>& cpus = {},
             void (*waiting)(std::size_t) = nullptr);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  template <class Task>
  std::future<void> submit(Task&& task) {
    std::packaged_task<void()> packaged(std::forward<Task>(task));
    std::future<void> done = packaged.get_future();
    enqueue(std::move(packaged));
    return done;
  }

  std::size_t threads() const { return threads_.size(); }

 private:
  struct Job {
    std::packaged_task<void()> task;
    looptape::Context context;  // of the thread that submitted it
  };

  void enqueue(std::packaged_task<void()> task);
  void tell_waiting();  // with mutex_ held
  void work(const std::string& name, const std::vector<int>& cpus);

  void (*const waiting_)(std::size_t);
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;  // guarded by mutex_
  bool closing_ = false;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace looptape::tools::demo
