// A process that records requests of many shapes, dumps them itself and prints the tape's path.
//
//     tools.busy_server DIRECTORY
//
// Stages nest, fail, share boundaries, hop threads, end on other threads and outlive what they began in; some belong to
// no request.  By the monotonic clock, so that ticks are nanoseconds to whoever recomputes them.
#include <looptape/looptape.h>

#include <cstdio>
#include <thread>
#include <vector>

namespace lt = looptape;

namespace {

constexpr unsigned kThreads = 3, kRequests = 60;  // each

// Work of a length that differs from call to call.
void work(unsigned amount) {
  std::vector<unsigned> numbers(64 + amount % 512);
  for (unsigned i = 0; i < numbers.size(); ++i) numbers[i] = i * amount;
  volatile unsigned kept = numbers.back();
  static_cast<void>(kept);
}

void score(lt::Context context, unsigned i) {
  const lt::Adopt adopted{context};
  lt::Stage<"score", lt::Kind::rerank> stage;
  {
    lt::Stage<"score.inner"> inner;
    work(i * 7);
  }
  work(i);
}

void answer(unsigned i) {
  lt::Request request{{.kind = i % 7 == 0 ? "batch" : "ask", .tenant = i % 2 == 0 ? "acme" : "globex"}};
  {
    lt::Stage<"contextualize", lt::Kind::contextualize> stage;
    work(i * 3);
  }
  {
    lt::Sequence steps;
    steps.next<"retrieve", lt::Kind::retrieve>();
    std::thread leg(score, lt::Context::current(), i);
    work(i * 5);
    if (i % 3 == 0) leg.join();
    steps.next<"rerank", lt::Kind::rerank>();
    if (i % 11 == 0) steps.fail(lt::Status::timeout);
    work(i * 2);
    if (leg.joinable()) leg.join();
  }
  lt::Detached<"stream", lt::Kind::generate> stream;
  stream.set<"pieces">(i);
  std::thread([&stream, i] {
    work(i * 13);
    stream.end();
  }).join();
  lt::NamedStage named(lt::intern(i % 2 == 0 ? "evaluate.even" : "evaluate.odd", lt::Kind::evaluate));
  if (i % 13 == 0) named.fail();
  if (i % 17 == 0) lt::event<"retried">(i);
  work(i);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  lt::Settings settings;
  settings.service = "busy";
  settings.directory = argv[1];
  settings.clock = lt::ClockSource::monotonic;
  settings.budget_bytes = 16 << 20;
  lt::Recorder recorder(settings);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (unsigned i = 0; i < kRequests; ++i) {
        answer(t * kRequests + i);
        lt::Stage<"housekeeping"> outside_of_any_request;
        work(i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string error;
  const std::string path = recorder.dump_and_wait("busy", &error);
  if (!error.empty()) std::fprintf(stderr, "%s\n", error.c_str());
  std::fputs(path.c_str(), stdout);
  return path.empty() ? 1 : 0;
}
