#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "json/value.hpp"

namespace sallyport::audit {

// What one policy in Warn or Audit would have asked for, of one agent, in one place.
struct WouldAsk {
  std::string policy;  // "promote-image", "cluster/trial", "guard/token-secret"
  std::string mode;    // "Warn", "Audit"; "" of the guard
  std::string agent;
  std::string action;          // "UPDATE deployments.apps"
  std::string namespace_name;  // "": of the whole cluster
  std::uint64_t count = 0;
  std::string first, last;  // times
};

// Counts records of `warned`, `audited` and `guard_would_refuse`; all others, and dry runs, ask nobody.
class WouldAskCount {
 public:
  void add(const json::Value& line);
  // Most often first.
  [[nodiscard]] std::vector<WouldAsk> rows() const;

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  std::map<Key, WouldAsk> rows_;
};

[[nodiscard]] std::string would_ask_table(const std::vector<WouldAsk>& rows);
[[nodiscard]] json::Value would_ask_json(const std::vector<WouldAsk>& rows);

}  // namespace sallyport::audit
