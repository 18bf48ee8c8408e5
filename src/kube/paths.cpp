#include "kube/paths.hpp"

#include <algorithm>

#include <boost/url/encode.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace sallyport::kube {

namespace urls = boost::urls;

// A segment of dots alone would be resolved away.
std::string escape(std::string_view text) {
  constexpr urls::grammar::lut_chars kNothing = "";
  const bool only_dots = std::ranges::all_of(text, [](char c) { return c == '.'; });
  return only_dots ? urls::encode(text, kNothing) : urls::encode(text, urls::unreserved_chars);
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
