#include <algorithm>
#include <type_traits>

// RapidJSON adds to the null pointer of its empty stack before it allocates. Harmless, but UBSan stops at it.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#pragma clang attribute pop

#include "json/json.hpp"

namespace sallyport::json {
namespace {

enum class Order { as_is, by_key };

// Gives a value to one of RapidJSON's writers, event by event.
template <typename Writer>
class Events {
 public:
  Events(Writer& writer, Order order) : writer_(writer), order_(order) {}

  void put(const Value& value) {
    std::visit([this](const auto& held) { this->put_held(held); }, value.data());
  }

 private:
  void put_held(std::monostate) { writer_.Null(); }
  void put_held(bool truth) { writer_.Bool(truth); }
  void put_held(std::int64_t number) { writer_.Int64(number); }
  void put_held(std::uint64_t number) { writer_.Uint64(number); }
  void put_held(double number) { writer_.Double(number); }
  void put_held(const std::string& text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()), true);
  }

  void put_held(const Value::Array& items) {
    writer_.StartArray();
    for (const Value& item : items) put(item);
    writer_.EndArray();
  }

  void put_held(const Value::Object& members) {
    writer_.StartObject();
    if (order_ == Order::by_key) {
      std::vector<const Member*> sorted;
      sorted.reserve(members.size());
      for (const Member& member : members) sorted.push_back(&member);
      std::ranges::sort(sorted, {}, [](const Member* member) -> std::string_view { return member->key; });
      for (const Member* member : sorted) put_member(*member);
    } else {
      for (const Member& member : members) put_member(member);
    }
    writer_.EndObject();
  }

  void put_member(const Member& member) {
    writer_.Key(member.key.data(), static_cast<rapidjson::SizeType>(member.key.size()), true);
    put(member.value);
  }

  Writer& writer_;
  Order order_;
};

template <typename Writer>
std::string write_with(Writer& writer, rapidjson::StringBuffer& buffer, const Value& value, Order order) {
  Events<Writer>(writer, order).put(value);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string write_compact(const Value& value, Order order) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer writer(buffer);
  return write_with(writer, buffer, value, order);
}

}  // namespace

std::string write(const Value& value) {
  return write_compact(value, Order::as_is);
}

std::string write_canonical(const Value& value) {
  return write_compact(value, Order::by_key);
}

std::string write_pretty(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter writer(buffer);
  writer.SetIndent(' ', 2);
  return write_with(writer, buffer, value, Order::as_is);
}

}  // namespace sallyport::json
