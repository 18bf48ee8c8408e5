#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/plan.hpp"
#include "admission/policy_snapshot.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"
#include "effects/write.hpp"
#include "engine/admission_call.hpp"
#include "engine/ask.hpp"
#include "model/answer.hpp"
#include "model/log_record.hpp"
#include "policy/combine.hpp"
#include "policy/guard_reads.hpp"

namespace sallyport::admission {

// What does not change while the process runs, for deciding about an admission without asking anybody.
struct Context {
  const std::vector<model::Agent>& agents;
  model::Enforcement guard_mode;
  std::string cluster_id;
  const Secret& hash_key;
  Duration timeout;                            // of the webhook, where the call does not say
  std::vector<std::string> client_names = {};  // in the API server's certificate; none: the path alone proves its calls
};

// What becomes of an admission, from its bytes and the snapshot alone.
struct Triage {
  enum class Next {
    answer,  // `answer` it is
    log,     // `answer` it is, once the records are in the log
    gate,    // policies ask for approval: see `ask_of`
    look,    // the guard must know more of the cluster (`question`): see `resume`
  };
  Next next = Next::answer;
  std::string uid;
  bool unmatched = false;  // an allow that nobody had a say in
  model::Answer answer;
  std::vector<model::LogRecord> records;
  const model::Agent* agent = nullptr;  // who calls; null: none of ours

  // Of `gate` and `look`. What was matched is judged to its end by the same snapshot: a newer one may be in force by
  // then.
  std::shared_ptr<const PolicySnapshot> matched;
  std::optional<model::AdmissionRequest> request;
  std::optional<effects::WriteEffects> effects;  // of it; nothing: nobody has asked yet
  policy::Terms terms;
  std::vector<std::string> guarded;  // rules of the guard whose place the policies have taken
  std::optional<policy::GuardQuestion> question;
  bool shows_secret = false;  // see Ruling
  Plan plan;                  // of a dry run that asks ahead
  bool is_hopeless = false;   // the guard refuses the real call, so that nobody is asked ahead
};

// The error: the body cannot be decoded, as far as it must be.
[[nodiscard]] Result<Triage> triage(const Context& context, const PolicySnapshot& snapshot, Duration steady_now,
                                    std::string_view body);

// What becomes of one that had to `look`, with what was seen. It has `matched`.
[[nodiscard]] Triage resume(const Context& context, Triage triage, policy::GuardReads reads);

// What a write does not tell of the object whose part it is about (an exec's or an eviction's pod, a token's account):
// read from the cluster, so that one of the same name that is made later is another.
struct Parent {
  std::string uid;
  std::optional<model::PodFacts> pod;  // of a CONNECT to one
};

// The object that must be read before the action can be described.
[[nodiscard]] std::optional<model::Resource> parent_to_read(const model::AdmissionRequest& request);

// What is asked where a triage has found the action to be gated, and how the call is to be answered. Its deadline and
// its caller are the connection's to say.
struct Asked {
  engine::Ask ask;
  engine::AdmissionCall call;
};
[[nodiscard]] Asked ask_of(const Context& context, Triage triage, Parent parent);

}  // namespace sallyport::admission
