#include "action/sides.hpp"

#include "action/secrets.hpp"
#include "action/server_made.hpp"

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

void hide_secret_values(Sides& sides, const Secret& key) {
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
  leave_out_bookkeeping(request, context.has_status_subresource, sides.before);
  leave_out_bookkeeping(request, context.has_status_subresource, sides.after);
  const auto places = context.ignore_builtin ? builtin_ignored(request) : std::vector<json::Path>();
  sides.ignored = take_out_ignored(context.ignored_fields, places, sides.before, sides.after);
  if (sides.secret) hide_secret_values(sides, context.hash_key);
  return sides;
}

}  // namespace sallyport::action
