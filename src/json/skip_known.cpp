#include <array>

#include "json/scanner.hpp"
#include "json/shape.hpp"
#include "json/skip.hpp"

namespace sallyport::json {

using namespace skipping;

namespace {

// What is nested in what: its shape, and of an object the name that comes next if they stand in their usual order.
struct Level {
  char closing;
  const Shape* shape;
  const Shape::Member* next;
};

// A key that is looked up, with its colon.
struct Key {
  Place behind = nullptr;
  const Shape* shape = nullptr;  // of its value; null: the name is not known
};

[[gnu::noinline]] Key look_up(Place at, Place end, Level& level) {
  at = skip_blanks(at, end);
  if (at == end || *at != '"') return {};
  Plain plain;
  Place behind = skip_string(plain, at + 1, end);
  if (behind == nullptr) return {};
  Key key{.behind = nullptr, .shape = level.shape->others()};
  if (const auto* const member = level.shape->find_member({at + 1, behind - 1})) {
    key.shape = member->inner;
    level.next = level.shape->behind(member);
  }
  behind = skip_blanks(behind, end);
  if (behind != end && *behind == ':') key.behind = behind + 1;
  return key;
}

[[gnu::noinline]] Place skip_unknown(Place at, Place end, std::size_t room) {
  return skip_any(at, end, room);
}

struct Known {
  Place behind = nullptr;
  bool all = true;
};

// As skip_any, of a value of this shape: it looks at names where there is something to know.
Known skip_shaped(Place at, Place end, std::size_t room, const Shape* shape) {
  std::array<Level, Scanner::kMaxDepth> levels;
  std::size_t depth = 0;
  bool all = true;
  Plain plain;
  for (;;) {
    at = skip_blanks(at, end);
    if (at == end) return {};
    bool enters = false;
    if (*at == '"') {
      at = skip_string(plain, at + 1, end);
    } else if ((*at == '{' || *at == '[') && !shape->is_anything()) {
      if (depth == room) return {};
      const bool is_object = *at == '{';
      levels[depth++] = {is_object ? '}' : ']', shape, is_object ? shape->behind(nullptr) : nullptr};
      at = skip_blanks(at + 1, end);
      enters = at != end && *at != levels[depth - 1].closing;
    } else {
      at = skip_unknown(at, end, room - depth);
    }
    if (at == nullptr) return {};
    if (!enters) {
      for (; depth != 0; --depth) {  // out of all that ends here
        at = skip_blanks(at, end);
        if (at == end || *at != levels[depth - 1].closing) break;
        ++at;
      }
      if (depth == 0) return {at, all};
      if (at == end || *at != ',') return {};
      ++at;
    }
    auto& level = levels[depth - 1];
    if (level.closing == ']') {
      shape = level.shape;
    } else if (level.next != nullptr && level.next->begins({at, end})) {
      at += level.next->quoted.size();
      shape = level.next->inner;
      level.next = level.shape->behind(level.next);
    } else {
      const auto key = look_up(at, end, level);
      if (key.behind == nullptr) return {};
      all = all && key.shape != nullptr;
      shape = key.shape != nullptr ? key.shape : &Shape::anything();
      at = key.behind;
    }
  }
}

}  // namespace

bool Scanner::skip_known(const Shape& shape) {
  if (shape.is_anything()) {
    skip_value();
    return !failed();
  }
  if (failed()) return false;
  const auto known = skip_shaped(at_, end_, max_depth_ - depth_, &shape);
  if (known.behind == nullptr) {
    fail("malformed in the value");
    return false;
  }
  at_ = known.behind;
  return known.all;
}

}  // namespace sallyport::json
