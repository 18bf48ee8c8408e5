#include "json/outside.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sallyport::json {
namespace {

// As in parse.cpp: values are destroyed and written by recursion.
constexpr std::size_t kDeepest = 1000;

// A list or an object whose end has not come yet.
struct Open {
  Value::Array items;
  Value::Object members;
  std::set<std::string, std::less<>> keys;  // sorted: chosen keys cost no more than others
  bool is_object = false;
};

// Takes the reader's events and builds the value. A method returns false to stop the reader, after it has put down why.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const OutsideLimits& limits)
      : depth_limit_(std::min(limits.depth, kDeepest)), value_limit_(limits.values) {}

  bool null() override { return add(Value()); }
  bool boolean(bool truth) override { return add(Value(truth)); }
  bool number_integer(std::int64_t number) override { return add(Value(number)); }
  bool number_unsigned(std::uint64_t number) override { return add(Value(number)); }

  // Also whole numbers beyond 64 bits come this way, already rounded: the text decides.
  bool number_float(double, const std::string& text) override {
    if (text.find_first_of(".eE") == std::string::npos) return refuse("an integer that does not fit 64 bits");
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || last != end || !std::isfinite(number))
      return refuse("a number beyond what a double can hold");
    return add(Value(number));
  }

  bool string(std::string& text) override { return add(Value(std::move(text))); }
  bool binary(nlohmann::json::binary_t&) override { return refuse("the reader gave an unexpected event"); }

  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& text) override {
    auto& object = open_.back();
    if (!object.keys.insert(text).second) return refuse("a key that stands twice in one object");
    object.members.push_back({std::move(text), Value()});
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    return refuse(fmt::format("the text is no JSON from byte {} on", position));
  }

  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  [[nodiscard]] Value take() { return std::move(root_); }

 private:
  bool refuse(std::string why) {
    if (refusal_.empty()) refusal_ = std::move(why);
    return false;
  }

  bool open(bool is_object) {
    if (open_.size() == depth_limit_) return refuse(fmt::format("nested deeper than {} levels", depth_limit_));
    open_.emplace_back().is_object = is_object;
    return true;
  }

  bool close() {
    auto ended = std::move(open_.back());
    open_.pop_back();
    return ended.is_object ? add(Value(std::move(ended.members))) : add(Value(std::move(ended.items)));
  }

  bool add(Value value) {
    if (++count_ > value_limit_) return refuse(fmt::format("more than {} values", value_limit_));
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_object) {
      open_.back().members.back().value = std::move(value);
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }

  std::size_t depth_limit_;
  std::size_t value_limit_;
  std::size_t count_ = 0;
  std::vector<Open> open_;
  Value root_;
  std::string refusal_;
};

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::bad_input, fmt::format("not acceptable as JSON: {}", why));
}

}  // namespace

Result<Value> parse_outside(std::string_view text, const OutsideLimits& limits) {
  if (text.size() > limits.bytes)
    return refuse(fmt::format("{} bytes, and {} is the limit", text.size(), limits.bytes));
  // To the reader a NUL byte is the end, whatever follows it; and it passes over a byte order mark.
  if (text.find('\0') != std::string_view::npos) return refuse("a NUL byte");
  if (text.starts_with("\xEF\xBB\xBF")) return refuse("a byte order mark");
  Builder builder(limits);
  const bool whole = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  if (!whole || !builder.refusal().empty())
    return refuse(builder.refusal().empty() ? "the reader stopped" : builder.refusal());
  return builder.take();
}

}  // namespace sallyport::json
