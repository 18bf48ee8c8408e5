#include "endpoints/webhooks.hpp"

#include <algorithm>

#include <malloc.h>

#include "endpoints/caller.hpp"
#include "engine/answers.hpp"
#include "net/limits.hpp"
#include "wire/admission.hpp"
#include "wire/answer.hpp"

namespace sallyport::endpoints {
namespace {

namespace asio = boost::asio;
using net::Response;

Response plain(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text) + "\n"};
}

Response json_response(std::string body) {
  return {200, "application/json", std::move(body)};
}

// When the API server gives up on the call: it says so in ?timeout=10s, rounded up to whole seconds.
Duration deadline_of(const net::Request& request, Duration otherwise) {
  auto timeout = otherwise;
  if (request.query.starts_with("timeout=")) {
    if (const auto given = parse_duration(std::string_view(request.query).substr(8)))
      timeout = std::min(*given, otherwise);
  }
  return std::chrono::floor<Duration>(request.arrived.time_since_epoch()) + timeout;
}

// What a large review was parsed into is free by the time its call waits, but scattered among what is in use: the
// allocator would keep it, some hundred KiB for each of many calls that wait for minutes.
constexpr std::size_t kLargeBody = 128 * net::kKiB;

void give_memory_back() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

bool is_json(const std::string& content_type) {
  return content_type == "application/json" || content_type.starts_with("application/json;");
}

}  // namespace

Webhooks::Path Webhooks::parse_path(std::string_view path) {
  const auto slash = path.find('/', 1);
  if (path.empty() || path[0] != '/' || slash == std::string_view::npos) return {};
  const auto end = path.substr(slash + 1);
  const auto route = end == "admit" ? Route::admit : end == "requests" ? Route::requests : Route::none;
  return {route, path.substr(1, slash - 1)};
}

bool Webhooks::is_path(std::string_view secret) const {
  const auto& path = snapshot_->path;
  if (!path.current.empty() && equal_in_constant_time(secret, path.current)) return true;
  return !path.previous.empty() && clock_.steady() < path.previous_until &&
         equal_in_constant_time(secret, path.previous);
}

// By a client certificate where the API server has one, else by the path that only it was told. The CA alone proves
// nothing: it may sign for kubelets as well.
net::CallerVerdict Webhooks::authorize_caller(std::string_view path, const std::optional<std::string>& client_name) {
  const auto [route, secret] = parse_path(path);
  if (route == Route::none) return turn_away();
  if (const auto& names = context_.client_names; !names.empty()) {
    return (client_name && std::ranges::find(names, *client_name) != names.end()) || turn_away();
  }
  if (is_path(secret)) return true;
  return ask_for_path(std::string(secret));
}

bool Webhooks::turn_away() {
  metrics_.unproven.fetch_add(1, std::memory_order_relaxed);
  return false;
}

// Another replica may have made a new path a moment ago, and the API server have been told already.
asio::awaitable<bool> Webhooks::ask_for_path(std::string secret) {
  co_return co_await engine_.knows_path(std::move(secret)) || turn_away();
}

net::Answer Webhooks::handle(net::Request request) {
  const auto route = parse_path(request.path).route;
  if (request.method != "POST") return plain(405, "an AdmissionReview is sent by POST");
  if (!is_json(request.content_type)) return plain(415, "an AdmissionReview is application/json");
  if (route == Route::admit) return admit(std::move(request));
  return own_kind(std::move(request));
}

void Webhooks::sample_refusal(std::string_view uid, const model::Answer& answer) {
  if (answer.code == model::Code::bad_review) metrics_.undecodable.fetch_add(1, std::memory_order_relaxed);
  if (auto record = refusals_.refused(clock_.steady(), uid, answer)) engine_.append_async(std::move(*record));
}

