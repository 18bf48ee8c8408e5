#include "policy/rules.hpp"

#include <algorithm>
#include <string>

namespace sallyport::policy {
namespace {

bool is_or_any(std::string_view listed, std::string_view name) {
  return listed == "*" || listed == name;
}

bool lists(const std::vector<std::string>& listed, std::string_view name) {
  return std::ranges::any_of(listed, [&](const auto& each) { return is_or_any(each, name); });
}

bool covers(const model::ResourceRule& rule, std::string_view group, std::string_view resource,
            std::string_view subresource) {
  if (!lists(rule.api_groups, group)) return false;
  return std::ranges::any_of(rule.resources, [&](const auto& text) {
    const auto pattern = split_resource(text);
    return is_or_any(pattern.resource, resource) && is_or_any(pattern.subresource, subresource);
  });
}

}  // namespace

ResourcePattern split_resource(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {text, ""};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

bool covers(const model::ResourceRule& rule, const model::Resource& resource) {
  return covers(rule, resource.group, resource.resource, resource.subresource);
}

bool covers_parent(const model::ResourceRule& rule, const model::Resource& resource) {
  return covers(rule, resource.group, resource.resource, "");
}

bool covers(const model::ResourceRule& rule, model::Operation operation) {
  return lists(rule.operations, to_string(operation));
}

bool names_version(const model::ResourceRule& rule, std::string_view version) {
  return lists(rule.api_versions, version);
}

}  // namespace sallyport::policy
