#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "json/path.hpp"
#include "json/plain_key.hpp"

namespace sallyport::json {
namespace {

constexpr std::size_t kMaxLength = 512;
constexpr std::size_t kMaxSteps = 32;
constexpr std::size_t kMaxIndexDigits = 9;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::unexpected<Error> bad_path(std::string_view text, std::string_view why) {
  return fail(ErrorCode::bad_input, fmt::format("the path \"{}\" {}", text, why));
}

}  // namespace

// Reads one step after the other off the text, and remembers what was wrong with it.
class PathPattern::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

  std::optional<Step> step() {
    if (take('[')) return bracket();
    if (at_ > 0 && !take('.')) return wrong("expected '.' or '['");
    return plain_key();
  }

 private:
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }

  bool take(char wanted) {
    if (at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  std::optional<Step> wrong(std::string problem) {
    problem_ = std::move(problem);
    return std::nullopt;
  }

  std::string_view take_while(bool (*holds)(char)) {
    const auto start = at_;
    while (!at_end() && holds(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::optional<Step> plain_key();
  std::optional<Step> bracket();
  std::optional<Step> quoted_key();
  std::optional<Step> index();

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
};

auto PathPattern::Reader::plain_key() -> std::optional<Step> {
  const auto key = take_while(is_plain);
  if (!key.empty()) return Step(std::string(key));
  if (peek() == '*') return wrong("'*' stands only for a list's index: write [*]");
  return wrong("expected a key of letters, digits, '-' and '_'; others stand in ['...']");
}

auto PathPattern::Reader::bracket() -> std::optional<Step> {
  if (take('\'')) return quoted_key();
  std::optional<Step> found = take('*') ? Step(Any{}) : index();
  if (found && !take(']')) return wrong("expected ']'");
  return found;
}

auto PathPattern::Reader::quoted_key() -> std::optional<Step> {
  std::string key;
  while (!at_end()) {
    if (take('\'')) return take(']') ? std::optional<Step>(std::move(key)) : wrong("expected ']'");
    if (take('\\') && peek() != '\'' && peek() != '\\') return wrong("'\\' stands only before ' and \\");
    if (!at_end()) key += text_[at_++];
  }
  return wrong("the key's closing ' is missing");
}

auto PathPattern::Reader::index() -> std::optional<Step> {
  const auto digits = take_while(is_digit);
  if (digits.empty()) return wrong("expected an index, [*] or ['key']");
  if (digits.size() > kMaxIndexDigits || (digits.size() > 1 && digits.front() == '0'))
    return wrong("an index has at most 9 digits and no zeros before it");
  std::size_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return Step(number);
}

Result<PathPattern> PathPattern::parse(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::bad_input, "a path is empty; name at least one key");
  if (text.size() > kMaxLength)
    return fail(ErrorCode::bad_input, fmt::format("a path has {} characters; {} is the most", text.size(), kMaxLength));
  Reader reader(text);
  PathPattern pattern;
  pattern.text_ = text;
  while (!reader.at_end()) {
    auto step = reader.step();
    if (!step) return bad_path(text, fmt::format("is wrong at character {}: {}", reader.at() + 1, reader.problem()));
    if (pattern.steps_.size() == kMaxSteps) return bad_path(text, fmt::format("has more than {} steps", kMaxSteps));
    pattern.steps_.push_back(std::move(*step));
  }
  return pattern;
}

std::optional<Path> PathPattern::as_path() const {
  std::vector<Path::Step> steps;
  for (const Step& step : steps_) {
    if (std::holds_alternative<Any>(step)) return std::nullopt;
    if (const auto* key = std::get_if<std::string>(&step))
      steps.emplace_back(*key);
    else
      steps.emplace_back(std::get<std::size_t>(step));
  }
  return Path(std::move(steps));
}

bool PathPattern::names(const Step& step, const Path::Step& place) {
  const auto names_it = [&place]<typename Wanted>(const Wanted& wanted) {
    if constexpr (std::same_as<Wanted, Any>) {
      return std::holds_alternative<std::size_t>(place);
    } else {
      const auto* found = std::get_if<Wanted>(&place);
      return found && *found == wanted;
    }
  };
  return std::visit(names_it, step);
}

bool PathPattern::agrees(const Path& path, std::size_t count) const {
  return std::equal(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(count), path.steps().begin(), names);
}

bool PathPattern::touches(const Path& path) const {
  return agrees(path, std::min(path.steps().size(), steps_.size()));
}

bool PathPattern::passes_beside(const Path& path) const {
  const auto count = path.steps().size();
  return count >= 2 && count <= steps_.size() && std::holds_alternative<std::size_t>(path.steps()[count - 2]) &&
         agrees(path, count - 1);
}

bool PathPattern::covers(const Path& path) const {
  return path.steps().size() >= steps_.size() && agrees(path, steps_.size());
}

std::vector<Path> PathPattern::find_in(const Value& root) const {
  struct Place {
    Path path;
    const Value* value;
  };
  std::vector<Place> places{{Path(), &root}};
  for (const Step& step : steps_) {
    std::vector<Place> next;
    for (const Place& place : places) {
      const auto items = place.value->items();
      if (const auto* key = std::get_if<std::string>(&step)) {
        if (const Value* member = place.value->find(*key)) next.push_back({place.path / *key, member});
      } else if (const auto* index = std::get_if<std::size_t>(&step)) {
        if (*index < items.size()) next.push_back({place.path / *index, &items[*index]});
      } else {
        for (std::size_t i = 0; i < items.size(); ++i) next.push_back({place.path / i, &items[i]});
      }
    }
    places = std::move(next);
  }
  std::vector<Path> paths;
  paths.reserve(places.size());
  for (Place& place : places) paths.push_back(std::move(place.path));
  return paths;
}

}  // namespace sallyport::json
