#include "json/value.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include "json/member_index.hpp"

namespace sallyport::json {
namespace {

constexpr double kExactDoubles = 9007199254740992.0;  // 2^53

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "sallyport: a mistake in this program: %s\n", what);
  std::abort();
}

// The container, made from a null; anything else is ours to have avoided.
template <typename Container>
Container& grow(Value::Data& data, const char* mistake) {
  if (std::holds_alternative<std::monostate>(data)) data.emplace<Container>();
  auto* container = std::get_if<Container>(&data);
  if (!container) die(mistake);
  return *container;
}

bool equal_objects(std::span<const Member> a, std::span<const Member> b) {
  if (a.size() != b.size()) return false;
  MemberIndex index(b);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Member* other = index.find(a[i].key, i);
    if (!other || !(a[i].value == other->value)) return false;
  }
  return true;
}

}  // namespace

Value::Value(std::uint64_t value) {
  if (std::in_range<std::int64_t>(value))
    data_ = static_cast<std::int64_t>(value);
  else
    data_ = value;
}

Value::Value(double value) {
  if (!std::isfinite(value)) return;  // JSON has no such number
  if (std::abs(value) <= kExactDoubles && std::trunc(value) == value)
    data_ = static_cast<std::int64_t>(value);
  else
    data_ = value;
}

Value Value::array() {
  return Value(Array{});
}

Value Value::object() {
  return Value(Object{});
}

bool Value::is_null() const {
  return std::holds_alternative<std::monostate>(data_);
}

bool Value::is_bool() const {
  return std::holds_alternative<bool>(data_);
}

bool Value::is_integer() const {
  return std::holds_alternative<std::int64_t>(data_) || std::holds_alternative<std::uint64_t>(data_);
}

bool Value::is_number() const {
  return is_integer() || std::holds_alternative<double>(data_);
}

bool Value::is_string() const {
  return std::holds_alternative<std::string>(data_);
}

bool Value::is_array() const {
  return std::holds_alternative<Array>(data_);
}

bool Value::is_object() const {
  return std::holds_alternative<Object>(data_);
}

const Value* Value::find(std::string_view key) const {
  for (const Member& member : members())
    if (member.key == key) return &member.value;
  return nullptr;
}

const Value& Value::operator[](std::string_view key) const {
  static const Value null;
  const Value* found = find(key);
  return found ? *found : null;
}

std::string_view Value::text() const {
  const auto* text = std::get_if<std::string>(&data_);
  return text ? std::string_view(*text) : std::string_view();
}

bool Value::truth() const {
  const auto* truth = std::get_if<bool>(&data_);
  return truth && *truth;
}

std::optional<std::int64_t> Value::integer() const {
  if (const auto* number = std::get_if<std::int64_t>(&data_)) return *number;
  return std::nullopt;
}

std::optional<std::uint64_t> Value::unsigned_integer() const {
  if (const auto* number = std::get_if<std::uint64_t>(&data_)) return *number;
  const auto number = integer();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<double> Value::number() const {
  if (const auto* number = std::get_if<double>(&data_)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&data_)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*number);
  return std::nullopt;
}

std::span<const Value> Value::items() const {
  const auto* items = std::get_if<Array>(&data_);
  return items ? std::span<const Value>(*items) : std::span<const Value>();
}

std::span<const Member> Value::members() const {
  const auto* members = std::get_if<Object>(&data_);
  return members ? std::span<const Member>(*members) : std::span<const Member>();
}

Value& Value::set(std::string_view key, Value value) {
  auto& members = mutable_members();
  if (Value* present = find_mutable(key))
    *present = std::move(value);
  else
    members.push_back({std::string(key), std::move(value)});
  return *this;
}

Value& Value::push(Value value) {
  mutable_items().push_back(std::move(value));
  return *this;
}

Value* Value::find_mutable(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

bool Value::erase(std::string_view key) {
  auto* members = std::get_if<Object>(&data_);
  return members && std::erase_if(*members, [key](const Member& member) { return member.key == key; }) > 0;
}

Value::Array& Value::mutable_items() {
  return grow<Array>(data_, "list elements of a JSON value that is no list");
}

Value::Object& Value::mutable_members() {
  return grow<Object>(data_, "members of a JSON value that is no object");
}

bool operator==(const Value& a, const Value& b) {
  if (a.data_.index() != b.data_.index()) return false;
  if (a.is_object()) return equal_objects(a.members(), b.members());
  return a.data_ == b.data_;
}

}  // namespace sallyport::json
