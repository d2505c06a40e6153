// The text format of `capnp decode`; see the header.
#include "tests/dump/tape/capnp_text.h"

#include <cctype>
#include <cstdio>
#include <stdexcept>

namespace looptape::dump::test {
namespace {

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  std::vector<TextValue> messages() {
    std::vector<TextValue> result;
    for (space(); at_ < text_.size(); space()) result.push_back(value());
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("capnp text, byte " + std::to_string(at_) + ": " + what);
  }
  void space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  char look() {
    space();
    if (at_ >= text_.size()) fail("ends too early");
    return text_[at_];
  }
  void expect(char c) {
    if (look() != c) fail(std::string("no '") + c + "'");
    ++at_;
  }
  std::string word() {
    space();
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-' ||
                                  text_[at_] == '.' || text_[at_] == '_'))
      ++at_;
    if (at_ == begin) fail("no word");
    return text_.substr(begin, at_ - begin);
  }

  TextValue value() {
    TextValue result;
    switch (look()) {
      case '(':
        structure(result);
        break;
      case '[':
        ++at_;
        while (look() != ']') {
          result.items.push_back(value());
          if (look() == ',') ++at_;
        }
        ++at_;
        break;
      case '"':
        result.text = quoted();
        break;
      default:
        result.text = word();
        if (result.text == "0x" && at_ < text_.size() && text_[at_] == '"') result.text = hex();
    }
    return result;
  }

  // "( a = 1, b = 2 )", or "(9)": an enumerant without a name.
  void structure(TextValue& result) {
    expect('(');
    while (look() != ')') {
      const std::string name = word();
      if (look() == ')') {
        result.text = name;
        break;
      }
      expect('=');
      result.fields[name] = value();
      if (look() == ',') ++at_;
    }
    expect(')');
  }

  std::string quoted() {
    std::string result;
    expect('"');
    while (text_.at(at_) != '"') {
      if (text_[at_] != '\\') {
        result += text_[at_++];
        continue;
      }
      ++at_;
      const char c = text_.at(at_++);
      const std::string from = "abfnrtv\\\"'", to = "\a\b\f\n\r\t\v\\\"'";
      if (c >= '0' && c <= '7') {
        result += static_cast<char>(std::stoi(text_.substr(at_ - 1, 3), nullptr, 8));
        at_ += 2;
      } else if (c == 'x') {
        result += static_cast<char>(std::stoi(text_.substr(at_, 2), nullptr, 16));
        at_ += 2;
      } else if (from.find(c) != std::string::npos) {
        result += to[from.find(c)];
      } else {
        fail("unknown escape");
      }
    }
    ++at_;
    return result;
  }

  std::string hex() {
    std::string result;
    expect('"');
    while (look() != '"') result += static_cast<char>(std::stoi(word(), nullptr, 16));
    ++at_;
    return result;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

const TextValue& TextValue::operator[](const std::string& name) const {
  static const TextValue nothing;
  const auto found = fields.find(name);
  return found == fields.end() ? nothing : found->second;
}

std::uint64_t TextValue::number() const { return text.empty() ? 0 : std::stoull(text); }

std::uint64_t TextValue::at(const std::string& column, std::size_t row, std::uint64_t otherwise) const {
  const TextValue& list = (*this)[column];
  return list.items.empty() ? otherwise : list.items.at(row).number();
}

std::vector<TextValue> stock_decode(const std::string& schema, const std::string& file) {
  const std::string command = "capnp decode '" + schema + "' Message < '" + file + "'";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string text;
  char buffer[65536];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) != 0;) text.append(buffer, n);
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return Parser(text).messages();
}

}  // namespace looptape::dump::test
