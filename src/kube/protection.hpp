#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/access_review.hpp"
#include "kube/api.hpp"
#include "kube/rights.hpp"
#include "model/identity.hpp"

namespace sallyport::kube {

// What the rights that lead around the gate are about, by the names that it has here.
struct GateParts {
  std::string gate;      // ValidatingWebhookConfiguration
  std::string requests;  // MutatingWebhookConfiguration, ValidatingAdmissionPolicy and its binding
  std::string own_namespace;
  std::vector<std::string> keys;  // Secrets in it
};

struct AccessQuestion {
  std::string agent;
  model::User who;  // of an agent that is a group or a namespace: the groups alone
  const Right* right;
  std::string verb;
  std::string name;            // "": any of them
  std::string namespace_name;  // "": all of them, or what has none
};

// All that has to be asked of one agent; `guarded`: leave out what the guard refuses. What does not show are rights
// that were given to a single account of a listed namespace, in other namespaces, or for objects of other names.
[[nodiscard]] std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts,
                                                          bool guarded);
// The same about chosen rights, hints among them.
[[nodiscard]] std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts,
                                                          const std::function<bool(const Right&)>& counts);
// What an agent is to the API server's authorizers: an account of a listed namespace by its groups alone.
[[nodiscard]] std::vector<model::User> identities_of(const model::Agent& agent);
[[nodiscard]] Access access_of(const AccessQuestion& question);
// "may get, list secrets "a", "b" in namespace c".
[[nodiscard]] std::string describe_access(const Right& right, const std::vector<std::string>& verbs,
                                          const std::vector<std::string>& names, const std::string& namespace_name);

// By SubjectAccessReviews, all at once: the first right found that leads an agent around the gate, in a sentence.
// Nothing: there is none. The pointers are to what lives as long as the caller, which waits for this. The Api's thread.
[[nodiscard]] Awaitable<std::optional<std::string>> why_unprotected(Api& api, const std::vector<model::Agent>* agents,
                                                                    const GateParts* parts, bool guarded);

// The same for as long as a replica runs: the questions are asked in turn, a share at a time, so that the API server
// does not notice however many agents there are. The Api's thread alone may call it; outlives each `ask`.
class RightsRounds {
 public:
  // Shares of a round, which has more of them where one would be too large.
  static constexpr std::size_t kShares = 15;
  static constexpr std::size_t kMostAtOnce = 50;

  RightsRounds(Api& api, std::vector<model::Agent> agents, GateParts parts)
      : api_(api), agents_(std::move(agents)), parts_(std::move(parts)) {}

  // Asks a share: the largest one until the answer is known to be "none". A right that was found is asked about each
  // time, and nothing else while it stands. `guarded` as above; where it changes, the round begins anew. One call at a
  // time. An error leaves the answer as it is, and the next share begins with what was not answered.
  [[nodiscard]] Awaitable<void> ask(bool guarded);

  // A right has been found, or every question was answered since.
  [[nodiscard]] bool is_known() const { return known_; }
  // The right that was found, in a sentence: it counts until a whole round has found none.
  [[nodiscard]] const std::optional<std::string>& why_unprotected() const { return why_; }

 private:
  void begin(bool guarded);
  [[nodiscard]] std::size_t share() const;
  void note(bool allowed);

  Api& api_;
  std::vector<model::Agent> agents_;
  GateParts parts_;
  std::optional<bool> guarded_;
  std::vector<AccessQuestion> questions_;
  std::size_t next_ = 0;     // stays at a right that was found
  std::size_t refused_ = 0;  // in a row, up to now
  bool known_ = false;
  std::optional<std::string> why_;
};

}  // namespace sallyport::kube
