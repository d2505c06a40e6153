// See thread_pool.h.

#include "tools/demo/pipeline/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <utility>

namespace looptape::tools::demo {
void bind_this_thread(const std::vector<int>& cpus) {
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (const int cpu : cpus) {
    if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(cpu, &wanted);
  }
  if (CPU_COUNT(&wanted) > 0) sched_setaffinity(0, sizeof wanted, &wanted);
}

ThreadPool::ThreadPool(const std::string& name, std::size_t threads, const std::vector<int>& cpus,
                       void (*waiting)(std::size_t))
    : waiting_(waiting) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, label = name + "-" + std::to_string(i), cpus] { work(label, cpus); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::enqueue(std::packaged_task<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(task), looptape::Context::current()});
    tell_waiting();
  }
  wake_.notify_one();
}

void ThreadPool::tell_waiting() {
  if (waiting_ != nullptr) waiting_(jobs_.size());
}

void ThreadPool::work(const std::string& name, const std::vector<int>& cpus) {
  pthread_setname_np(pthread_self(), name.c_str());
  looptape::name_thread(name);
  bind_this_thread(cpus);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    tell_waiting();
    lock.unlock();
    {
      const looptape::Adopt adopted(job.context);
      job.task();
    }
    lock.lock();
  }
}

}  // namespace looptape::tools::demo
