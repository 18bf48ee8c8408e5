#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::json {

// A place in a value: keys and list indices. Written "spec.template.spec.containers[0].image"; a key that holds other
// characters than letters, digits, "-" and "_" stands in ['...'] with \' and \\ escaped.
class Path {
 public:
  using Step = std::variant<std::string, std::size_t>;

  Path() = default;
  explicit Path(std::vector<Step> steps) : steps_(std::move(steps)) {}

  [[nodiscard]] Path operator/(std::string_view key) const;
  [[nodiscard]] Path operator/(std::size_t index) const;
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  [[nodiscard]] bool empty() const { return steps_.empty(); }
  [[nodiscard]] const Value* find_in(const Value& root) const;

  friend bool operator==(const Path&, const Path&) = default;

 private:
  std::vector<Step> steps_;
};

[[nodiscard]] std::string to_string(const Path& path);

// What a policy writes: a Path whose indices may be [*], e.g. "spec.template.spec.containers[*].image".
class PathPattern {
 public:
  // The error says what is wrong at which character. At most 512 characters and 32 steps.
  [[nodiscard]] static Result<PathPattern> parse(std::string_view text);

  // Does `path` stand at, or below, or above (so that it holds) a place that the pattern names?
  [[nodiscard]] bool touches(const Path& path) const;
  // Is `path` a member of a list's element that the pattern goes into (containers[0].name for containers[*].image)?
  [[nodiscard]] bool passes_beside(const Path& path) const;
  // Does `path` stand at or below such a place?
  [[nodiscard]] bool covers(const Path& path) const;
  // The places of `root` that the pattern names, in order.
  [[nodiscard]] std::vector<Path> find_in(const Value& root) const;
  // The one place that it names; nothing if it has a [*].
  [[nodiscard]] std::optional<Path> as_path() const;
  [[nodiscard]] const std::string& text() const { return text_; }

  friend bool operator==(const PathPattern& a, const PathPattern& b) { return a.steps_ == b.steps_; }

 private:
  struct Any {
    friend bool operator==(const Any&, const Any&) = default;
  };
  using Step = std::variant<std::string, std::size_t, Any>;
  class Reader;

  [[nodiscard]] static bool names(const Step& step, const Path::Step& place);
  // Does the pattern name the first `count` steps, which both have?
  [[nodiscard]] bool agrees(const Path& path, std::size_t count) const;

  std::string text_;
  std::vector<Step> steps_;
};

// One difference: a member or list element that is there before, after, or both with other values.
struct Change {
  Path path;
  const Value* from = nullptr;  // null: was not there. Both point into the values that were compared.
  const Value* to = nullptr;    // null: is not there any more
};

// The differences, in the order of the new value's members, removed members last. Objects are compared by key, lists by
// index; it goes down as far as both sides are of one kind. If all their paths would take over 32 MiB, the answer is
// one change of the whole.
[[nodiscard]] std::vector<Change> diff(const Value& before, const Value& after);

}  // namespace sallyport::json
