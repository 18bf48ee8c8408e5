#include "cli/surroundings.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/dry_run.hpp"
#include "cli/ink.hpp"
#include "kube/paths.hpp"
#include "whatif/policies.hpp"

namespace sallyport::cli {
namespace {

constexpr std::chrono::seconds kListTime{30};

std::unexpected<Failure> failed_by(const Error& error, const Session& session) {
  return std::unexpected(explain(error, session.server()));
}

// "POST /path: HTTP 403: why" without what leads up to it.
std::string why_of(const Error& error, const Session& session) {
  return explain(error, session.server()).sentence;
}

bool is_forbidden(const Error& error) {
  return error.code() == ErrorCode::forbidden;
}

kube::Collection collection_of(const ApiResource& resource) {
  return {resource.group, resource.version, resource.plural};
}

// What the gate says of a dry run that it lets through; "": nothing.
std::string word_of_gate(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings) {
    if (const auto tail = warning.find(" [code=WouldAsk"); tail != std::string::npos) return warning.substr(0, tail);
  }
  return "";
}

constexpr std::string_view kManager = "sallyport-check";

// That we would own fields says nothing of the agent's write.
json::Value without_our_fields(json::Value object) {
  auto* const metadata = object.find_mutable("metadata");
  auto* const managers = metadata != nullptr ? metadata->find_mutable("managedFields") : nullptr;
  if (managers != nullptr && managers->is_array()) {
    std::erase_if(managers->mutable_items(), [](const auto& entry) { return entry["manager"].text() == kManager; });
  }
  return object;
}

// What a merge of the manifest into the object makes of it: lists replaced, all else kept.
json::Value merged(json::Value object, const json::Value& manifest) {
  for (const auto& [key, value] : manifest.members()) {
    auto* const old = object.find_mutable(key);
    object.set(key, old != nullptr && old->is_object() && value.is_object() ? merged(std::move(*old), value) : value);
  }
  return object;
}

void add_policies(const json::Value& list, std::string_view kind, PolicyNews& news) {
  for (auto item : list["items"].items()) {
    // Items of a list have neither.
    item.set("apiVersion", "sallyport.dev/v1alpha1").set("kind", kind);
    auto policy = whatif::read_policy(item);
    if (policy) {
      news.policies.push_back(std::move(*policy));
    } else {
      news.unread.push_back(std::string(kind) + " " + std::string(item["metadata"]["name"].text()) + ": " +
                            policy.error().message());
    }
  }
}

Task<bool> list_policies(Session& session, kube::Collection collection, std::string namespace_name,
                         std::string_view kind, PolicyNews* news) {
  std::string continue_token;
  do {
    auto call = kube::get(kube::path_of(collection, namespace_name) + "?limit=500");
    if (!continue_token.empty()) call.path += "&continue=" + kube::escape(continue_token);
    call.within = kListTime;
    const auto page = co_await session.api().send(std::move(call));
    if (!page && is_forbidden(page.error())) {
      news->unread.push_back("the " + std::string(collection.plural) +
                             (namespace_name.empty() ? "" : " of namespace " + namespace_name) + ": " +
                             why_of(page.error(), session));
      co_return false;
    }
    if (!page) co_return failed_by(page.error(), session);
    add_policies(*page, kind, *news);
    continue_token = (*page)["metadata"]["continue"].text();
  } while (!continue_token.empty());
  co_return true;
}

}  // namespace

Task<ApiResource> find_resource(Session& session, std::string api_version, std::string kind) {
  const auto slash = api_version.find('/');
  ApiResource resource{.group = slash == std::string::npos ? "" : api_version.substr(0, slash),
                       .version = slash == std::string::npos ? api_version : api_version.substr(slash + 1),
                       .plural = ""};
  const std::string path = (resource.group.empty() ? "/api/" : "/apis/" + kube::escape(resource.group) + "/") +
                           kube::escape(resource.version);
  const auto list = co_await session.api().send(kube::get(path));
  if (!list && list.error().code() != ErrorCode::not_found) co_return failed_by(list.error(), session);
  if (list) {
    for (const auto& each : (*list)["resources"].items()) {
      if (each["kind"].text() != kind || each["name"].text().contains('/')) continue;
      resource.plural = each["name"].text();
      resource.namespaced = each["namespaced"].truth();
      co_return resource;
    }
  }
  co_return failed(Exit::refused, "the cluster has no kind " + safe(kind) + " in " + safe(api_version));
}

Task<Sides> find_sides(Session& session, ApiResource resource, json::Value manifest, bool with_after) {
  Sides sides{.before = {}, .after = manifest, .gate_says = {}, .notes = {}, .unread = {}};
  const std::string name(manifest["metadata"]["name"].text());
  const auto path = kube::path_of(collection_of(resource), std::string(manifest["metadata"]["namespace"].text()), name);
  auto standing = co_await session.api().send(kube::get(path));
  if (standing) {
    sides.before = std::move(*standing);
  } else if (is_forbidden(standing.error())) {
    sides.unread.push_back("the object as it is now: " + why_of(standing.error(), session));
  } else if (standing.error().code() != ErrorCode::not_found) {
    co_return failed_by(standing.error(), session);
  }
  if (!with_after) co_return sides;
  auto would_be = co_await session.api().ask(dry_run(path, manifest, kManager));
  if (would_be) {
    sides.after = without_our_fields(std::move(would_be->object));
    sides.gate_says = word_of_gate(would_be->warnings);
    co_return sides;
  }
  if (sides.before) sides.after = merged(*sides.before, manifest);
  const std::string why = why_of(would_be.error(), session);
  const bool by_gate = would_be.error().message().contains("[code=");
  if (by_gate) sides.gate_says = why;
  sides.notes.push_back(
      "taken as it is written, without defaults and what other webhooks change, since " +
      (by_gate ? "the gate refuses you the API server's dry run" : "the API server's dry run failed: " + why));
  co_return sides;
}

Task<PolicyNews> find_policies(Session& session, std::string namespace_name) {
  PolicyNews news;
  const auto cluster =
      co_await list_policies(session, kube::kClusterApprovalPolicies, "", "ClusterApprovalPolicy", &news);
  if (!cluster) co_return std::unexpected(cluster.error());
  if (namespace_name.empty()) co_return news;
  const auto own = co_await list_policies(session, kube::kApprovalPolicies, namespace_name, "ApprovalPolicy", &news);
  if (!own) co_return std::unexpected(own.error());
  const auto found = co_await session.api().send(kube::get(kube::path_of(kube::kNamespaces, "", namespace_name)));
  if (!found && !is_forbidden(found.error())) {
    if (found.error().code() != ErrorCode::not_found) co_return failed_by(found.error(), session);
    co_return failed(Exit::refused, "there is no namespace " + safe(namespace_name));
  }
  if (!found) {
    news.notes.push_back(
        "the labels of namespace " + namespace_name +
        " cannot be read, so every namespaceSelector counts as met: " + why_of(found.error(), session));
    co_return news;
  }
  const auto& metadata = (*found)["metadata"];
  policy::NamespaceFacts facts{.name = namespace_name, .uid = std::string(metadata["uid"].text())};
  for (const auto& [key, value] : metadata["labels"].members())
    facts.labels.push_back({key, std::string(value.text())});
  facts.terminating = !metadata["deletionTimestamp"].is_null();
  news.ns = std::move(facts);
  co_return news;
}

}  // namespace sallyport::cli
