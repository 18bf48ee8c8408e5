#include "wire/admission.hpp"

#include <utility>

#include "json/json.hpp"
#include "wire/fields.hpp"
#include "wire/names.hpp"

namespace sallyport::wire {
namespace {

model::Resource read_resource(const Fields& resource) {
  return {.group = resource.text("group"), .version = resource.text("version"), .resource = resource.text("resource")};
}

std::string first_text(const Fields& extra, std::string_view key) {
  std::vector<std::string> texts = extra.texts(key);
  return texts.empty() ? std::string() : std::move(texts.front());
}

model::User read_user(const Fields& user) {
  const Fields extra = user.object("extra");
  return {.username = user.needed_text("username"),
          .uid = user.text("uid"),
          .groups = user.texts("groups"),
          .pod = first_text(extra, kExtraPod),
          .node = first_text(extra, kExtraNode),
          .credential_id = first_text(extra, kExtraCredential)};
}

void check_conversion(const Fields& request, const model::Resource& resource) {
  if (!request.has("requestResource")) return;
  model::Resource as_sent = read_resource(request.object("requestResource"));
  as_sent.subresource = request.text("requestSubResource");
  if (as_sent != resource) request.complain("resource", "was converted from the version that the caller used");
}

// The API server sends an object where an operation has one, and null where it has none.
void check_objects(const Fields& request, model::Operation operation) {
  using model::Operation;
  const auto expect = [&request](std::string_view key, bool expected) {
    if (request.value()[key].is_object() == expected && request.has(key) == expected) return;
    request.complain(key, expected ? "must be an object" : "must be null");
  };
  expect("object", operation != Operation::del);
  expect("oldObject", operation == Operation::update || operation == Operation::del);
  expect("options", request.has("options"));
}

json::Value take(json::Value& request, std::string_view key) {
  json::Value* value = request.find_mutable(key);
  return value == nullptr ? json::Value() : std::move(*value);
}

void read_request(const Fields& request, model::AdmissionRequest& review) {
  review.uid = request.needed_text("uid");
  review.kind = request.object("kind").needed_text("kind");
  review.resource = read_resource(request.object("resource"));
  review.resource.subresource = request.text("subResource");
  review.name = request.text("name");
  review.namespace_name = request.text("namespace");
  review.operation = request.needed_word("operation", model::parse_operation, model::Operation::create);
  review.user = read_user(request.object("userInfo"));
  review.dry_run = request.flag("dryRun");
  check_conversion(request, review.resource);
  check_objects(request, review.operation);
}

}  // namespace

Result<model::AdmissionRequest> read_admission(std::string_view body) {
  Result<json::Value> parsed = json::parse(body);
  if (!parsed) return fail(parsed.error().while_doing("reading a review"));
  Fault fault;
  const Fields root(*parsed, "", fault);
  if (root.text("apiVersion") != kReviewVersion || root.text("kind") != kReviewKind) {
    root.complain("kind", "must be an AdmissionReview of admission.k8s.io/v1");
  }
  model::AdmissionRequest review;
  read_request(root.object("request"), review);
  if (fault.any()) return fail(ErrorCode::bad_input, "reading a review: " + fault.text());
  json::Value& request = *parsed->find_mutable("request");
  review.object = take(request, "object");
  review.old_object = take(request, "oldObject");
  review.options = take(request, "options");
  return review;
}

}  // namespace sallyport::wire
