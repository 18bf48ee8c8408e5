#include "yaml/read.hpp"

#include <charconv>
#include <limits>
#include <string>

#include <yaml-cpp/yaml.h>

namespace sallyport::yaml {
namespace {

// A whole text as a number of this type.
template <typename Number>
bool is_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

json::Value scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  if (text.empty() || text.find_first_not_of("-+.0123456789eE") != std::string::npos) return text;
  std::int64_t integer = 0;
  if (is_number(text, integer)) return integer;
  double number = 0;
  return is_number(text, number) ? json::Value(number) : json::Value(text);
}

// Goes through a tree, and throws where it costs more than it may.
class Reader {
 public:
  explicit Reader(const Limits& limits) : limits_(limits) {}

  json::Value read(const YAML::Node& node, std::size_t depth = 0) {
    if (depth > limits_.depth) refuse(node, "is nested deeper than " + std::to_string(limits_.depth));
    if (++values_ > limits_.values)
      refuse(node, "the text holds more than " + std::to_string(limits_.values) + " values");
    switch (node.Type()) {
      case YAML::NodeType::Map:
        return mapping(node, depth);
      case YAML::NodeType::Sequence: {
        auto array = json::Value::array();
        for (const auto& entry : node) array.push(read(entry, depth + 1));
        return array;
      }
      case YAML::NodeType::Scalar:
        return scalar(node);
      default:
        return nullptr;
    }
  }

 private:
  [[noreturn]] static void refuse(const YAML::Node& node, const std::string& why) {
    throw YAML::Exception(node.Mark(), why);
  }

  json::Value mapping(const YAML::Node& node, std::size_t depth) {
    auto object = json::Value::object();
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      if (key == "<<") refuse(entry.first, "merge keys (<<) are not supported: write the members out");
      if (object.find(key) != nullptr) refuse(entry.first, "the key \"" + key + "\" stands there twice");
      object.set(key, read(entry.second, depth + 1));
    }
    return object;
  }

  const Limits& limits_;
  std::size_t values_ = 0;
};

constexpr Limits kNone{.bytes = std::numeric_limits<std::size_t>::max(),
                       .depth = std::numeric_limits<std::size_t>::max(),
                       .values = std::numeric_limits<std::size_t>::max()};

}  // namespace

json::Value to_json(const YAML::Node& node) {
  return Reader(kNone).read(node);
}

Result<std::vector<json::Value>> read_documents(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorCode::bad_input, "is larger than " + std::to_string(limits.bytes >> 20) + " MiB");
  }
  std::vector<json::Value> documents;
  Reader reader(limits);
  try {
    for (const auto& node : YAML::LoadAll(std::string(text))) {
      auto document = reader.read(node);
      if (!document.is_null()) documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& error) {
    const auto line = error.mark.is_null() ? ""
                                           : "line " + std::to_string(error.mark.line + 1) + ", column " +
                                                 std::to_string(error.mark.column + 1) + ": ";
    return fail(ErrorCode::bad_input, line + error.msg);
  }
  return documents;
}

}  // namespace sallyport::yaml
