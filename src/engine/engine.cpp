#include "engine/engine.hpp"

namespace sallyport::engine {

Engine::Engine(Cluster& cluster, Journal& journal, Clock& clock, Settings settings, Secret key,
               std::function<std::uint64_t()> policies_revision)
    : journal_(journal),
      clock_(clock),
      settings_(std::move(settings)),
      sealer_(key.clone(), settings_.cluster_id),
      examiner_(sealer_, settings_.agents),
      forgeries_(cluster, journal),
      book_(clock),
      transitions_(cluster, journal),
      decisions_(cluster, clock, book_, transitions_, sealer_, examiner_, forgeries_),
      restoration_(journal, book_, decisions_),
      history_(cluster, journal, clock, book_, restoration_, examiner_, settings_),
      grants_(cluster, journal, clock, book_, transitions_, restoration_, sealer_, examiner_, forgeries_,
              std::move(policies_revision)),
      gate_(cluster, journal, clock, book_, decisions_, restoration_, grants_, sealer_, settings_, std::move(key)),
      reviewing_(cluster, journal, clock, decisions_, sealer_, examiner_, settings_),
      stopped_(clock.make_alarm()) {
  book_.on_gone([this](const Book::Entry& entry) {
    restoration_.forget(entry.uid);
    forgeries_.forget(entry.uid);
    journal_.note(history_.record_of_end(entry));
  });
}

boost::asio::awaitable<void> Engine::observe(model::ApprovalRequest request) {
  const auto now = clock_.now();
  restoration_.saw(request, now);
  if (!book_.observe(request)) co_return;
  forgeries_.report(request, examiner_.examine(request, now));
  co_await decisions_.follow(request.key);
}

boost::asio::awaitable<void> Engine::run_chores() {
  while (!stopping_) {
    co_await restoration_.go_on();
    co_await decisions_.sweep();
    gate_.flush_repeats();
    if (co_await stopped_->wait(kSweepEvery)) break;
  }
  gate_.flush_repeats();
}

void Engine::stop() {
  stopping_ = true;
  stop_holding();
  history_.stop();
  stopped_->ring();
}

}  // namespace sallyport::engine
