#pragma once

#include <optional>
#include <string>
#include <vector>

#include "effects/table.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"
#include "policy/combine.hpp"
#include "whatif/outcome.hpp"

namespace sallyport::whatif {

// An action that nobody has done, and what is known of the cluster that it would be done in.
struct Query {
  model::AdmissionRequest request;  // its user's name "": not known
  std::string agent;                // "": not known
  std::vector<model::Policy> policies;
  std::optional<policy::NamespaceFacts> ns;  // nothing: it has no namespace, or that cannot be read
  std::vector<std::string> unread;           // what could gate it and was not read, each as a sentence
  effects::SharedTable effects = nullptr;    // with what the installation adds; null: that is not known
};

enum class Answer { free, gated, refused, unknown };

struct Prediction {
  Answer answer = Answer::unknown;
  Outcome outcome;
  policy::Terms terms;             // of what is gated
  std::string why;                 // of what is refused, or gated by the gate's own word: a sentence
  std::vector<std::string> notes;  // what was assumed
  std::vector<std::string> unread;
};

// Would it be gated? What is not known counts against it: policies for an agent or a user that nobody has named count,
// and what was not read makes "nobody asks" unknown.
[[nodiscard]] Prediction predict(Query query);

// The gate itself was asked by a dry run, and refused it with this sentence ("": it was not): so it is gated, whatever
// could be read.
void add_gate_word(Prediction& prediction, const std::string& sentence);

}  // namespace sallyport::whatif