Response Webhooks::undecodable(std::string_view body, const Error& error) {
  const auto uid = wire::readable_uid(body);
  const auto refusal = engine::answers::refuse(model::Code::bad_review,
                                               "The AdmissionReview cannot be decoded: " + error.message() + ".");
  sample_refusal(uid.value_or(""), refusal);
  if (!uid) return plain(400, "this is no AdmissionReview: " + error.message());
  metrics_.answered(refusal.code);
  return json_response(wire::write_answer(*uid, refusal));
}

net::Answer Webhooks::admit(net::Request request) {
  auto result = admission::triage(context_, *snapshot_, clock_.steady(), request.body);
  if (!result) return undecodable(request.body, result.error());
  if (result->agent != nullptr) agents_seen_.saw(*result->agent, clock_.now());
  using Next = admission::Triage::Next;
  const auto arrived = request.arrived;
  if (result->next == Next::answer) return answer_now(*result, arrived);
  if (result->next == Next::log) return log_first(std::move(*result), arrived);
  result->matched = snapshot_;
  Waiting waiting{std::move(request.call), deadline_of(request, context_.timeout), request.body.size(), arrived};
  if (result->next == Next::look) return look(std::move(*result), std::move(waiting));
  return gate(std::move(*result), std::move(waiting));
}

void Webhooks::note_duration(Arrived arrived) {
  metrics_.admissions_took.observe(clock_.steady() - std::chrono::floor<Duration>(arrived.time_since_epoch()));
}

Response Webhooks::answer_now(const admission::Triage& triage, Arrived arrived) {
  if (triage.unmatched) {
    metrics_.unmatched.fetch_add(1, std::memory_order_relaxed);
  } else {
    metrics_.answered(triage.answer.code);
    sample_refusal(triage.uid, triage.answer);
  }
  note_duration(arrived);
  return json_response(wire::write_answer(triage.uid, triage.answer));
}

// The guard must know more of the cluster than the review tells.
asio::awaitable<Response> Webhooks::look(admission::Triage triage, Waiting waiting) {
  using Next = admission::Triage::Next;
  metrics_.guard_reads.fetch_add(1, std::memory_order_relaxed);
  auto reads = co_await read(*triage.question);
  if (!reads) co_return cannot_read(triage.uid, reads.error());
  auto resumed = admission::resume(context_, std::move(triage), std::move(*reads));
  if (resumed.next == Next::answer) co_return answer_now(resumed, waiting.arrived);
  if (resumed.next == Next::log) co_return co_await log_first(std::move(resumed), waiting.arrived);
  co_return co_await gate(std::move(resumed), std::move(waiting));
}

asio::awaitable<Result<policy::GuardReads>> Webhooks::read(policy::GuardQuestion question) {
  policy::GuardReads reads;
  if (const auto* name = std::get_if<policy::PodName>(&question.about)) {
    const auto pod = co_await engine_.read_pod(name->namespace_name, name->name);
    const bool is_gone = !pod && pod.error().code() == ErrorCode::not_found;
    if (!pod && !is_gone) {
      co_return fail(pod.error().code(), "Sallyport cannot read pod " + name->namespace_name + "/" + name->name +
                                             ", which this call connects to: " + pod.error().message() + ".");
    }
    reads.pod = is_gone ? policy::GuardReads::Pod{.is_there = false, .account = {}}
                        : policy::GuardReads::Pod{.account = pod->service_account};
    co_return reads;
  }
  auto holders = co_await engine_.read_role_holders(std::get<model::RoleName>(question.about));
  if (!holders) {
    co_return fail(holders.error().code(),
                   "Sallyport cannot read who holds this role: " + holders.error().message() + ".");
  }
  reads.holders = std::move(*holders);
  co_return reads;
}

Response Webhooks::cannot_read(std::string_view uid, const Error& error) {
  const auto refusal = error.code() == ErrorCode::not_found
                           ? engine::answers::not_found(error.message())
                           : engine::answers::refuse(model::Code::cluster_unavailable, error.message());
  sample_refusal(uid, refusal);
  metrics_.answered(refusal.code);
  return json_response(wire::write_answer(uid, refusal));
}

