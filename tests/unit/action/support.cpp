#include "unit/action/support.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "unit/test_files.hpp"

namespace sallyport::action::testing {
namespace {

using json::Value;

Value load_recorded() {
  std::ifstream file(test_file("unit/action/recorded/reviews.json"));
  return parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

model::AdmissionRequest written(model::Operation operation, model::Resource resource, Value before, Value after) {
  model::AdmissionRequest request;
  request.operation = operation;
  request.resource = std::move(resource);
  request.namespace_name = "shop";
  request.name = after["metadata"]["name"].text();
  request.kind = after["kind"].text();
  request.user.username = "system:serviceaccount:agents:deployer";
  request.user.uid = "a1";
  request.object = std::move(after);
  request.old_object = std::move(before);
  return request;
}

}  // namespace

Value parse(std::string_view text) {
  auto value = json::parse(text);
  if (!value) throw std::invalid_argument(value.error().message() + ": " + std::string(text.substr(0, 200)));
  return std::move(*value);
}

std::vector<json::PathPattern> patterns(std::initializer_list<std::string_view> texts) {
  std::vector<json::PathPattern> all;
  for (const auto text : texts) {
    auto pattern = json::PathPattern::parse(text);
    if (!pattern) throw std::invalid_argument(pattern.error().message());
    all.push_back(std::move(*pattern));
  }
  return all;
}

model::AdmissionRequest recorded(std::string_view name) {
  static const Value all = load_recorded();
  const Value& review = all[name];
  if (!review.is_object()) throw std::invalid_argument("nothing recorded as " + std::string(name));
  auto request =
      written(model::parse_operation(review["operation"].text()).value(), {}, review["oldObject"], review["object"]);
  const auto text = [&review](std::string_view key) { return std::string(review[key].text()); };
  const Value& resource = review["resource"];
  request.resource = {std::string(resource["group"].text()), std::string(resource["version"].text()),
                      std::string(resource["resource"].text()), text("subResource")};
  request.uid = text("uid");
  request.name = text("name");
  request.namespace_name = text("namespace");
  request.options = review["options"];
  return request;
}

model::AdmissionRequest create(model::Resource resource, std::string_view object) {
  return written(model::Operation::create, std::move(resource), Value(), parse(object));
}

model::AdmissionRequest update(model::Resource resource, std::string_view before, std::string_view after) {
  return update_values(std::move(resource), parse(before), parse(after));
}

model::AdmissionRequest update_values(model::Resource resource, Value before, Value after) {
  return written(model::Operation::update, std::move(resource), std::move(before), std::move(after));
}

DescribeContext context() {
  static const Secret key("a key of this cluster");
  return {.cluster_id = "c1",
          .namespace_uid = "n1",
          .hash_key = key,
          .ignored_fields = {},
          .ignore_builtin = true,
          .changed_fields = {},
          .pod = std::nullopt,
          .parent_uid = ""};
}

Described describe(const model::AdmissionRequest& request) {
  return action::describe(request, context());
}

std::string digest(const model::AdmissionRequest& request) {
  return describe(request).record.digest;
}

std::string digest(const model::AdmissionRequest& request, const DescribeContext& with) {
  return action::describe(request, with).record.digest;
}

Value shuffled(const Value& value) {
  if (value.is_array()) {
    Value::Array items;
    for (const Value& item : value.items()) items.push_back(shuffled(item));
    return items;
  }
  if (!value.is_object()) return value;
  Value::Object members;
  for (const auto& [key, member] : value.members()) members.push_back({key, shuffled(member)});
  std::ranges::reverse(members);
  std::ranges::rotate(members, members.begin() + static_cast<std::ptrdiff_t>(members.size() / 3));
  return members;
}

std::string everything_shown(const Described& described) {
  const auto& record = described.record;
  std::string text = record.summary + '\n' + record.digest + '\n' + record.kubernetes()->options + '\n' +
                     described.reason + '\n' + record.kubernetes()->target.namespace_name + '/' +
                     record.kubernetes()->target.name + '/' + record.kubernetes()->target.uid + '\n';
  for (const auto& change : record.changes)
    text += change.path + ": " + change.from.value_or("-") + " -> " + change.to.value_or("-") + '\n';
  if (record.kubernetes()->connect)
    for (const auto& argument : record.kubernetes()->connect->command) text += argument + '\n';
  return text;
}

}  // namespace sallyport::action::testing
