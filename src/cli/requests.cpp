#include "cli/requests.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/near_names.hpp"
#include "cli/request_names.hpp"
#include "kube/paths.hpp"
#include "wire/request.hpp"

namespace sallyport::cli {
namespace {

constexpr std::chrono::seconds kListTime{30};
// A decision waits for the webhook, which waits for the log's disk.
constexpr std::chrono::seconds kDecisionTime{30};

std::unexpected<Failure> failed_by(const Error& error, const Session& session) {
  return std::unexpected(explain(error, session.server()));
}

// Anything else would be another path of the API.
bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

Failure no_request(const model::RequestKey& key, const std::string& hint) {
  return {Exit::refused, "no approvalrequest " + safe(key.name) + " in namespace " + safe(key.namespace_name) + hint};
}

// The namespaces that have one of this very name, in words; "" where there is none, or we may not look.
Task<std::string> elsewhere_words(Session& session, std::string name) {
  const auto objects = co_await fetch_requests(session, "", "metadata.name=" + name);
  if (!objects || objects->empty()) co_return std::string();
  const std::string where = safe(objects->front()["metadata"]["namespace"].text());
  co_return "; it is in namespace " + where + ": add -n " + where;
}

// The one request that a name begins, or whose last part it begins.
Task<Found> fetch_meant(Session& session, model::RequestKey key) {
  auto objects = co_await fetch_requests(session, key.namespace_name, "");
  if (!objects) {
    const bool not_installed = objects.error().sentence.contains("not installed");
    co_return std::unexpected(not_installed ? objects.error() : no_request(key, ""));
  }
  std::vector<std::string> names;
  for (const auto& object : *objects) names.emplace_back(object["metadata"]["name"].text());
  const auto meant = names_meant(key.name, names);
  if (meant.size() == 1) {
    const auto at = std::ranges::find(names, meant.front()) - names.begin();
    co_return read_found(std::move((*objects)[static_cast<std::size_t>(at)]));
  }
  if (meant.size() > 1) co_return std::unexpected(no_request(key, several_words(meant)));
  const auto elsewhere = co_await elsewhere_words(session, key.name);
  const std::string hint = elsewhere.value_or("");
  co_return std::unexpected(no_request(key, hint.empty() ? did_you_mean(key.name, names) : hint));
}

}  // namespace

Outcome<Found> read_found(json::Value object) {
  auto request = wire::read_request(object);
  if (!request) {
    return failed(Exit::refused, "approvalrequest " + safe(object["metadata"]["name"].text()) +
                                     " cannot be read by this version: " + safe(request.error().message()));
  }
  if (auto* const metadata = object.find_mutable("metadata")) metadata->erase("managedFields");
  return Found{std::move(object), std::move(*request)};
}

Task<Found> fetch_request(Session& session, model::RequestKey key) {
  if (!is_name(key.name) || !is_name(key.namespace_name)) {
    co_return failed(Exit::refused, "no approvalrequest " + safe(to_string(key)) +
                                        ": names hold lower-case letters, digits, - and . alone");
  }
  auto object =
      co_await session.api().send(kube::get(kube::path_of(kube::kApprovalRequests, key.namespace_name, key.name)));
  if (object) co_return read_found(std::move(*object));
  if (object.error().code() != ErrorCode::not_found) co_return failed_by(object.error(), session);
  co_return co_await fetch_meant(session, std::move(key));
}

Task<std::vector<json::Value>> fetch_plan(Session& session, std::string plan) {
  if (!is_name(plan)) co_return std::vector<json::Value>();
  const std::string label = "sallyport.dev/plan=" + plan;
  auto objects = co_await fetch_requests(session, "", "", label);
  if (objects || objects.error().exit == Exit::unreachable) co_return objects;
  co_return co_await fetch_requests(session, session.namespace_name(), "", label);
}

Task<std::vector<json::Value>> fetch_requests(Session& session, std::string namespace_name, std::string selector,
                                              std::string labels) {
  std::vector<json::Value> objects;
  std::string continue_token;
  do {
    auto call = kube::get(kube::path_of(kube::kApprovalRequests, namespace_name) + "?limit=500");
    if (!selector.empty()) call.path += "&fieldSelector=" + kube::escape(selector);
    if (!labels.empty()) call.path += "&labelSelector=" + kube::escape(labels);
    if (!continue_token.empty()) call.path += "&continue=" + kube::escape(continue_token);
    call.within = kListTime;
    auto page = co_await session.api().send(std::move(call));
    if (!page) co_return failed_by(page.error(), session);
    auto* const items = page->find_mutable("items");
    if (items != nullptr && items->is_array()) {
      for (auto& item : items->mutable_items()) objects.push_back(std::move(item));
    }
    continue_token = (*page)["metadata"]["continue"].text();
  } while (!continue_token.empty());
  co_return objects;
}

Task<model::User> fetch_self(Session& session) {
  json::Value review = json::Value::object();
  review.set("apiVersion", "authentication.k8s.io/v1").set("kind", "SelfSubjectReview");
  auto call = kube::create("/apis/authentication.k8s.io/v1/selfsubjectreviews", review);
  call.effect = kube::Effect::none;
  const auto answer = co_await session.api().send(std::move(call));
  if (!answer) co_return failed_by(answer.error(), session);
  const auto& info = (*answer)["status"]["userInfo"];
  model::User user{.username = std::string(info["username"].text()), .uid = std::string(info["uid"].text())};
  for (const auto& group : info["groups"].items()) user.groups.emplace_back(group.text());
  co_return user;
}

json::Value decision_patch(const model::DecisionSlot& decision) {
  json::Value slot = json::Value::object();
  slot.set("verdict", to_string(decision.verdict));
  if (!decision.comment.empty()) slot.set("comment", decision.comment);
  if (!decision.digest.empty()) slot.set("digest", decision.digest);
  if (decision.accept_truncated) slot.set("acceptTruncated", true);
  return json::Value::object().set("spec", json::Value::object().set("decision", std::move(slot)));
}

Task<Found> send_decision(Session& session, model::RequestKey key, model::DecisionSlot decision) {
  auto call = kube::merge_patch(
      kube::path_of(kube::kApprovalRequests, key.namespace_name, key.name) + "?fieldManager=kubectl-sallyport",
      decision_patch(decision));
  call.within = kDecisionTime;
  auto object = co_await session.api().send(std::move(call));
  if (object) co_return read_found(std::move(*object));
  if (object.error().code() == ErrorCode::not_found) {
    co_return failed(Exit::refused, "approvalrequest " + safe(key.name) + " is gone: nothing was decided");
  }
  co_return failed_by(object.error(), session);
}

}  // namespace sallyport::cli
