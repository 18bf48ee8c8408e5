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

}  // namespace sallyport::model
