#include "action/describe.hpp"

#include <ranges>
#include <utility>

#include "action/canonical.hpp"
#include "action/changes.hpp"
#include "action/escape.hpp"
#include "action/left_out.hpp"
#include "action/sides.hpp"
#include "action/summary.hpp"
#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Value;
using model::Operation;

constexpr std::size_t kMaxReason = 1024;
constexpr std::size_t kMaxOptions = 4u << 10;
constexpr std::size_t kMaxName = 512;
constexpr std::size_t kMaxArguments = 256;
constexpr std::size_t kMaxArgument = 4u << 10;
constexpr std::size_t kMaxCommand = 64u << 10;
constexpr std::size_t kMaxImages = 64;

std::string shown(std::string_view text, std::size_t limit, bool& truncated) {
  auto safe = show_text(text, limit);
  truncated |= safe.cut;
  return std::move(safe.text);
}

// The agent's words: only what this write sets, since what stood there may be somebody else's. None of a Secret, whose
// annotations are not shown.
std::string reason_of(const Sides& sides, const model::AdmissionRequest& request) {
  if (sides.secret || request.operation == Operation::connect) return "";
  const auto reason_in = [](const Value& object) {
    return object["metadata"]["annotations"][kReasonAnnotation].text();
  };
  const auto reason = reason_in(request.object);
  return reason == reason_in(request.old_object) ? "" : shown_reason(reason);
}

// `kind` and `apiVersion` only repeat the operation.
std::string options_text(const Value& options, bool& truncated) {
  Value bound = bound_options(options);
  bound.erase("kind");
  bound.erase("apiVersion");
  return bound.members().empty() ? "" : shown(json::write_canonical(bound), kMaxOptions, truncated);
}

std::vector<std::string> command_of(const Value& options, bool& truncated) {
  std::vector<std::string> command;
  std::size_t bytes = 0;
  for (const Value& argument : options["command"].items()) {
    auto text = shown(argument.text(), kMaxArgument, truncated);
    bytes += text.size();
    if (command.size() == kMaxArguments || bytes > kMaxCommand) {
      truncated = true;
      break;
    }
    command.push_back(std::move(text));
  }
  return command;
}

model::Connect connect_of(const Value& options, const DescribeContext& context, bool& truncated) {
  model::Connect connect;
  connect.container = shown(options["container"].text(), kMaxName, truncated);
  connect.command = command_of(options, truncated);
  connect.stdin_attached = options["stdin"].truth();
  connect.tty = options["tty"].truth();
  if (!context.pod) return connect;
  connect.pod.uid = shown(context.pod->uid, kMaxName, truncated);
  for (const auto& id : context.pod->image_ids | std::views::take(kMaxImages))
    connect.pod.image_ids.push_back(shown(id, kMaxName, truncated));
  truncated |= context.pod->image_ids.size() > kMaxImages;
  return connect;
}

model::Target target_of(const model::AdmissionRequest& request, const DescribeContext& context, const Sides& sides,
                        bool& truncated) {
  return {.resource = request.resource,
          .namespace_name = sides.namespace_name,
          .name = shown(sides.name, kMaxName, truncated),
          .uid = std::string(target_uid(request, context))};
}

// Nobody is shown a Secret's values, and some effects would reveal them: that a key was removed, is empty, or has
// changed. So the effects of a Secret's write are those that its shown places may have, whatever their values are. All
// of its keys are shown, changed or not.
model::Effects effects_to_tell(const Sides& sides, const DescribeContext& context, const ShownChanges& changes) {
  using enum model::Effect;
  if (!sides.secret || (sides.before.is_null() && sides.after.is_null())) return context.effects;
  auto effects = changes.effects;
  for (const auto of_every_write : {shows_secret, shared}) {
    if (context.effects.has(of_every_write)) effects |= {of_every_write};
  }
  return effects;
}

}  // namespace

std::string shown_reason(std::string_view words) {
  return show_text(words, kMaxReason).text;
}

Described describe(const model::AdmissionRequest& request, const DescribeContext& context) {
  const Sides sides = make_sides(request, context);
  std::vector<json::Change> differences;
  if (request.operation == Operation::update) differences = json::diff(sides.before, sides.after);

  Described described;
  auto& record = described.record;
  for (auto form = context.forms.newest; form >= context.forms.oldest; --form) {
    described.digests.push_back(canonical_digest(request, context, sides, differences, form));
  }
  record.digest = described.digests.front();
  auto& kubernetes = record.of_type.emplace<model::Kubernetes>();
  kubernetes.operation = request.operation;
  kubernetes.target = target_of(request, context, sides, record.truncated);
  kubernetes.options = options_text(request.options, record.truncated);
  kubernetes.guarded = context.guarded;
  ShownChanges changes;
  if (request.operation == Operation::connect) {
    kubernetes.connect = connect_of(request.object, context, record.truncated);
  } else {
    changes = show_changes(sides, differences, context.weigh);
    record.changes = std::move(changes.changes);
    record.truncated |= changes.truncated;
  }
  kubernetes.effects = model::names_of(effects_to_tell(sides, context, changes));
  record.summary = summarize(kubernetes, record.changes, changes.weights);

  described.reason = reason_of(sides, request);
  described.generation = request.old_object["metadata"]["generation"].integer().value_or(0);
  const auto generation_after = request.object["metadata"]["generation"].integer().value_or(0);
  described.beyond_metadata =
      request.operation == Operation::update && described.generation > 0 && generation_after > described.generation;
  return described;
}

}  // namespace sallyport::action
