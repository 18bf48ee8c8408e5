#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "audit/record.hpp"
#include "base/instant.hpp"
#include "json/value.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "model/request.hpp"
#include "policy/facts.hpp"

// What the streams of a log say together, ordered by what it is about. Nothing is judged here.
namespace sallyport::audit {

// A line of the log.
struct Place {
  std::string file;
  std::uint64_t line = 0;
  std::string stream;
  std::uint64_t seq = 0;
  Instant time{};

  // By time, and what has one time as it stands in the log.
  friend std::strong_ordering operator<=>(const Place& a, const Place& b) {
    return std::tie(a.time, a.stream, a.seq) <=> std::tie(b.time, b.stream, b.seq);
  }
  friend bool operator==(const Place& a, const Place& b) { return (a <=> b) == 0; }
};

// A call as a record tells it.
struct Call {
  model::Envelope envelope;  // whose groups and version stand in the facts; the uid is not in all records
  std::string agent;
  bool dry_run = false;
  std::optional<policy::Facts> facts;  // nothing: an earlier version has written it
};

struct LoggedReview {
  Place at;
  bool is_accepted = false;   // else it was stamped, and no record says that it was seen in the request
  std::uint64_t version = 0;  // of the request that it was made on
  bool tells_grounds = false;
  bool groups_cut = false;
  std::vector<std::string> groups;
  std::vector<std::string> before;  // seals of the reviews that stood there
  model::Review review;
};

// An intent. It has landed if its outcome says so, or a later record rests on it.
struct LoggedStep {
  enum class Fate { unsettled, landed, lost };
  Place at;
  std::uint64_t version = 0;
  bool tells_grounds = false;
  Instant as_of{};
  std::vector<std::string> reviews;            // seals of those that stood
  std::optional<model::LogPosition> decision;  // that it rests on
  Fate fate = Fate::unsettled;
  json::Value line;
};

struct History {
  Place opened;
  std::string why_unreadable;  // "": it can be read
  Call call;
  model::ApprovalRequest request;  // as it was opened
  std::vector<LoggedReview> reviews;
  std::vector<LoggedStep> steps;
};

// Once for each generation of a policy that a replica came to know.
struct LoggedPolicy {
  Place at;
  std::string change;
  std::string id;                       // kind, namespace and name
  std::optional<model::Policy> policy;  // nothing: deleted, or its spec is not in the log
};

struct LoggedStart {
  std::uint64_t seq = 0;
  std::vector<model::Agent> agents;
};

struct LoggedStream {
  std::uint64_t first = 0, last = 0;  // seq
  std::vector<LoggedStart> starts;    // configuration_loaded
  std::vector<LoggedPolicy> policies;
};

// A call that a policy in Warn or Audit would have asked about.
struct LoggedWarning {
  Place at;
  Call call;
  std::string event, policy;
};

class Histories {
 public:
  // In any order, but that of its stream.
  void add(const Record& record);
  // After the last: lets each step know what came of it, and takes the records of one review, by its seal, for one.
  void close();

  [[nodiscard]] const std::map<std::string, History>& requests() const { return requests_; }  // by uid
  // Records about requests whose opening is not in these logs.
  [[nodiscard]] const std::vector<std::pair<Place, json::Value>>& without_opening() const { return without_opening_; }
  [[nodiscard]] const std::map<std::string, LoggedStream>& streams() const { return streams_; }
  [[nodiscard]] const std::vector<LoggedWarning>& warnings() const { return warnings_; }
  // When the store was put back.
  [[nodiscard]] const std::vector<Instant>& restorations() const { return restorations_; }

 private:
  std::map<std::string, History> requests_;
  std::map<std::string, LoggedStream> streams_;
  std::vector<LoggedWarning> warnings_;
  std::vector<Instant> restorations_;
  std::vector<std::pair<Place, json::Value>> unfiled_, without_opening_;
  std::map<std::string, LoggedStep::Fate> fates_;  // by intent
  std::set<std::pair<std::string, std::uint64_t>> seen_;
};

}  // namespace sallyport::audit
