#include "kube/rights.hpp"

#include <cstdlib>

#include "json/json.hpp"
#include "kube/rights_file.hpp"

namespace sallyport::kube {
namespace {

Right::Names names_of(const json::Value& row) {
  const auto& names = row["names"].items();
  if (names.empty()) return Right::Names::any;
  if (names.front().text() == "gate") return Right::Names::gate;
  return names.front().text() == "requests" ? Right::Names::requests : Right::Names::keys;
}

Right::While when_of(std::string_view word) {
  if (word == "unguarded") return Right::While::unguarded;
  if (word == "unenforced") return Right::While::unenforced;
  return word == "unasked" ? Right::While::unasked : Right::While::always;
}

Right read(const json::Value& row) {
  Right right;
  right.group = row["group"].text();
  const std::string resource(row["resource"].text());
  const auto slash = resource.find('/');
  right.resource = resource.substr(0, slash);
  if (slash != std::string::npos) right.subresource = resource.substr(slash + 1);
  for (const auto& verb : row["verbs"].items()) right.verbs.emplace_back(verb.text());
  if (row["namespace"].text() == "own") right.where = Right::Where::own_namespace;
  right.names = names_of(row);
  right.when = when_of(row["while"].text());
  right.is_hint = row["tells"].text() == "doctor";
  right.why = row["why"].text();
  return right;
}

std::vector<Right> read_all() {
  const auto file = json::parse(kRightsFile);
  if (!file) std::abort();  // a build without them must not run
  std::vector<Right> all;
  for (const auto& row : (*file)["rights"].items()) all.push_back(read(row));
  return all;
}

}  // namespace

const std::vector<Right>& rights_around() {
  static const auto all = read_all();
  return all;
}

}  // namespace sallyport::kube
