#include "cli/as_sent.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "json/json.hpp"

namespace sallyport::cli {
namespace {

using json::Value;

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::string_view kHook = "helm.sh/hook";

// The member of that name, made where there is none.
Value& member(Value& object, std::string_view key) {
  if (const auto* found = object.find(key); found == nullptr || !found->is_object()) object.set(key, Value::object());
  return *object.find_mutable(key);
}

Value& annotations_of(Value& object) {
  return member(member(object, "metadata"), "annotations");
}

// As Go writes a text in JSON, in which HTML could stand.
std::string without_html(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<':
        safe += R"(\u003c)";
        break;
      case '>':
        safe += R"(\u003e)";
        break;
      case '&':
        safe += R"(\u0026)";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

// kubectl writes into the object what the file has of it, which its next apply goes by.
void remember_applied(Value& object) {
  auto& annotations = annotations_of(object);
  annotations.erase(kLastApplied);
  const auto text = without_html(json::write_canonical(object)) + "\n";
  annotations_of(object).set(kLastApplied, text);
}

// "pre-install,post-upgrade"
bool runs_at_install(std::string_view hooks) {
  constexpr std::array<std::string_view, 2> kInstall = {"pre-install", "post-install"};
  while (!hooks.empty()) {
    const auto comma = hooks.find(',');
    auto hook = hooks.substr(0, comma);
    while (hook.starts_with(' ')) hook.remove_prefix(1);
    while (hook.ends_with(' ')) hook.remove_suffix(1);
    if (std::ranges::find(kInstall, hook) != kInstall.end()) return true;
    hooks.remove_prefix(comma == std::string_view::npos ? hooks.size() : comma + 1);
  }
  return false;
}

// Helm marks what belongs to a release; hooks do not.
std::optional<Value> of_release(Value object, const NextCommand& next) {
  if (const auto& hook = object["metadata"]["annotations"][kHook]; hook.is_string()) {
    return runs_at_install(hook.text()) ? std::optional(std::move(object)) : std::nullopt;
  }
  member(member(object, "metadata"), "labels").set("app.kubernetes.io/managed-by", "Helm");
  annotations_of(object)
      .set("meta.helm.sh/release-name", next.release)
      .set("meta.helm.sh/release-namespace", next.namespace_name);
  return object;
}

}  // namespace

std::optional<Value> as_sent(Value manifest, const NextCommand& next) {
  switch (next.sender) {
    case Sender::apply:
      remember_applied(manifest);
      break;
    case Sender::helm:
      return of_release(std::move(manifest), next);
    case Sender::server_side_apply:
      break;
  }
  return manifest;
}

Value asking(Value object, const std::string& plan, const std::string& reason) {
  auto& annotations = annotations_of(object);
  annotations.set("sallyport.dev/plan", plan);
  if (!reason.empty()) annotations.set("sallyport.dev/reason", reason);
  return object;
}

}  // namespace sallyport::cli
