#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sallyport::json {

struct Member;

// A JSON value as a tree: integers exact over the whole of int64 and uint64, members in the order they came, keys
// unique (the parser refuses others). Reading never throws and never fails: what is not there, or is of another type,
// reads as null, an empty text, an empty list. Whoever must tell "absent" from "empty" asks `find` or `is_null`.
class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;

  Value() = default;
  Value(std::nullptr_t);
  Value(bool value);
  Value(int value);
  Value(std::int64_t value);
  Value(std::uint64_t value);  // held as int64 where it fits, so that equal numbers are equal values
  Value(double value);         // likewise, where it is whole and within +-2^53; null where it is not finite
  Value(const char* value);
  Value(std::string_view value);
  Value(std::string value);
  Value(Array value);
  Value(Object value);

  [[nodiscard]] static Value array();
  [[nodiscard]] static Value object();

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_bool() const;
  [[nodiscard]] bool is_integer() const;  // int64 or uint64
  [[nodiscard]] bool is_number() const;
  [[nodiscard]] bool is_string() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_object() const;

  [[nodiscard]] const Value* find(std::string_view key) const;        // nullptr: no object, or no such key
  [[nodiscard]] const Value& operator[](std::string_view key) const;  // null where `find` finds nothing
  [[nodiscard]] std::string_view text() const;                        // "" unless a string
  [[nodiscard]] bool truth() const;                                   // false unless true
  [[nodiscard]] std::optional<std::int64_t> integer() const;          // nothing beyond int64, nor for a double
  [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const;
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::span<const Value> items() const;     // empty unless an array
  [[nodiscard]] std::span<const Member> members() const;  // empty unless an object

  // Writing. `set` and `push` turn a null into an object or an array; on anything else of another type they abort,
  // since that is a mistake in our code and never in the input. `set` looks through all keys first: what copies a large
  // object whose keys are known to be unique appends to `mutable_members`.
  Value& set(std::string_view key, Value value);
  Value& push(Value value);
  [[nodiscard]] Value* find_mutable(std::string_view key);
  bool erase(std::string_view key);
  [[nodiscard]] Array& mutable_items();
  [[nodiscard]] Object& mutable_members();

  // Objects are equal whatever the order of their members.
  friend bool operator==(const Value& a, const Value& b);

  using Data = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>;
  [[nodiscard]] const Data& data() const { return data_; }

 private:
  Data data_;
};

struct Member {
  std::string key;
  Value value;

  friend bool operator==(const Member&, const Member&) = default;
};

// Down here, since the variant needs a complete Member.
inline Value::Value(std::nullptr_t) {}
inline Value::Value(bool value) : data_(value) {}
inline Value::Value(int value) : data_(std::int64_t{value}) {}
inline Value::Value(std::int64_t value) : data_(value) {}
inline Value::Value(const char* value) : data_(std::string(value)) {}
inline Value::Value(std::string_view value) : data_(std::string(value)) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(Array value) : data_(std::move(value)) {}
inline Value::Value(Object value) : data_(std::move(value)) {}

}  // namespace sallyport::json
