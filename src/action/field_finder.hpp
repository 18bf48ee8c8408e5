#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/member_index.hpp"
#include "json/path.hpp"
#include "json/value.hpp"

namespace sallyport::action {

// A field as FieldsV1 of metadata.managedFields names it (KEP-555): keys such as f:spec, k:{"name":"api"}, v:"x", i:0.
using Field = std::vector<std::string>;

struct Place {
  json::Path path;                     // as far as the object goes along
  const json::Value* value = nullptr;  // null: it has no such field
};

// Finds fields in one object. What is searched is indexed by the first search, so that many fields of one large list or
// map cost what they cost in a small one. Borrows the object; one thread.
class FieldFinder {
 public:
  explicit FieldFinder(const json::Value& object) : object_(object) {}

  [[nodiscard]] Place find(const Field& field);

 private:
  using Index = std::unordered_map<std::string, std::size_t>;  // of the first such element
  struct List {
    std::map<std::vector<std::string>, Index> by_keys;  // by the names of the keys that tell elements apart
    std::optional<Index> by_value;
  };

  [[nodiscard]] std::optional<json::Path::Step> step_into(const json::Value& at, std::string_view key);
  [[nodiscard]] const json::Value* find_member(const json::Value& map, std::string_view name);
  [[nodiscard]] std::optional<std::size_t> find_by_keys(const json::Value& list, const json::Value& keys);
  [[nodiscard]] std::optional<std::size_t> find_by_value(const json::Value& list, const json::Value& value);

  const json::Value& object_;
  std::unordered_map<const json::Value*, json::MemberIndex> maps_;
  std::unordered_map<const json::Value*, List> lists_;
};

}  // namespace sallyport::action
