#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/action.hpp"
#include "model/admission.hpp"
#include "model/policy.hpp"

namespace sallyport::model {

// ApprovalRequest (sallyport.dev/v1alpha1) as a value: `spec` says what was asked and who reviewed it, `status` what
// came of it. Every zero refuses: no state is not Approved, no review counts, no use is left.

enum class State { pending, approved, denied, expired, withdrawn, used, revoked };
enum class Verdict { none, approve, deny, withdraw, revoke };

[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::optional<State> parse_state(std::string_view text);
[[nodiscard]] std::optional<Verdict> parse_verdict(std::string_view text);

struct Requester {
  User user;
  std::string agent;
};

// The slot a reviewer fills.
struct DecisionSlot {
  Verdict verdict = Verdict::none;
  std::string comment;
  std::string digest;
  bool accept_truncated = false;
};

struct Review {
  std::string reviewer;
  std::string uid;
  Verdict verdict = Verdict::none;
  std::string comment;
  std::string via;  // "kubectl"
  Instant time{};
  std::vector<std::string> satisfies;  // "policy/requirement"
  bool accept_truncated = false;
  std::string seal;
};

// Where in which stream of the log a record stands, and the stream's head (SHA-256 of that line) after it.
struct LogPosition {
  std::string stream;
  std::uint64_t seq = 0;
  std::string head;

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

struct RequestSpec {
  Requester requester;
  std::string reason;
  std::string plan;  // those that were asked ahead together have it in common; "" for none. A label, for people: no
                     // seal covers it, and nothing that may happen hangs on it
  ActionRecord action;
  std::vector<PolicyCopy> policies;
  Instant expires_at{};
  std::string seal;  // over all of the above: made by us, as it is
  std::optional<DecisionSlot> slot;
  std::vector<Review> reviews;
};

struct Decision {
  State verdict = State::pending;  // approved, denied, expired, withdrawn
  std::string reason;
  Instant decided_at{};
  Instant valid_until{};  // of an approval
  std::vector<std::string> reviewers;
  LogPosition log;
  std::string seal;
};

struct Use {
  Instant time{};
  std::string admission_uid;
  std::int64_t generation = 0;  // the target's before the write: a re-entry must find it unmoved
  LogPosition log;
  std::string seal;
};

struct Revocation {
  std::string by;
  std::string reason;
  Instant time{};
  LogPosition log;
  std::string seal;
};

struct Progress {
  std::string policy;
  std::string name;
  std::uint32_t required = 0;
  std::uint32_t approved = 0;
};

struct Condition {
  std::string type;
  std::string status;  // "True" or "False"
  std::string reason;
  std::string message;
  Instant last_transition{};
};

// What is said of each use, in the request's status, in its Event and by `show`: a call that was let through is not yet
// a write that has happened.
inline constexpr std::string_view kUnseenOutcome =
    "Sallyport does not see what happens after that: a quota or a name that is taken can still stop it";

// The condition of a request whose action an earlier approval was used for; its message is for reviewers.
inline constexpr std::string_view kAskedBefore = "AskedBefore";

// The condition of a request whose command has asked something else before; its message says what differs.
inline constexpr std::string_view kAsksAnew = "AsksAnew";
// The reason of the decision that ends the request which such a command has left behind.
inline constexpr std::string_view kAskedAnew = "AskedAnew";

struct RequestStatus {
  State state = State::pending;
  std::vector<Condition> conditions;
  std::vector<Progress> requirements;
  std::optional<Decision> decision;
  std::vector<Use> uses;
  std::optional<Revocation> revocation;
  Instant cooldown_until{};  // of a denial: until then the same action is refused without asking anybody. For people:
                             // the engine goes by its settings
  std::string fence;
};

struct RequestKey {
  std::string namespace_name;
  std::string name;

  friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
};
[[nodiscard]] inline std::string to_string(const RequestKey& key) {
  return key.namespace_name + "/" + key.name;
}

// Of what to_string writes.
[[nodiscard]] inline RequestKey parse_request_key(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

struct ApprovalRequest {
  RequestKey key;
  std::string uid;
  std::string resource_version;
  Instant created{};
  bool deleting = false;
  RequestSpec spec;
  RequestStatus status;
};

}  // namespace sallyport::model
