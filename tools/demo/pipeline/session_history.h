// The last turns of every session, bounded in sessions and in turns.
//
// Any thread may call it. Sessions of different tenants never see each other's turns.

#pragma once

#include <string>
#include <vector>

#include "tools/demo/pipeline/contextualize.h"
#include "tools/demo/pipeline/lru_cache.h"

namespace looptape::tools::demo {

class SessionHistory {
 public:
  explicit SessionHistory(std::size_t sessions = 10'000, std::size_t turns = 4) : turns_(turns), sessions_(sessions) {}

  // Oldest first; empty for an unknown or unnamed session.
  std::vector<Turn> turns(const std::string& tenant, const std::string& session) {
    if (session.empty()) return {};
    return sessions_.get(key(tenant, session)).value_or(std::vector<Turn>{});
  }

  void add(const std::string& tenant, const std::string& session, Turn turn) {
    if (session.empty()) return;
    // Two answers of one session at the same moment: the later one wins, as in any chat.
    std::vector<Turn> history = turns(tenant, session);
    history.push_back(std::move(turn));
    if (history.size() > turns_) history.erase(history.begin());
    sessions_.put(key(tenant, session), std::move(history));
  }

 private:
  // A length in front, so that ("a", "bc") and ("ab", "c") differ.
  static std::string key(const std::string& tenant, const std::string& session) {
    return std::to_string(tenant.size()) + ":" + tenant + session;
  }

  const std::size_t turns_;
  LruCache<std::string, std::vector<Turn>> sessions_;
};

}  // namespace looptape::tools::demo
