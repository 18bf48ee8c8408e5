#include "audit/replay/history.hpp"

#include <algorithm>
#include <charconv>

#include "whatif/policies.hpp"
#include "wire/approval.hpp"
#include "wire/fields.hpp"
#include "wire/names.hpp"

namespace sallyport::audit {
namespace {

using json::Value;

std::string text(const Value& line, std::string_view key) {
  return std::string(line[key].text());
}

std::vector<std::string> texts(const Value& list) {
  std::vector<std::string> texts;
  for (const auto& item : list.items()) texts.emplace_back(item.text());
  return texts;
}

// 0: it tells none.
std::uint64_t version_of(const Value& line) {
  const auto digits = line["resource_version"].text();
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  return error == std::errc() && end == digits.data() + digits.size() ? version : 0;
}

Place place_of(const Record& record) {
  const auto& line = record.line;
  return {.file = record.file,
          .line = record.number,
          .stream = text(line, "stream"),
          .seq = line["seq"].unsigned_integer().value_or(0),
          .time = parse_instant(line["time"].text()).value_or(Instant{})};
}

Call call_of(const Value& line) {
  Call call;
  call.agent = text(line, "agent");
  call.dry_run = line["dry_run"].truth();
  call.envelope.uid = text(line, "admission_uid");
  call.envelope.user.username = text(line, "username");
  call.envelope.operation = model::parse_operation(line["operation"].text()).value_or(model::Operation::create);
  call.envelope.resource = model::parse_resource(line["resource"].text());
  call.envelope.namespace_name = text(line, "namespace");
  call.envelope.name = text(line, "name");
  if (line["facts"].is_object()) call.facts = policy::read_facts(line["facts"]);
  return call;
}

model::PolicyCopy copy_of(const Value& written, wire::Fault& fault) {
  model::PolicyCopy copy;
  copy.ref = {.kind = text(written, "kind"),
              .namespace_name = text(written, "namespace"),
              .name = text(written, "name"),
              .uid = text(written, "uid"),
              .generation = written["generation"].integer().value_or(0)};
  auto approval = Value::object();
  for (const auto* key : {"requirements", "uses", "validFor", "pendingTimeout"}) approval.set(key, written[key]);
  copy.approval = wire::read_approval(wire::Fields(approval, "policies", fault));
  return copy;
}

// What people were shown. An earlier version has recorded the summary alone.
void add_shown(model::RequestSpec& spec, const Call& call, const Value& line) {
  spec.reason = text(line, "agent_says");
  for (const auto& written : line["changes"].items()) {
    model::ShownChange change{
        .path = text(written, "path"), .ignored = written["ignored"].truth(), .redacted = written["redacted"].truth()};
    if (const auto* from = written.find("from")) change.from = from->text();
    if (const auto* to = written.find("to")) change.to = to->text();
    spec.action.changes.push_back(std::move(change));
  }
  if (line.find("changes_bytes") != nullptr) spec.action.truncated = true;
  auto& action = spec.action.of_type.emplace<model::Kubernetes>();
  action.operation = call.envelope.operation;
  action.target = {.resource = call.envelope.resource,
                   .namespace_name = call.envelope.namespace_name,
                   .name = call.envelope.name,
                   .uid = ""};
  action.options = text(line, "options");
  action.effects = texts(line["effects"]);
  action.guarded = texts(line["guarded"]);
  if (const auto& connect = line["connect"]; connect.is_object()) {
    action.connect = model::Connect{.container = text(connect, "container"),
                                    .command = texts(connect["command"]),
                                    .stdin_attached = connect["stdin"].truth(),
                                    .tty = connect["tty"].truth(),
                                    .pod = {}};
  }
}

History opened(Place at, const Value& line) {
  History history;
  history.opened = std::move(at);
  history.call = call_of(line);
  auto& request = history.request;
  request.key = model::parse_request_key(line["request"].text());
  request.uid = text(line, "request_uid");
  auto& spec = request.spec;
  spec.requester.agent = history.call.agent;
  spec.requester.user.username = history.call.envelope.user.username;
  spec.requester.user.uid = text(line, "user_uid");
  spec.action.digest = text(line, "digest");
  spec.action.summary = text(line, "summary");
  spec.action.truncated = line["truncated"].truth();
  add_shown(spec, history.call, line);
  wire::Fault fault;
  for (const auto& policy : line["policies"].items()) spec.policies.push_back(copy_of(policy, fault));
  history.why_unreadable = fault.text();
  if (const auto expires = parse_instant(line["expires_at"].text())) {
    spec.expires_at = *expires;
  } else {
    history.why_unreadable = "it does not tell when it expires";
  }
  return history;
}

LoggedReview review_of(Place at, const Value& line) {
  LoggedReview logged;
  logged.is_accepted = line["event"].text() == "review_accepted";
  logged.version = version_of(line);
  logged.tells_grounds = line["groups"].is_array() && line["reviews"].is_array();
  logged.groups = texts(line["groups"]);
  logged.groups_cut = line["groups_cut"].truth();
  logged.before = texts(line["reviews"]);
  auto& review = logged.review;
  review.reviewer = text(line, "reviewer");
  review.uid = text(line, "reviewer_uid");
  review.verdict = model::parse_verdict(line["verdict"].text()).value_or(model::Verdict::none);
  review.comment = text(line, "comment");
  review.via = text(line, "via");
  review.time = parse_instant(line["reviewed_at"].text()).value_or(at.time);
  review.satisfies = texts(line["satisfies"]);
  review.accept_truncated = line["accept_truncated"].truth();
  review.seal = text(line, "seal");
  logged.at = std::move(at);
  return logged;
}

LoggedStep step_of(Place at, const Value& line) {
  LoggedStep step;
  step.version = version_of(line);
  const auto as_of = parse_instant(line["as_of"].text());
  step.tells_grounds = as_of.has_value() && line["reviews"].is_array();
  step.as_of = as_of.value_or(at.time);
  step.reviews = texts(line["reviews"]);
  if (const auto& on = line["decision"]; on.is_object()) {
    step.decision = {.stream = text(on, "stream"), .seq = on["seq"].unsigned_integer().value_or(0), .head = ""};
  }
  step.line = line;
  step.at = std::move(at);
  return step;
}

LoggedStep::Fate fate_of(const Value& outcome) {
  using Fate = LoggedStep::Fate;
  const auto result = outcome["result"].text() == "recovered" ? outcome["came_of_it"].text() : outcome["result"].text();
  if (result == "done") return Fate::landed;
  return result == "lost" || result == "failed" ? Fate::lost : Fate::unsettled;
}

std::vector<model::Agent> agents_of(const Value& line) {
  std::vector<model::Agent> agents;
  for (const auto& agent : line["agents"].items()) {
    agents.push_back({.name = text(agent, "name"),
                      .users = texts(agent["users"]),
                      .groups = texts(agent["groups"]),
                      .service_accounts = texts(agent["service_accounts"]),
                      .namespaces = texts(agent["namespaces"])});
  }
  return agents;
}

LoggedPolicy policy_of(Place at, const Value& line) {
  LoggedPolicy logged{.at = std::move(at), .change = text(line, "change"), .id = "", .policy = std::nullopt};
  logged.id = text(line, "kind") + " " + text(line, "namespace") + "/" + text(line, "name");
  if (!line["spec"].is_object()) return logged;
  auto metadata = Value::object();
  for (const auto* key : {"namespace", "name", "uid", "generation"}) metadata.set(key, line[key]);
  auto object = Value::object();
  object.set("apiVersion", wire::kApiVersion).set("kind", line["kind"]);
  object.set("metadata", std::move(metadata)).set("spec", line["spec"]);
  if (auto policy = whatif::read_policy(object)) logged.policy = std::move(*policy);
  return logged;
}

// A review stands in up to three records: it was stamped, and accepted by one replica or more. The one that tells most
// is kept. What was only stamped, and is nothing that a decision has found in the request, is no review: somebody may
// have said so to the webhook alone.
void unite_reviews(History& history) {
  std::map<std::string, LoggedReview> by_seal;
  for (auto& logged : history.reviews) {
    const auto [known, is_first] = by_seal.try_emplace(logged.review.seal, logged);
    if (is_first) continue;
    const bool is_accepted = known->second.is_accepted || logged.is_accepted;
    if (logged.tells_grounds && !known->second.tells_grounds) known->second = std::move(logged);
    known->second.is_accepted = is_accepted;
  }
  for (const auto& step : history.steps) {
    for (const auto& seal : step.reviews) {
      if (const auto found = by_seal.find(seal); found != by_seal.end()) found->second.is_accepted = true;
    }
  }
  history.reviews.clear();
  for (auto& [seal, logged] : by_seal) {
    if (logged.is_accepted) history.reviews.push_back(std::move(logged));
  }
}

}  // namespace

void Histories::add(const Record& record) {
  const auto& line = record.line;
  auto at = place_of(record);
  const auto event = line["event"].text();
  auto& stream = streams_[at.stream];
  stream.first = stream.first == 0 ? at.seq : std::min(stream.first, at.seq);
  stream.last = std::max(stream.last, at.seq);
  // Of a line that stands in two copies of a file, the first counts.
  const auto is_new = [&] { return seen_.emplace(at.stream, at.seq).second; };
  if (event == "request_opened" && is_new()) {
    requests_.emplace(text(line, "request_uid"), opened(std::move(at), line));
  } else if ((event == "review_accepted" || event == "review_stamped" || event == "intent") && is_new()) {
    unfiled_.emplace_back(std::move(at), line);
  } else if (event == "outcome") {
    // "unknown" may be followed by what it really was.
    if (const auto fate = fate_of(line); fate != LoggedStep::Fate::unsettled) fates_[text(line, "intent")] = fate;
  } else if (event == "configuration_loaded") {
    stream.starts.push_back({at.seq, agents_of(line)});
  } else if (event == "policy") {
    stream.policies.push_back(policy_of(std::move(at), line));
  } else if (event == "store_restored") {
    restorations_.push_back(at.time);
  } else if ((event == "warned" || event == "audited") && is_new()) {
    const auto cluster = line["policy_namespace"].text().empty();
    warnings_.push_back({.at = std::move(at),
                         .call = call_of(line),
                         .event = std::string(event),
                         .policy = (cluster ? "cluster/" : "") + text(line, "policy")});
  }
}

void Histories::close() {
  for (auto& [at, line] : unfiled_) {
    const auto found = requests_.find(text(line, "request_uid"));
    if (found == requests_.end()) {
      without_opening_.emplace_back(std::move(at), std::move(line));
    } else if (line["event"].text() == "intent") {
      found->second.steps.push_back(step_of(std::move(at), line));
    } else {
      found->second.reviews.push_back(review_of(std::move(at), line));
    }
  }
  unfiled_.clear();
  for (auto& [uid, history] : requests_) {
    std::ranges::sort(history.steps, {}, [](const auto& step) { return std::tie(step.version, step.at); });
    unite_reviews(history);
    std::ranges::sort(history.reviews, {}, &LoggedReview::at);
    for (auto& step : history.steps) {
      if (const auto found = fates_.find(text(step.line, "intent")); found != fates_.end()) step.fate = found->second;
      if (step.fate != LoggedStep::Fate::unsettled) continue;
      const bool relied_on = std::ranges::any_of(history.steps, [&](const auto& later) {
        return later.decision && later.decision->stream == step.at.stream && later.decision->seq == step.at.seq;
      });
      if (relied_on) step.fate = LoggedStep::Fate::landed;
    }
  }
}

}  // namespace sallyport::audit
