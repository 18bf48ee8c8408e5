#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "json/value.hpp"

namespace sallyport::audit {

// What the records of one request say of it together. Its opening tells who asked for what; a review, a decision or an
// outcome names the request alone.
struct Asked {
  std::string agent, username, operation, resource, namespace_name, name, summary;
  std::multiset<std::string, std::less<>> verdicts;  // Approved, Denied, Withdrawn, Expired, Revoked: what came of it
};

// Where a record's action is: its own namespace, or its request's.
[[nodiscard]] std::string_view namespace_of(const json::Value& line);

// The requests of logs. It takes lines in any order; only after the last of them does it know all of each request.
class RequestIndex {
 public:
  void add(const json::Value& line);
  // Of the request that the line is about. Null: the line is not about a request, or the index does not have it.
  [[nodiscard]] const Asked* find(const json::Value& line) const;

 private:
  // An intent that may have come to nothing: its stream and its id.
  using Intent = std::pair<std::string, std::string>;
  struct Verdict {
    std::string request;
    std::string verdict;
    bool is_lost = false;  // to another intent, or to an error
  };
  [[nodiscard]] std::string id_of(const json::Value& line) const;
  void take_intent(const std::string& id, const json::Value& line);
  void take_outcome(const json::Value& line);

  std::map<std::string, Asked, std::less<>> requests_;      // by uid, or by name where no line tells the uid
  std::map<std::string, std::string, std::less<>> uid_of_;  // by name: of the last one that was called so
  std::map<Intent, Verdict> verdicts_;
};

}  // namespace sallyport::audit
