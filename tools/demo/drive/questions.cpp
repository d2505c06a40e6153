// See questions.h.

#include "tools/demo/drive/questions.h"

#include <array>
#include <string_view>

namespace looptape::tools::demo {
namespace {

struct Conversation {
  std::string_view question;
  std::string_view follow_up;  // may be empty
};

constexpr std::array<Conversation, 24> kConversations = {{
    {"How do I compress a buffer in memory with zlib?", "And how is it uncompressed again?"},
    {"What does deflateInit2 take as window bits?", "What about its memory level?"},
    {"How do I open a SQLite database for reading only?", "And how is it closed?"},
    {"What happens when sqlite3_step returns SQLITE_BUSY?", ""},
    {"How do I bind a text to a parameter of a prepared statement?", "How long must it stay valid?"},
    {"Which attribute makes a pthread mutex recursive?", ""},
    {"What does pthread_cond_timedwait return when the time is over?", ""},
    {"How is a thread's processor affinity set?", "And how is it read back?"},
    {"How do I wait for several file descriptors with epoll?", "What about edge triggered events?"},
    {"Which flags does the futex system call understand?", ""},
    {"How is a message read from a Cap'n Proto stream?", "And how is it written?"},
    {"What limits protect a Cap'n Proto reader against malicious messages?", ""},
    {"How many elements can a lock free queue of Boost hold?", "Is it safe for many producers?"},
    {"What does the header of a gzip file contain?", ""},
    {"How are options with several values declared in CLI11?", "And how is a default captured?"},
    {"How does nlohmann json parse text without exceptions?", ""},
    {"How is a chunked response sent with cpp-httplib?", "What about its timeout?"},
    {"Which error codes can a socket connection fail with?", ""},
    {"How does OpenSSL verify the certificate of a peer?", "And what does it do on failure?"},
    {"What is the difference between memcpy and memmove?", ""},
    {"How do I install a signal handler with its own stack?", "How large must it be?"},
    {"How does an atomic variable wait for a change?", ""},
    {"What does a condition variable's predicate protect against?", ""},
    {"How are brotli streams decompressed piece by piece?", "And what does it return at the end?"},
}};

constexpr std::array<std::string_view, 4> kTenants = {"acme", "globex", "initech", "umbrella"};

constexpr std::array<std::string_view, 32> kFunctions = {
    "sqlite3_prepare_v2",
    "sqlite3_column_blob",
    "sqlite3_busy_timeout",
    "sqlite3_backup_init",
    "sqlite3_exec",
    "sqlite3_bind_blob",
    "sqlite3_create_module",
    "sqlite3_wal_checkpoint",
    "deflateBound",
    "deflateReset",
    "inflateSync",
    "inflateBack",
    "gzopen",
    "gzbuffer",
    "crc32_combine",
    "compressBound",
    "pthread_create",
    "pthread_join",
    "pthread_key_create",
    "pthread_barrier_wait",
    "pthread_rwlock_wrlock",
    "sem_timedwait",
    "epoll_ctl",
    "timerfd_settime",
    "signalfd",
    "sched_setaffinity",
    "posix_fallocate",
    "mremap",
    "SSL_CTX_new",
    "EVP_DigestUpdate",
    "BrotliEncoderCompress",
    "getaddrinfo",
};

constexpr std::array<std::string_view, 10> kAspects = {
    "What does FUNCTION return when it fails?",
    "Which arguments of FUNCTION may be null?",
    "Is FUNCTION safe to call from several threads at once?",
    "Who frees the memory that FUNCTION allocates?",
    "In which header is FUNCTION declared, and beside what?",
    "What must be initialised before FUNCTION is called?",
    "How large a buffer does FUNCTION need?",
    "Which flags change what FUNCTION does?",
    "What is deprecated in favour of FUNCTION?",
    "When does FUNCTION block the thread that calls it?",
};

}  // namespace

std::vector<Ask> everyday_asks(std::size_t client, std::size_t count) {
  std::vector<Ask> asks;
  // Clients start at different places and take strides that reach every conversation.
  for (std::size_t i = 0; asks.size() < count; ++i) {
    const Conversation& conversation = kConversations[(client * 7 + i * 5) % kConversations.size()];
    const std::string tenant(kTenants[(client + i) % kTenants.size()]);
    const std::string session = "client-" + std::to_string(client) + "-" + std::to_string(i);
    asks.push_back({std::string(conversation.question), tenant, session});
    if (!conversation.follow_up.empty() && asks.size() < count) {
      asks.push_back({std::string(conversation.follow_up), tenant, session});
    }
  }
  return asks;
}

std::vector<Ask> distinct_asks(std::size_t first, std::size_t count) {
  std::vector<Ask> asks;
  for (std::size_t i = first; i < first + count; ++i) {
    std::string question(kAspects[i / kFunctions.size() % kAspects.size()]);
    question.replace(question.find("FUNCTION"), 8, kFunctions[i % kFunctions.size()]);
    asks.push_back({std::move(question), std::string(kTenants[i % kTenants.size()]), {}});
  }
  return asks;
}

}  // namespace looptape::tools::demo
