#include "json/scanner.hpp"

#include "json/skip.hpp"
#include "json/text.hpp"

namespace sallyport::json {

using namespace skipping;

void Scanner::fail(std::string_view what) {
  if (failed()) return;
  failure_ = what;
  failed_at_ = static_cast<std::size_t>(at_ - begin_);
  at_ = end_;
}

std::string Scanner::error() const {
  return failure_ + " at byte " + std::to_string(failed_at_);
}

void Scanner::enter(char bracket) {
  at_ = skip_blanks(at_, end_);
  if (at_ == end_ || *at_ != bracket) return fail(bracket == '{' ? "no object" : "no array");
  if (depth_ == max_depth_) return fail("nested too deeply");
  ++at_;
  ++depth_;
  fresh_ = true;
}

bool Scanner::next_in(char closing) {
  if (failed()) return false;
  at_ = skip_blanks(at_, end_);
  if (at_ != end_ && *at_ == closing) {
    ++at_;
    --depth_;
    fresh_ = false;
    return false;
  }
  if (!fresh_) {
    if (at_ == end_ || *at_ != ',') {
      fail("neither comma nor end");
      return false;
    }
    ++at_;
  }
  fresh_ = false;
  return true;
}

std::optional<std::string_view> Scanner::next_key() {
  if (!next_in('}')) return std::nullopt;
  at_ = skip_blanks(at_, end_);
  const std::string_view key = read_text();
  at_ = skip_blanks(at_, end_);
  if (at_ == end_ || *at_ != ':') fail("no key and colon");
  if (failed()) return std::nullopt;
  ++at_;
  return key;
}

bool Scanner::next_item() {
  return next_in(']');
}

std::string_view Scanner::read_text() {
  const Place first = at_text() ? at_ + 1 : end_;
  Plain plain;
  const Place plain_up_to = plain.skip(first, end_);
  // Most texts are plain as a whole.
  if (plain_up_to != end_ && *plain_up_to == '"') {
    at_ = plain_up_to + 1;
    return {first, plain_up_to};
  }
  const Place behind = first == end_ ? nullptr : skip_string(plain, plain_up_to, end_);
  if (behind == nullptr) {
    fail("no well-formed text");
    return {};
  }
  const std::string_view raw(first, behind - 1);
  at_ = behind;
  if (raw.find('\\') == std::string_view::npos) return raw;
  decoded_ = decode_escapes(raw);
  return decoded_;
}

bool Scanner::at(char first) {
  at_ = skip_blanks(at_, end_);
  return at_ != end_ && *at_ == first;
}

bool Scanner::take(std::string_view word) {
  at_ = skip_blanks(at_, end_);
  const Place behind = skip_word(at_, end_, word);
  if (behind != nullptr) at_ = behind;
  return behind != nullptr;
}

void Scanner::skip_value() {
  if (failed()) return;
  const Place behind = skip_any(at_, end_, max_depth_ - depth_);
  if (behind == nullptr) return fail("malformed in the value");
  at_ = behind;
}

void Scanner::finish() {
  if (skip_blanks(at_, end_) != end_) fail("more follows");
}

}  // namespace sallyport::json
