#include "admission/own_kinds.hpp"

#include "engine/answers.hpp"
#include "json/json.hpp"
#include "policy/validate.hpp"
#include "wire/answer.hpp"
#include "wire/policy.hpp"
#include "wire/request.hpp"

namespace sallyport::admission {
namespace {

using model::AdmissionRequest;

std::string refuse(const AdmissionRequest& admission, std::string sentence) {
  return wire::write_answer(admission.uid, engine::answers::refuse(model::Code::guarded, std::move(sentence)));
}

std::string allow(const AdmissionRequest& admission, const std::vector<std::string>& warnings = {}) {
  return wire::write_mutation(admission.uid, json::Value::array(), warnings);
}

boost::asio::awaitable<std::string> answer_policy(const PolicyChecks& checks, AdmissionRequest admission) {
  auto policy = wire::read_policy(admission.object);
  if (!policy) co_return refuse(admission, "The policy cannot be read: " + policy.error().message() + ".");
  policy::add_faults(*policy);
  if (policy->works()) {
    auto warnings = policy::find_deprecated(policy->spec);
    for (auto& warning : co_await checks.warnings_on(std::move(*policy))) warnings.push_back(std::move(warning));
    co_return allow(admission, warnings);
  }
  std::string sentence = admission.kind + " " + admission.name + " cannot work.";
  for (const auto& fault : policy->faults) sentence += " " + fault + (fault.ends_with('.') ? "" : ".");
  co_return refuse(admission, sentence);
}

// The spec without what a review changes: the rest must stand as it was.
json::Value without_slot(const json::Value& spec) {
  auto rest = spec;
  rest.erase("decision");
  return rest;
}

json::Value stamp(const model::ApprovalRequest& request, const model::Review& review) {
  auto operations = json::Value::array();
  operations.push(json::Value::object().set("op", "remove").set("path", "/spec/decision"));
  const bool first = request.spec.reviews.empty();
  auto added = wire::write_review(review);
  if (first) {
    auto list = json::Value::array();
    list.push(std::move(added));
    added = std::move(list);
  }
  operations.push(json::Value::object()
                      .set("op", "add")
                      .set("path", first ? "/spec/reviews" : "/spec/reviews/-")
                      .set("value", std::move(added)));
  return operations;
}

boost::asio::awaitable<OwnKindAnswer> answer_review(engine::Engine& engine, AdmissionRequest admission) {
  const auto& before = admission.old_object["spec"];
  const auto& after = admission.object["spec"];
  if (!before["decision"].is_null()) {
    if (after["decision"].is_null() && without_slot(before) == without_slot(after)) co_return allow(admission);
    co_return refuse(admission, "spec.decision holds a decision that was never checked: it can only be emptied.");
  }
  if (after["decision"].is_null() || without_slot(before) != without_slot(after)) {
    co_return refuse(admission,
                     "Of an ApprovalRequest's spec only spec.decision may be written: {\"spec\":{\"decision\":"
                     "{\"verdict\":\"Approve\"}}}.");
  }
  auto request = wire::read_request(admission.old_object);
  const auto slot = wire::read_slot(after["decision"]);
  if (!request) co_return refuse(admission, "The request cannot be read: " + request.error().message() + ".");
  if (!slot) co_return refuse(admission, "spec.decision cannot be read: " + slot.error().message() + ".");

  auto answer = co_await engine.review({admission.user, *request, *slot, "kubectl", admission.dry_run});
  const auto accepted = admission.dry_run ? std::nullopt : std::optional(answer.review.has_value());
  if (!answer.review) co_return OwnKindAnswer(refuse(admission, std::move(answer.refusal)), accepted);
  co_return OwnKindAnswer(wire::write_mutation(admission.uid, stamp(*request, *answer.review)), accepted);
}

}  // namespace

boost::asio::awaitable<OwnKindAnswer> answer_own_kind(engine::Engine& engine, const PolicyChecks& checks,
                                                      AdmissionRequest admission) {
  const bool is_request =
      admission.resource.group == "sallyport.dev" && admission.resource.resource == "approvalrequests";
  if (!is_request) {
    const auto why = admission.dry_run ? checks.why_not_logging() : std::nullopt;
    if (why)
      co_return refuse(admission, "Sallyport cannot write its log, so it lets no gated action through: " + *why + ".");
    co_return OwnKindAnswer(co_await answer_policy(checks, std::move(admission)));
  }
  if (admission.operation != model::Operation::update) {
    co_return refuse(admission, "ApprovalRequests are made by Sallyport alone, when an agent's call needs approval.");
  }
  co_return co_await answer_review(engine, std::move(admission));
}

}  // namespace sallyport::admission
