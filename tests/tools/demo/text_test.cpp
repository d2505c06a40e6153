// Words, sentences, tokens, passages, mark-up and the choice of files.

#include <zlib.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/tools/demo/temporary_directory.h"
#include "tools/demo/corpus/chunker.h"
#include "tools/demo/corpus/file_text.h"
#include "tools/demo/corpus/source_files.h"
#include "tools/demo/provider/extract.h"
#include "tools/demo/text/ngram_vector.h"
#include "tools/demo/text/words.h"

namespace looptape::tools::demo {

TEST_CASE("two spellings of a question have one normalised form") {
  CHECK(normalised("What is  zlib?") == "what is zlib");
  CHECK(normalised(" what\tis ZLIB ") == "what is zlib");
  CHECK(normalised("") == "");
}

TEST_CASE("a prefix of tokens never costs more than it may") {
  const std::string text = "alpha, beta (gamma) extraordinarily long_identifier_here --- end";
  for (std::size_t budget = 0; budget <= count_tokens(text) + 1; ++budget) {
    const auto prefix = prefix_of_tokens(text, budget);
    CHECK(count_tokens(prefix) <= budget);
    CHECK(text.starts_with(prefix));
  }
  CHECK(prefix_of_tokens(text, count_tokens(text)) == text);
}

TEST_CASE("what is not UTF-8 or not printable becomes a blank") {
  CHECK(printable_utf8("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(printable_utf8("a\xFFz") == "a z");
  CHECK(printable_utf8("a\x1B[31mz") == "a [31mz");
  CHECK(printable_utf8("a\xC3") == "a ");
  CHECK(printable_utf8("\xED\xA0\x80") == "   ");  // a surrogate
  CHECK(printable_utf8("\xC2\x9B") == "  ");       // a control of the second kind
}

TEST_CASE("near words have near vectors and equal texts the same") {
  const auto near = dot(text_vector("deflate a buffer"), text_vector("deflating of buffers"));
  const auto far = dot(text_vector("deflate a buffer"), text_vector("signal handlers"));
  CHECK(near > far + 0.2F);
  CHECK(dot(text_vector("a mutex"), text_vector("a mutex")) == Approx(1.0F));
  CHECK(dot(text_vector(""), text_vector("mutex")) == 0.0F);
}

TEST_CASE("passages cover the text in order, within their size, without its licence") {
  std::string text = "/* Copyright of somebody, WITHOUT ANY WARRANTY */\n\n";
  for (int i = 0; i < 50; ++i) {
    text += "Paragraph number " + std::to_string(i) +
            " says something of its own, in more than a dozen words, and then it ends here.\n\n";
  }
  const auto list = passages(text, 300, 100);
  REQUIRE(list.size() > 5);
  std::size_t last = 0;
  for (const Passage& passage : list) {
    CHECK(passage.text.size() <= 450);
    CHECK(passage.text.find("Copyright") == std::string::npos);
    CHECK(passage.offset >= last);
    CHECK(text.compare(passage.offset, passage.text.size(), passage.text) == 0);
    last = passage.offset;
  }
  CHECK(list.back().text.find("number 49") != std::string::npos);
  CHECK(passages(text, 300, 3).size() == 3);
}

TEST_CASE("a text without any blank is cut all the same and never inside a character") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\xC3\xA9";
  for (const Passage& passage : passages(text + " one two three four five six seven eight nine ten "
                                                "eleven twelve thirteen",
                                         101, 100)) {
    CHECK(printable_utf8(passage.text) == passage.text);
  }
}

TEST_CASE("mark-up is removed and entities are resolved") {
  CHECK(without_markup("<html><head><title>x</title></head><p>a &lt; b</p>") == "   a < b ");
  CHECK(without_markup("<script>if (a<b) {}</script>text <unclosed") == " text  ");
}

TEST_CASE("a compressed document reads like a plain one and what is not text reads as nothing") {
  const TemporaryDirectory directory;
  directory.write("plain.txt", "the same text");
  const auto packed = directory.path() / "packed.txt.gz";
  const gzFile file = gzopen(packed.c_str(), "wb");
  gzputs(file, "the same text");
  gzclose(file);
  directory.write("binary.txt", std::string("a\0b", 3));
  CHECK(file_text(directory.path() / "plain.txt") == "the same text");
  CHECK(file_text(packed) == "the same text");
  CHECK(file_text(directory.path() / "binary.txt").empty());
  CHECK(file_text(directory.path() / "missing.txt").empty());
}

TEST_CASE("files are taken from each group in turn, without copyright notices") {
  const TemporaryDirectory directory;
  for (const std::string name :
       {"one/README", "one/b.txt", "one/copyright", "two/c.h", "two/d.png", "top.h", "one/changelog.gz"}) {
    directory.write(name, "text");
  }
  std::vector<std::string> names;
  for (const auto& path : source_files({directory.path()})) {
    names.push_back(path.lexically_relative(directory.path()).string());
  }
  CHECK(names == std::vector<std::string>{"one/README", "top.h", "two/c.h", "one/b.txt"});
}

TEST_CASE("the extractive model answers with the sentences that fit, and their numbers") {
  const std::string prompt =
      "Passages:\n\n[1] /doc/a@0\nElephants are grey animals. They eat a lot of leaves every day.\n"
      "[2] /doc/b@0\nThe function unlock releases a mutex. [7] is not a passage here.\n"
      "\nEarlier in this conversation:\nQ: releases mutex unlock\n\nQuestion: what releases a mutex?";
  const PromptParts parts = prompt_parts(prompt);
  REQUIRE(parts.passages.size() == 2);
  CHECK(parts.question == " what releases a mutex?");
  CHECK(extract_answer(prompt, 100) == "The function unlock releases a mutex. [2]");
  CHECK(count_tokens(extract_answer(prompt, 5)) <= 5);
}

TEST_CASE("the extractive model says so when nothing fits") {
  CHECK(extract_answer("Passages:\n\nQuestion: why?", 100) == "The passages do not hold the answer.");
  CHECK_FALSE(extract_answer("", 100).empty());
}

}  // namespace looptape::tools::demo
