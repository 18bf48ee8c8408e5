#include "action/sides.hpp"

#include "action/ownership.hpp"
#include "action/secrets.hpp"
#include "action/server_made.hpp"
#include "json/json.hpp"

namespace sallyport::action {
namespace {

using model::Operation;

// Each object of a deletecollection comes without a name in the request.
std::string target_name(const model::AdmissionRequest& request) {
  if (has_generated_name(request)) return generated_name(request.object["metadata"]["generateName"].text());
  if (!request.name.empty()) return request.name;
  const auto& object = request.object.is_null() ? request.old_object : request.object;
  return std::string(object["metadata"]["name"].text());
}

// Of a Namespace object the API server gives its own name, generated or not.
std::string target_namespace(const model::AdmissionRequest& request, const std::string& name) {
  const bool is_namespace = request.resource.group.empty() && request.resource.resource == "namespaces";
  return is_namespace && has_generated_name(request) ? name : request.namespace_name;
}

// Who owns a Secret's field hangs on whether a value is another than before: hidden as one, and always there.
void join_owners(json::Value& object) {
  json::Value* metadata = object.find_mutable("metadata");
  if (metadata && metadata->is_object())
    metadata->set("managedFields", json::write_canonical((*metadata)["managedFields"]));
}

void hide_secret_values(Sides& sides, const Secret& key) {
  join_owners(sides.before);
  join_owners(sides.after);
  redact(sides.before, key);
  redact(sides.after, key);
  for (auto& change : sides.ignored)
    if (!is_shown_of_secret(change.path)) change.from = change.to = std::nullopt;
}

}  // namespace

Sides make_sides(const model::AdmissionRequest& request, const DescribeContext& context) {
  Sides sides;
  sides.name = target_name(request);
  sides.namespace_name = target_namespace(request, sides.name);
  sides.secret = is_secret(request);
  if (request.operation != Operation::create && request.operation != Operation::update) return sides;

  sides.before = request.old_object;
  sides.after = request.object;
  replace_server_made(request, sides.after);
  leave_out_bookkeeping(request, sides.before);
  leave_out_bookkeeping(request, sides.after);
  replace_managed_fields(ownership_changes(request), sides.before, sides.after);
  const auto places = context.ignore_builtin ? builtin_ignored(request) : std::vector<json::Path>();
  // Which of a Secret's places differ would tell what they hold.
  sides.ignored = take_out_ignored(context.ignored_fields, places, sides.secret, sides.before, sides.after);
  if (sides.secret) hide_secret_values(sides, context.hash_key);
  return sides;
}

}  // namespace sallyport::action
