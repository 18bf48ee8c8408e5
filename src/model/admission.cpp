#include "model/admission.hpp"

#include "model/words.hpp"

namespace sallyport::model {
namespace {

constexpr Words<4> kOperations = {"CREATE", "UPDATE", "DELETE", "CONNECT"};

}  // namespace

std::string_view to_string(Operation operation) {
  return word_of(kOperations, operation);
}

std::optional<Operation> parse_operation(std::string_view text) {
  return value_of<Operation>(kOperations, text);
}

std::string to_string(const Resource& resource) {
  std::string text = resource.resource;
  if (!resource.group.empty()) text += "." + resource.group;
  if (!resource.subresource.empty()) text += "/" + resource.subresource;
  return text;
}

Resource parse_resource(std::string_view text) {
  Resource resource;
  const auto part = text.find('/');
  if (part != std::string_view::npos) resource.subresource = text.substr(part + 1);
  text = text.substr(0, part);
  const auto dot = text.find('.');
  resource.resource = text.substr(0, dot);
  if (dot != std::string_view::npos) resource.group = text.substr(dot + 1);
  return resource;
}

}  // namespace sallyport::model
