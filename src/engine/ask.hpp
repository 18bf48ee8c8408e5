#pragma once

#include <string>
#include <vector>

#include "json/value.hpp"
#include "model/request.hpp"
#include "policy/basis.hpp"
#include "policy/combine.hpp"

namespace sallyport::engine {

// What is asked: everything that people decide about, whichever call brought it. Two calls that ask the same have the
// same action.digest. Made from the call alone, without its body: a held call keeps no more than this and its
// AdmissionCall.
struct Ask {
  model::Requester requester;
  model::ActionRecord action;
  // In each form that this build reads, the newest first: it is asked under one of them, action.digest. Empty: of one
  // form alone.
  std::vector<std::string> digests;
  std::string reason;   // the agent's words
  std::string plan;     // of a dry run that asks ahead: what the agent calls all that it asks with it; "": it does not
  policy::Terms terms;  // of the Enforce policies that matched, combined
  json::Value facts;    // by which they matched, for the log
  policy::Basis basis;  // of the match: once it no longer stands, the call is matched anew
};

}  // namespace sallyport::engine
