#include "serve/yaml.hpp"

#include <yaml-cpp/yaml.h>

namespace sallyport::serve {
namespace {

json::Value scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  bool flag = false;
  std::int64_t integer = 0;
  if ((text == "true" || text == "false") && YAML::convert<bool>::decode(node, flag)) return flag;
  if (!text.empty() && text.find_first_not_of("-0123456789") == std::string::npos &&
      YAML::convert<std::int64_t>::decode(node, integer)) {
    return integer;
  }
  return text;
}

}  // namespace

json::Value to_json(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map: {
      auto object = json::Value::object();
      for (const auto& entry : node) object.set(entry.first.as<std::string>(), to_json(entry.second));
      return object;
    }
    case YAML::NodeType::Sequence: {
      auto array = json::Value::array();
      for (const auto& entry : node) array.push(to_json(entry));
      return array;
    }
    case YAML::NodeType::Scalar:
      return scalar(node);
    default:
      return nullptr;
  }
}

}  // namespace sallyport::serve
