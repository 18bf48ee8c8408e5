#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "engine/engine.hpp"
#include "model/admission.hpp"
#include "model/policy.hpp"

namespace sallyport::admission {

struct OwnKindAnswer {
  OwnKindAnswer() = default;
  OwnKindAnswer(std::string response, std::optional<bool> was_accepted = std::nullopt)
      : body(std::move(response)), accepted(was_accepted) {}

  std::string body;
  // Of a person's review: whether it was stamped. Nothing: the write was no review, or only a dry run of one.
  std::optional<bool> accepted;
};

// What a policy is checked by, beside itself.
struct PolicyChecks {
  std::function<std::optional<std::string>()> why_not_logging;
  // Sentences for whoever writes one that can work; they refuse nothing.
  std::function<boost::asio::awaitable<std::vector<std::string>>(model::Policy)> warnings_on;
};

// The webhook `sallyport-requests`: what people may write to our own kinds. Policies that cannot work are refused
// where they are written; a filled decision slot becomes a stamped review. A dry run of a policy asks whether all of
// this works, so it is refused where the log cannot be written. Engine's thread; `checks` outlives the answer.
[[nodiscard]] boost::asio::awaitable<OwnKindAnswer> answer_own_kind(engine::Engine& engine, const PolicyChecks& checks,
                                                                    model::AdmissionRequest admission);

}  // namespace sallyport::admission
