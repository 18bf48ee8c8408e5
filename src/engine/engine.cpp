#include "engine/engine.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/answers.hpp"

namespace sallyport::engine {
namespace {

constexpr Duration kLookForPoliciesEvery = std::chrono::seconds(15);

// The first that says why; a denial without a word adds none.
std::string objection_in(const std::vector<model::Review>& sealed) {
  for (const auto& review : sealed) {
    if (review.verdict == model::Verdict::deny && !review.comment.empty()) return answers::quote(review.comment);
  }
  return "";
}

}  // namespace

Engine::Engine(Cluster& cluster, Journal& journal, AlarmClock& clock, Random& random, Settings settings, Secret key,
               InForce in_force)
    : journal_(journal),
      clock_(clock),
      settings_(std::move(settings)),
      in_force_(std::move(in_force)),
      sealer_(key.clone(), settings_.cluster_id, settings_.seal_forms),
      examiner_(sealer_, settings_.agents),
      forgeries_(cluster, journal),
      log_quota_(journal, clock, settings_),
      landings_(cluster, journal, clock, settings_.callers_proven),
      store_(clock, settings_.seal_forms),
      transitions_(cluster, journal, random),
      decisions_(cluster, clock, store_, transitions_, sealer_, examiner_, forgeries_, landings_, settings_),
      restoration_(journal, clock, store_, decisions_),
      history_(cluster, journal, clock, random, store_, restoration_, examiner_, settings_),
      grants_(cluster, journal, clock, store_, transitions_, restoration_, sealer_, examiner_, forgeries_, in_force_),
      gate_(cluster, journal, clock, store_, decisions_, restoration_, grants_, in_force_, log_quota_, sealer_,
            settings_, std::move(key)),
      reviewing_(cluster, journal, log_quota_, clock, landings_, sealer_, examiner_, settings_),
      stopped_(clock.make_alarm()),
      left_(clock.make_alarm()) {
  store_.read_objections_by([this](const model::ApprovalRequest& request) {
    const auto sealed = examiner_.examine(request, clock_.now());
    return sealed.decision ? objection_in(sealed.reviews) : "";
  });
  store_.on_gone([this](const RequestStore::Entry& entry) {
    restoration_.forget(entry.uid);
    forgeries_.forget(entry.uid);
    landings_.forget(entry.uid);
    journal_.append_async(history_.record_of_end(entry));
  });
}

boost::asio::awaitable<model::Answer> Engine::admit(Ask ask, AdmissionCall call) {
  const Inside inside(*this);
  co_return co_await gate_.admit(std::move(ask), std::move(call));
}

boost::asio::awaitable<ReviewAnswer> Engine::review(ReviewCall call) {
  const Inside inside(*this);
  co_return co_await reviewing_.review(std::move(call));
}

boost::asio::awaitable<void> Engine::observe(model::ApprovalRequest request) {
  const Inside inside(*this);
  const auto now = clock_.now();
  restoration_.saw(request, now);
  const bool is_news = store_.observe(request);
  const auto sealed = examiner_.examine(request, now);
  forgeries_.report(request, sealed);
  const bool stamped_here = landings_.saw(request, sealed);
  if (is_news) co_await decisions_.follow(request.key, stamped_here);
}

void Engine::others_read(const std::vector<model::Forms>& others) {
  const auto newest = [&others](std::uint32_t model::Forms::* of) {
    std::vector<std::uint32_t> all;
    std::ranges::transform(others, std::back_inserter(all), of);
    return all;
  };
  sealer_.write_form(model::form_to_write(settings_.seal_forms, newest(&model::Forms::seal)));
  gate_.write_digest_form(model::form_to_write(settings_.digest_forms, newest(&model::Forms::digest)));
}

void Engine::policies_changed() {
  look_for_policies_at_ = Duration{};
  store_.ring_all();
}

// What did not succeed is tried again, but not every second: a person may have to look at it first.
boost::asio::awaitable<void> Engine::end_those_without_policy() {
  if (clock_.steady() < look_for_policies_at_) co_return;
  look_for_policies_at_ = Duration::max();
  const bool all_ended = co_await decisions_.end_those_without_policy(in_force_.has);
  if (!all_ended) look_for_policies_at_ = std::min(look_for_policies_at_, clock_.steady() + kLookForPoliciesEvery);
}

boost::asio::awaitable<void> Engine::tidy_history() {
  const Inside inside(*this);
  co_await history_.run();
}

boost::asio::awaitable<void> Engine::run_chores() {
  const Inside inside(*this);
  while (!stopping_) {
    co_await restoration_.go_on();
    landings_.sweep();
    co_await end_those_without_policy();
    co_await decisions_.sweep();
    gate_.flush_repeats();
    log_quota_.flush();
    if (co_await stopped_->wait(kSweepEvery)) break;
  }
  gate_.flush_repeats();
  log_quota_.flush(true);
}

void Engine::stop() {
  stopping_ = true;
  stop_holding();
  decisions_.stop();
  history_.stop();
  stopped_->ring();
}

boost::asio::awaitable<bool> Engine::ended(Duration at_most) {
  const auto until = clock_.steady() + at_most;
  while (inside_ > 0 && clock_.steady() < until) co_await left_->wait(until - clock_.steady());
  co_return inside_ == 0;
}

}  // namespace sallyport::engine
