#include "kube/paths.hpp"

#include <algorithm>

namespace sallyport::kube {
namespace {

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

}  // namespace

std::string escape(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  const bool only_dots = std::ranges::all_of(text, [](char c) { return c == '.'; });
  std::string escaped;
  for (const char c : text) {
    if (is_unreserved(c) && !only_dots) {
      escaped.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return escaped;
}

std::string path_of(const Collection& collection, std::string_view namespace_name) {
  std::string path = collection.group.empty() ? "/api/" : "/apis/" + escape(collection.group) + "/";
  path += escape(collection.version);
  if (!namespace_name.empty()) path += "/namespaces/" + escape(namespace_name);
  return path + "/" + escape(collection.plural);
}

std::string path_of(const Collection& collection, std::string_view namespace_name, std::string_view name,
                    std::string_view subresource) {
  std::string path = path_of(collection, namespace_name) + "/" + escape(name);
  if (!subresource.empty()) path += "/" + escape(subresource);
  return path;
}

}  // namespace sallyport::kube
