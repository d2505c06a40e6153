// Words, sentences and token counts: the few text operations every stage of the demo shares.
//
// Pure functions without state: any thread may call them. They never fail: bytes that are not UTF-8
// are treated as separators. The token count is an estimate (about four letters a token, one for
// every mark), used by both the server and the bundled provider, so that their budgets agree.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools::demo {

// Runs of letters, digits and '_' in lower case, in text order. Bytes above 127 count as letters.
std::vector<std::string> words(std::string_view text);

// As `words`, without the words that carry no subject ("what", "the", "does").
std::vector<std::string> content_words(std::string_view text);

bool is_stop_word(std::string_view word);

// The question as a cache key: lower case, single blanks, no punctuation at its end.
std::string normalised(std::string_view text);

// Sentences as slices of `text`: ended by . ! ? before a blank, by a blank line, or by a line that
// ends in ';' or '{' (headers have no full stops). Comment marks and blanks around them are trimmed.
std::vector<std::string_view> sentences(std::string_view text);

std::size_t count_tokens(std::string_view text);

// The longest prefix of `text` that costs at most `tokens`, cut between words.
std::string_view prefix_of_tokens(std::string_view text, std::size_t tokens);

// `text` with every byte that is not part of valid UTF-8, and every control byte but '\n' and '\t',
// replaced by a blank: what may go into JSON and onto a terminal.
std::string printable_utf8(std::string_view text);

}  // namespace looptape::tools::demo
