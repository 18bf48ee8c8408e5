#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "engine/admission_call.hpp"
#include "engine/ask.hpp"
#include "engine/command_waits.hpp"
#include "engine/decisions.hpp"
#include "engine/grants.hpp"
#include "engine/holds.hpp"
#include "engine/log_quota.hpp"
#include "engine/outcomes.hpp"
#include "engine/request_store.hpp"
#include "engine/settings.hpp"
#include "engine/tries.hpp"
#include "model/answer.hpp"

namespace sallyport::engine {

// Answers one admission of a gated action: finds or opens its request, waits for people as the policies say, and lets
// the call through on a grant. Engine's thread.
class Gate {
 public:
  Gate(Cluster& cluster, Journal& journal, AlarmClock& clock, RequestStore& store, Decisions& decisions,
       const Restoration& restoration, Grants& grants, const InForce& in_force, LogQuota& quota, const Sealer& sealer,
       const Settings& settings, Secret name_key);

  boost::asio::awaitable<model::Answer> admit(Ask ask, AdmissionCall call);

  // From now on no call waits: all that do get "send again", which another replica will answer.
  void stop_holding();
  // The form of digests that new requests get: the older one until it is said that all replicas read the newer.
  void write_digest_form(std::uint32_t form) { digest_form_ = form; }
  [[nodiscard]] std::size_t holding() const { return holds_.count(); }
  [[nodiscard]] const Histogram& holds_took() const { return holds_.took(); }
  // An open request that is gone from the store: whatever stands counted for it is written to the log.
  void flush_repeats();

 private:
  [[nodiscard]] std::string digest_to_ask_under(const Ask& ask) const;
  // In all of these `ask` and `call` belong to `admit`, which awaits them. Nothing: what stands has changed meanwhile,
  // so it is looked at again, up to a few rounds.
  boost::asio::awaitable<model::Answer> answer(Ask& ask, const AdmissionCall& call);
  boost::asio::awaitable<std::optional<model::Answer>> answer_on_open(const Ask& ask, const AdmissionCall& call,
                                                                      RequestStore::Entry entry);
  boost::asio::awaitable<std::optional<model::Answer>> wait(const Ask& ask, const AdmissionCall& call,
                                                            RequestStore::Entry entry);
  boost::asio::awaitable<std::optional<model::Answer>> open(const Ask& ask, const AdmissionCall& call,
                                                            std::size_t attempt, std::optional<EarlierTry> tried);
  // What the same command has asked before, if it asks something else at each try: that ends, if nobody waits for it.
  boost::asio::awaitable<std::optional<EarlierTry>> earlier_try(const Ask& ask);
  [[nodiscard]] std::optional<model::Answer> over_limit(const Ask& ask) const;
  // No more is kept, whoever asks.
  [[nodiscard]] std::optional<model::Answer> is_full(const Ask& ask) const;
  // After a denial, other asks about the same object are other words for the same question.
  [[nodiscard]] std::optional<model::Answer> asks_too_often(const Ask& ask) const;
  // Requests of other actions that the API server is making for us, and the store does not know yet: by agent.
  [[nodiscard]] std::map<std::string, std::size_t> being_made(const Ask& ask, const std::string& namespace_name) const;
  [[nodiscard]] model::RequestKey key_for(const Ask& ask, std::size_t attempt) const;
  [[nodiscard]] std::size_t next_attempt(const Ask& ask, std::size_t from) const;
  [[nodiscard]] std::optional<EarlierUse> earlier_use(const Ask& ask) const;
  [[nodiscard]] model::RequestSpec spec_for(const Ask& ask, const model::RequestKey& key) const;
  void record(const Ask& ask, const AdmissionCall& call, const model::Answer& answer);

  Cluster& cluster_;
  Journal& journal_;
  AlarmClock& clock_;
  RequestStore& store_;
  Decisions& decisions_;
  const Restoration& restoration_;
  Grants& grants_;
  const InForce& in_force_;
  LogQuota& quota_;
  const Sealer& sealer_;
  const Settings& settings_;
  Secret name_key_;
  Holds holds_;
  Tries tries_;
  CommandWaits waits_;
  std::uint32_t digest_form_;
  bool stopping_ = false;

  // The calls that are inside `open`, so that many at once do not pass a limit together.
  struct Opening {
    std::string digest, agent, namespace_name, target;
  };
  std::list<Opening> opening_;

  // The re-sends of one waiting call are one record with a count: the first is written at once, the others when it
  // ends.
  struct Repeats {
    model::LogRecord first;
    std::uint64_t count = 0;
  };
  void tell(const Repeats& repeats);
  std::map<std::string, Repeats> repeats_;  // by digest
};

}  // namespace sallyport::engine
