// A thin owner for SQLite's connection and statement: opens, binds, steps, closes.
//
// A Database and its Statements belong to one thread at a time. Failures throw SqliteError, which the
// index's own functions turn into values; nothing else of the demo sees it.

#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace looptape::tools::demo {

class SqliteError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Database {
 public:
  enum class Mode { read_only, create };

  Database(const std::string& path, Mode mode);

  void execute(const std::string& sql);
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  // Parameters and columns are counted as SQLite does: parameters from 1, columns from 0. The bound
  // bytes must live until the next `reset`.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::span<const float> vector);

  bool step();  // true: there is a row
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  // valid until the next step or reset
  std::span<const float> vector(int column) const;

 private:
  void check(int code) const;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace looptape::tools::demo