// P6: an allow waits until its records are on the disk; a refusal does not.
asio::awaitable<Response> Webhooks::log_first(admission::Triage triage, Arrived arrived) {
  for (auto& record : triage.records) {
    metrics_.observed(record.event);
    if (engine_.is_only_counted(record)) continue;
    if (!triage.answer.allowed) {
      engine_.append_async(std::move(record));
      continue;
    }
    const auto logged = co_await engine_.append(std::move(record));
    if (logged) continue;
    triage.answer = engine::answers::log_unavailable(logged.error());
  }
  metrics_.answered(triage.answer.code);
  note_duration(arrived);
  co_return json_response(wire::write_answer(triage.uid, triage.answer));
}

asio::awaitable<Result<admission::Parent>> Webhooks::read_parent(const model::AdmissionRequest& request) {
  const auto resource = admission::parent_to_read(request);
  if (!resource) co_return admission::Parent{};
  const auto name = request.name.empty() ? std::string(request.object["metadata"]["name"].text()) : request.name;
  const auto cannot_read = [&](const Error& error) {
    const auto what =
        to_string(*resource) + " " + (request.namespace_name.empty() ? name : request.namespace_name + "/" + name);
    if (error.code() == ErrorCode::not_found) return fail(error.code(), what + " does not exist. Nobody was asked.");
    return fail(error.code(), "Sallyport cannot read " + what + ", which this call acts on: " + error.message() + ".");
  };
  const bool is_pod = resource->group.empty() && resource->resource == "pods";
  if (is_pod && request.operation == model::Operation::connect) {
    auto pod = co_await engine_.read_pod(request.namespace_name, name);
    if (!pod) co_return cannot_read(pod.error());
    co_return admission::Parent{pod->uid, std::move(*pod)};
  }
  auto uid = co_await engine_.read_uid(*resource, request.namespace_name, name);
  // What is not there has no uid: the API server itself refuses the call, and one that is made later is another. Of a
  // proxy the name may hold a scheme and a port as well.
  if (!uid && uid.error().code() == ErrorCode::not_found) co_return admission::Parent{};
  if (!uid) co_return cannot_read(uid.error());
  co_return admission::Parent{std::move(*uid), std::nullopt};
}

asio::awaitable<Response> Webhooks::gate(admission::Triage triage, Waiting waiting) {
  const auto uid = triage.uid;
  auto records = std::move(triage.records);  // of policies in Warn and Audit beside those that ask
  auto warnings = std::move(triage.answer.warnings);
  for (auto& record : records) {
    metrics_.observed(record.event);
    if (!engine_.is_only_counted(record)) engine_.append_async(std::move(record));
  }
  auto parent = co_await read_parent(*triage.request);
  if (!parent) co_return cannot_read(uid, parent.error());
  auto asked = admission::ask_of(context_, std::move(triage), std::move(*parent));
  asked.call.deadline = waiting.deadline;
  asked.call.caller = make_caller(std::move(waiting.call), engine_.executor());
  if (waiting.body_bytes > kLargeBody) give_memory_back();
  auto answer = co_await engine_.admit(std::move(asked.ask), std::move(asked.call));
  answer.warnings.insert(answer.warnings.end(), warnings.begin(), warnings.end());
  metrics_.answered(answer.code);
  co_return json_response(wire::write_answer(uid, answer));
}

asio::awaitable<Response> Webhooks::own_kind(net::Request request) {
  auto decoded = wire::read_admission(request.body);
  if (!decoded) co_return undecodable(request.body, decoded.error());
  request.body = {};
  auto answer = co_await engine_.answer_own_kind(std::move(*decoded));
  if (answer.accepted) {
    auto& counter = *answer.accepted ? metrics_.reviews_accepted : metrics_.reviews_refused;
    counter.fetch_add(1, std::memory_order_relaxed);
  }
  co_return json_response(std::move(answer.body));
}

}  // namespace sallyport::endpoints
