// Equality of rows, field by field; see recording.h.
#include <algorithm>
#include <string_view>

#include "tests/dump/tape/recording.h"

namespace looptape::dump {

// Structured bindings fail to compile when a field is added: then it must be compared here, and stored.
bool operator==(const Anchor& a, const Anchor& b) {
  const auto& [a0, a1, a2] = a;
  const auto& [b0, b1, b2] = b;
  return a0 == b0 && a1 == b1 && a2 == b2;
}

bool operator==(const Process& a, const Process& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22,
               a23] = a;
  const auto& [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17, b18, b19, b20, b21, b22,
               b23] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5 && a6 == b6 && a7 == b7 && a8 == b8 &&
         a9 == b9 && a10 == b10 && a11 == b11 && a12 == b12 && a13 == b13 && a14 == b14 && a15 == b15 && a16 == b16 &&
         a17 == b17 && a18 == b18 && a19 == b19 && a20 == b20 && a21 == b21 && a22 == b22 && a23 == b23;
}

bool operator==(const Trigger& a, const Trigger& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a6, a7] = a;
  const auto& [b0, b1, b2, b3, b4, b5, b6, b7] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5 && a6 == b6 && a7 == b7;
}

bool operator==(const Counters& a, const Counters& b) {
  const auto& [a0, a1, a2, a3, a4, a5] = a;
  const auto& [b0, b1, b2, b3, b4, b5] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5;
}

bool operator==(const Name& a, const Name& b) {
  const auto& [a0, a1, a2] = a;
  const auto& [b0, b1, b2] = b;
  return a0 == b0 && a1 == b1 && a2 == b2;
}

bool operator==(const Owner& a, const Owner& b) {
  const auto& [a0, a1, a2, a3, a4] = a;
  const auto& [b0, b1, b2, b3, b4] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4;
}

bool operator==(const Gap& a, const Gap& b) {
  const auto& [a0, a1, a2, a3] = a;
  const auto& [b0, b1, b2, b3] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3;
}

bool operator==(const Stream& a, const Stream& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11] = a;
  const auto& [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5 && a6 == b6 && a7 == b7 && a8 == b8 &&
         a9 == b9 && a10 == b10 && a11 == b11;
}

bool operator==(const StageRow& a, const StageRow& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9] = a;
  const auto& [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5 && a6 == b6 && a7 == b7 && a8 == b8 &&
         a9 == b9;
}

bool operator==(const PointRow& a, const PointRow& b) {
  const auto& [a0, a1, a2, a3, a4, a5] = a;
  const auto& [b0, b1, b2, b3, b4, b5] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5;
}

bool operator==(const OpenStage& a, const OpenStage& b) {
  const auto& [a0, a1, a2, a3, a4, a5] = a;
  const auto& [b0, b1, b2, b3, b4, b5] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5;
}

bool operator==(const OpenRequest& a, const OpenRequest& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11] = a;
  const auto& [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5 && a6 == b6 && a7 == b7 && a8 == b8 &&
         a9 == b9 && a10 == b10 && a11 == b11;
}

bool operator==(const Opening& a, const Opening& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a6] = a;  // a0, the format, is of the file that was read
  const auto& [b0, b1, b2, b3, b4, b5, b6] = b;
  return a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5 && a6 == b6;
}

bool operator==(const Closing& a, const Closing& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a6, a7] = a;
  const auto& [b0, b1, b2, b3, b4, b5, b6, b7] = b;
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a4 == b4 && a5 == b5 && a6 == b6 && a7 == b7;
}

bool operator==(const Damage& a, const Damage& b) {
  const auto& [a0, a1, a2] = a;
  const auto& [b0, b1, b2] = b;
  return a0 == b0 && a1 == b1 && a2 == b2;
}

bool operator==(const Block& a, const Block& b) {
  const auto& [a0, a1, a2, a3, a4, a5, a_text] = a;
  const auto& [b0, b1, b2, b3, b4, b5, b_text] = b;
  static_cast<void>(a_text);  // compared below, where attributes point into it
  static_cast<void>(b_text);
  const auto same = [&](const AttributeRow& x, const AttributeRow& y) {
    const auto& [x0, x1, x2, x_at, x_length, x5, x6, x7] = x;
    const auto& [y0, y1, y2, y_at, y_length, y5, y6, y7] = y;
    return x0 == y0 && x1 == y1 && x2 == y2 && x5 == y5 && x6 == y6 && x7 == y7 &&
           std::string_view(a.text).substr(x_at, x_length) == std::string_view(b.text).substr(y_at, y_length) &&
           x_length == y_length;
  };
  return a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3 && a5 == b5 &&
         std::equal(a4.begin(), a4.end(), b4.begin(), b4.end(), same);
}

}  // namespace looptape::dump
