#include "kube/access_review.hpp"

#include "kube/paths.hpp"

namespace sallyport::kube {

json::Value write_access_review(const model::User& who, const Access& access) {
  json::Value attributes;
  const auto set = [](json::Value& object, std::string_view member, const std::string& text) {
    if (!text.empty()) object.set(member, text);
  };
  set(attributes, "verb", access.verb);
  set(attributes, "group", access.group);
  set(attributes, "version", access.version);
  set(attributes, "resource", access.resource);
  set(attributes, "subresource", access.subresource);
  set(attributes, "namespace", access.namespace_name);
  set(attributes, "name", access.name);
  json::Value spec;
  spec.set("resourceAttributes", std::move(attributes));
  set(spec, "user", who.username);
  set(spec, "uid", who.uid);
  spec.set("groups", json::Value::Array(who.groups.begin(), who.groups.end()));
  json::Value review;
  review.set("apiVersion", "authorization.k8s.io/v1");
  review.set("kind", "SubjectAccessReview");
  review.set("spec", std::move(spec));
  return review;
}

Awaitable<bool> is_allowed(Api& api, model::User who, Access access) {
  ApiCall call = create(path_of(kSubjectAccessReviews), write_access_review(who, access));
  call.effect = Effect::none;
  const auto review = co_await api.send(std::move(call));
  if (!review) {
    // The transport knows a POST, which may have changed something; this one cannot have.
    const bool unknown = review.error().code() == ErrorCode::unknown_outcome;
    co_return fail(unknown ? Error(ErrorCode::unavailable, review.error().message()) : review.error());
  }
  const json::Value& status = (*review)["status"];
  co_return status["allowed"].truth() && !status["denied"].truth();
}

}  // namespace sallyport::kube
