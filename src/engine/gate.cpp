#include "engine/gate.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "action/names.hpp"
#include "engine/answers.hpp"
#include "engine/records.hpp"

namespace sallyport::engine {
namespace {

using model::Answer;
using model::Code;
using model::State;

// How often a call may find the request changed under it before it is sent away.
constexpr int kRounds = 8;

bool same_policies(const RequestStore::Entry& entry, const Ask& ask) {
  return std::ranges::equal(entry.policies, ask.terms.policies, {}, {}, &model::PolicyCopy::ref);
}

bool is_refused_dry_run(const Ask& ask, const AdmissionCall& call) {
  return call.shows_secret || ask.terms.dry_run == model::DryRun::refuse;
}

// The name that the agent's caller finds in the audit annotations, for the log.
std::string request_of(const Answer& answer) {
  const auto found =
      std::ranges::find(answer.audit_annotations, "request", &std::pair<std::string, std::string>::first);
  return found == answer.audit_annotations.end() ? "" : found->second;
}

}  // namespace

Gate::Gate(Cluster& cluster, Journal& journal, AlarmClock& clock, RequestStore& store, Decisions& decisions,
           const Restoration& restoration, Grants& grants, const InForce& in_force, LogQuota& quota,
           const Sealer& sealer, const Settings& settings, Secret name_key)
    : cluster_(cluster),
      journal_(journal),
      clock_(clock),
      store_(store),
      decisions_(decisions),
      restoration_(restoration),
      grants_(grants),
      in_force_(in_force),
      quota_(quota),
      sealer_(sealer),
      settings_(settings),
      name_key_(std::move(name_key)),
      holds_(clock, settings.holds_per_agent, settings.holds_in_all),
      tries_(store, clock),
      waits_(clock),
      digest_form_(settings.digest_forms.oldest) {}

boost::asio::awaitable<Answer> Gate::admit(Ask ask, AdmissionCall call) {
  auto result = co_await answer(ask, call);
  record(ask, call, result);
  co_return result;
}

// Of the form that is written now, unless what people were asked under another still counts: a denial, a request that
// is open, or a use whose call the API server may yet enter again with.
std::string Gate::digest_to_ask_under(const Ask& ask) const {
  const auto weight = [this](const std::string& digest) {
    const auto* found = store_.find_by_digest(digest);
    const auto now = clock_.now();
    if (found != nullptr && found->state == State::denied && now < found->decided_at + settings_.cooldown) return 3;
    if (found != nullptr && store_.is_open(*found)) return 2;
    if (std::ranges::find(opening_, digest, &Opening::digest) != opening_.end()) return 2;
    if (found != nullptr && found->state == State::used && now <= found->ended_at + kReentryWindow) return 1;
    return 0;
  };
  const auto& written = ask.digests.at(settings_.digest_forms.newest - digest_form_);
  const auto most = std::ranges::max_element(ask.digests, {}, weight);
  return weight(*most) > weight(written) ? *most : written;
}

boost::asio::awaitable<Answer> Gate::answer(Ask& ask, const AdmissionCall& call) {
  if (call.is_collection) {
    co_return answers::refuse(Code::delete_by_name,
                              "Sallyport refuses to delete a whole collection, since each object needs an approval of "
                              "its own. Delete the objects by name.");
  }
  std::size_t skipped = 0;  // names that something else holds
  for (int round = 0; round < kRounds; ++round) {
    if (cluster_.why_not_ready()) co_return answers::not_ready();
    if (restoration_.under_way()) co_return answers::store_restored();
    const bool asks = !call.dry_run || !ask.plan.empty();
    if (!asks && is_refused_dry_run(ask, call)) co_return answers::refused_dry_run(ask, call);
    if (ask.digests.size() > 1) ask.action.digest = digest_to_ask_under(ask);
    const auto* found = store_.find_by_digest(ask.action.digest);
    std::optional<Answer> result;
    if (found != nullptr && store_.is_open(*found)) {
      result = co_await answer_on_open(ask, call, *found);
    } else {
      if (!asks) co_return answers::would_ask(ask);
      if (found != nullptr && found->state == State::denied && clock_.now() < found->decided_at + settings_.cooldown) {
        co_return answers::ended(ask, *found, settings_.cooldown);
      }
      if (found != nullptr && found->state == State::used && !call.dry_run) {
        result = co_await grants_.answer_on(ask, call, found->key);
        if (result) co_return *result;
      }
      if (auto refusal = is_full(ask)) co_return *refusal;
      if (auto refusal = asks_too_often(ask)) co_return *refusal;
      const auto tried = co_await earlier_try(ask);
      if (tried && tried->in_row >= kTriesInARow) co_return answers::differs_each_try(ask, *tried);
      // Other calls may have opened theirs meanwhile. Nothing suspends from here to where this one counts as opening.
      if (auto refusal = is_full(ask)) co_return *refusal;
      if (auto refusal = asks_too_often(ask)) co_return *refusal;
      if (auto refusal = over_limit(ask)) co_return *refusal;
      const auto before = store_.ended(ask.action.digest);
      result = co_await open(ask, call, next_attempt(ask, before + skipped), tried);
      // Neither opened nor found: the name belongs to something that is no open request of this action.
      if (!result && store_.ended(ask.action.digest) == before) ++skipped;
      if (const auto* now = store_.find_by_digest(ask.action.digest); now != nullptr && store_.is_open(*now))
        skipped = 0;
    }
    if (result) co_return *result;
  }
  co_return answers::send_again(call, Code::busy,
                                "The approval request changed while the call was answered. Send the same call again.");
}

boost::asio::awaitable<std::optional<Answer>> Gate::answer_on_open(const Ask& ask, const AdmissionCall& call,
                                                                   RequestStore::Entry entry) {
  if (!same_policies(entry, ask)) {
    if (call.dry_run && ask.plan.empty()) co_return answers::would_ask(ask);
    const bool ended = co_await decisions_.end(entry.key, "PolicyChanged", "other policies gate this action now");
    if (ended) co_return std::nullopt;
    co_return answers::refuse(
        Code::cluster_unavailable,
        "The policies have changed, and Sallyport could not end the earlier request. Send the same call again.");
  }
  // Not by an approval either: it would give away what was approved for one use as often as it is called.
  if (call.dry_run && is_refused_dry_run(ask, call)) co_return answers::refused_dry_run(ask, call, &entry);
  if (entry.state == State::approved) co_return co_await grants_.answer_on(ask, call, entry.key);
  if (call.dry_run) co_return ask.plan.empty() ? answers::would_ask(ask) : answers::asked_ahead(ask, entry);
  Tries::Call asking(tries_, entry.key);
  auto result = co_await wait(ask, call, std::move(entry));
  if (result && (result->code == Code::approval_pending || result->code == Code::shutting_down)) asking.gave_up();
  co_return result;
}

boost::asio::awaitable<std::optional<Answer>> Gate::wait(const Ask& ask, const AdmissionCall& call,
                                                         RequestStore::Entry entry) {
  if (ask.terms.while_pending == model::WhilePending::reject) co_return answers::required(ask, entry, "");
  const auto place = holds_.enter(ask.requester.agent);
  if (!place) co_return answers::required(ask, entry, "Too many calls wait already, so this one was refused at once. ");

  const std::shared_ptr<Alarm> alarm = clock_.make_alarm();
  const RequestStore::Waiter waiter(store_, entry.key, alarm);
  call.caller->on_leaving([alarm] { alarm->ring(); });
  auto command = waits_.enter(ask.requester.agent, ask.action.digest, ask.terms.wait_for);
  auto until = std::min(command.until(), call.deadline - kAnswerMargin);
  if (ask.terms.hold_for) until = std::min(until, clock_.steady() + *ask.terms.hold_for);
  for (;;) {
    if (!in_force_.stands(ask.basis)) co_return answers::policies_changed(call);
    const auto* now = store_.find(entry.key);
    if (now == nullptr || now->uid != entry.uid || now->state != State::pending) command.is_decided();
    if (now == nullptr || now->uid != entry.uid) co_return answers::deleted(entry.key);
    if (now->state == State::approved || now->state == State::used) co_return std::nullopt;
    if (now->state != State::pending) co_return answers::ended(ask, *now, settings_.cooldown);
    if (!call.caller->is_there())
      co_return answers::send_again(call, Code::approval_pending, "The caller closed the connection.");
    if (stopping_) {
      co_return answers::send_again(call, Code::shutting_down,
                                    "This replica is stopping. Send the same call again: another replica answers.");
    }
    const auto left = until - clock_.steady();
    if (left <= Duration::zero() && clock_.steady() >= command.until()) {
      command.is_over();
      co_return answers::waited_enough(ask, *now);
    }
    if (left <= Duration::zero()) co_return answers::pending(ask, call, *now);
    co_await alarm->wait(left);
  }
}

// In one namespace, or with an empty name in all.
std::map<std::string, std::size_t> Gate::being_made(const Ask& ask, const std::string& namespace_name) const {
  std::set<std::string_view> digests;
  std::map<std::string, std::size_t> made;
  for (const auto& each : opening_) {
    if (each.digest == ask.action.digest) continue;
    if (!namespace_name.empty() && each.namespace_name != namespace_name) continue;
    const auto* known = store_.find_by_digest(each.digest);
    if ((known == nullptr || !store_.is_open(*known)) && digests.insert(each.digest).second) ++made[each.agent];
  }
  return made;
}

std::optional<Answer> Gate::is_full(const Ask& ask) const {
  const auto mib = [](std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; };
  const auto& agent = ask.requester.agent;
  if (quota_.is_used_up(agent)) {
    return answers::refuse(Code::limit_reached,
                           "Agent " + agent + " has filled " + mib(settings_.log_bytes_per_agent_a_day) +
                               " of the log today, which is the limit (limits.logMiBPerAgentPerDay). Its new requests "
                               "are refused until midnight UTC.");
  }
  const auto& limits = settings_.history;
  const auto where = key_for(ask, 0).namespace_name;
  if (store_.bytes_in_namespace(where) >= limits.bytes_per_namespace) {
    return answers::refuse(Code::limit_reached,
                           "Namespace " + where + " holds " + mib(limits.bytes_per_namespace) +
                               " of approval requests, which is the limit (limits.keptMiBPerNamespace). New requests "
                               "there are refused until some are deleted: tell the people who run Sallyport.");
  }
  if (store_.bytes() >= limits.bytes_in_all) {
    return answers::refuse(Code::limit_reached,
                           "The cluster holds " + mib(limits.bytes_in_all) +
                               " of approval requests, which is the limit (limits.keptMiB). New requests are refused "
                               "until some are deleted: tell the people who run Sallyport.");
  }
  return std::nullopt;
}

std::optional<Answer> Gate::over_limit(const Ask& ask) const {
  const auto& agent = ask.requester.agent;
  auto making = being_made(ask, "");
  if (store_.open_of_agent(agent) + making[agent] >= settings_.open_per_agent) {
    return answers::refuse(
        Code::too_many_requests,
        "Agent " + agent + " has " + std::to_string(settings_.open_per_agent) +
            " open approval requests, which is the limit (limits.openPerAgent). Wait until some are decided, or "
            "withdraw some.");
  }
  const auto key = key_for(ask, 0);
  const auto& where = key.namespace_name;
  making = being_made(ask, where);
  const auto mine = store_.open_in_namespace_of(where, agent) + making[agent];  // who asks counts as one there
  auto agents = store_.agents_in_namespace(where);
  auto all = store_.open_in_namespace(where);
  for (const auto& [who, made] : making) {
    if (store_.open_in_namespace_of(where, who) == 0) ++agents;
    all += made;
  }
  if (mine >= settings_.open_per_namespace / agents || all >= settings_.open_per_namespace) {
    return answers::refuse(Code::too_many_requests,
                           "Agent " + agent + " has its share of the " + std::to_string(settings_.open_per_namespace) +
                               " open approval requests that namespace " + where +
                               " may have (limits.openPerNamespace). Wait until some are decided, or withdraw some.");
  }
  return std::nullopt;
}

std::optional<Answer> Gate::asks_too_often(const Ask& ask) const {
  const auto& agent = ask.requester.agent;
  const auto target = object_of(ask.action);
  const auto making = static_cast<std::size_t>(std::ranges::count_if(opening_, [&](const auto& each) {
    return each.agent == agent && each.target == target && each.digest != ask.action.digest;
  }));
  const auto left = kAsksAfterDenial - std::min(kAsksAfterDenial, making);
  const auto* denial = store_.denied_and_asked_again(key_for(ask, 0).namespace_name, agent, target,
                                                     clock_.now() - settings_.cooldown, left);
  return denial == nullptr ? std::nullopt : std::optional(answers::asked_too_often(ask, *denial, settings_.cooldown));
}

model::RequestKey Gate::key_for(const Ask& ask, std::size_t attempt) const {
  const auto& target = ask.action.kubernetes()->target;
  const bool is_namespace = target.resource.group.empty() && target.resource.resource == "namespaces";
  const bool cluster_scoped = target.namespace_name.empty() || is_namespace;
  return {cluster_scoped ? settings_.own_namespace : target.namespace_name,
          action::request_name(ask.terms.policies.front().ref.name, name_key_, ask.requester.user.username,
                               ask.action.digest, attempt)};
}

// Counted by the ended requests of the action; but the first of them may have been removed, and what is left has the
// numbers behind them. One that is open is not passed over: it was opened meanwhile, and another would be one too many.
std::size_t Gate::next_attempt(const Ask& ask, std::size_t from) const {
  const auto* held = store_.find(key_for(ask, from));
  while (held != nullptr && !store_.is_open(*held)) held = store_.find(key_for(ask, ++from));
  return from;
}

model::RequestSpec Gate::spec_for(const Ask& ask, const model::RequestKey& key) const {
  model::RequestSpec spec;
  spec.requester = ask.requester;
  spec.reason = ask.reason;
  if (!ask.plan.empty()) spec.plan = action::plan_name(ask.plan, name_key_, ask.requester.user.username);
  spec.action = ask.action;
  spec.policies = ask.terms.policies;
  spec.expires_at = clock_.now() + ask.terms.pending_timeout;
  if (auto* kubernetes = spec.action.kubernetes(); kubernetes != nullptr && !sealer_.covers_deeds()) {
    kubernetes->effects.clear();
    kubernetes->guarded.clear();
  }
  spec.seal = sealer_.seal_spec(key, spec);
  return spec;
}

// Commands in a pod leave nothing behind that could be seen, and are run again and again.
std::optional<EarlierUse> Gate::earlier_use(const Ask& ask) const {
  if (ask.action.kubernetes()->operation == model::Operation::connect) return std::nullopt;
  const auto* used = store_.find_last_used(ask.action.digest);
  if (used == nullptr) return std::nullopt;
  return EarlierUse{used->key, used->uid, used->used_at};
}

// People need not read on about what nobody waits for any more.
boost::asio::awaitable<std::optional<EarlierTry>> Gate::earlier_try(const Ask& ask) {
  const auto row = tries_.row_before(ask, key_for(ask, 0).namespace_name);
  if (!row.last) co_return std::nullopt;
  const auto last = co_await cluster_.read_request(*row.last);
  EarlierTry earlier{*row.last, last ? differing_words(last->spec.action, ask.action) : "not known", row.length};
  if (row.length >= kTriesInARow) co_return earlier;
  for (const auto& left : row.left) {
    co_await decisions_.give_way(left,
                                 "the agent's command asks something else by now: what differs is " + earlier.differs);
  }
  co_return earlier;
}

boost::asio::awaitable<std::optional<Answer>> Gate::open(const Ask& ask, const AdmissionCall& call, std::size_t attempt,
                                                         std::optional<EarlierTry> tried) {
  const auto key = key_for(ask, attempt);
  const auto earlier = earlier_use(ask);
  const auto place = opening_.insert(
      opening_.end(), {ask.action.digest, ask.requester.agent, key.namespace_name, object_of(ask.action)});
  auto created = co_await cluster_.create_request(key, spec_for(ask, key));
  opening_.erase(place);
  if (!created && created.error().code() != ErrorCode::already_exists) {
    co_return answers::not_created(ask, key, created.error());
  }
  if (!created) {
    // Another replica was first, or the store is behind: what stands there is the request, if it is for the same
    // action.
    auto standing_there = co_await cluster_.read_request(key);
    if (standing_there) store_.observe(*standing_there);
    co_return std::nullopt;
  }
  journal_.append_async(records::request_opened(*created, ask, call, earlier, tried));
  store_.observe(*created);
  cluster_.announce(
      *created, "Opened",
      created->spec.action.summary + ": waits for approval" + (earlier ? ". Note: " + to_words(*earlier) : ""));
  const auto status =
      co_await cluster_.replace_status(*created, pending_status(created->spec, clock_.now(), earlier, tried));
  if (status) store_.observe(*status);
  co_return std::nullopt;
}

void Gate::record(const Ask& ask, const AdmissionCall& call, const Answer& answer) {
  const bool waiting = answer.status == 429 && !answer.allowed;
  const auto found = repeats_.find(ask.action.digest);
  if (waiting && found != repeats_.end()) {
    ++found->second.count;
    return;
  }
  auto record = records::answered(ask, call, answer, request_of(answer));
  if (waiting) {
    repeats_.emplace(ask.action.digest, Repeats{record, 0});
  } else if (found != repeats_.end()) {
    tell(found->second);
    repeats_.erase(found);
  }
  if (answer.allowed && !call.dry_run) return;  // its use's intent and outcome are its record
  quota_.note_answer(std::move(record));
}

void Gate::tell(const Repeats& repeats) {
  if (repeats.count == 0) return;
  auto record = repeats.first;
  record.fields.set("count", repeats.count);
  quota_.note_answer(std::move(record));
}

void Gate::flush_repeats() {
  tries_.tidy();
  std::erase_if(repeats_, [&](auto& repeated) {
    const auto* entry = store_.find_by_digest(repeated.first);
    if (!stopping_ && entry != nullptr && store_.is_open(*entry)) return false;
    tell(repeated.second);
    return true;
  });
}

void Gate::stop_holding() {
  stopping_ = true;
  store_.ring_all();
}

}  // namespace sallyport::engine
