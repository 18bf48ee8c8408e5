#include "engine/engine.hpp"

namespace sallyport::engine {

Engine::Engine(Cluster& cluster, Journal& journal, Clock& clock, Settings settings, Secret key,
               std::function<std::uint64_t()> policies_revision)
    : journal_(journal),
      clock_(clock),
      settings_(std::move(settings)),
      sealer_(key.clone(), settings_.cluster_id),
      book_(clock),
      transitions_(cluster, journal),
      decisions_(cluster, journal, clock, book_, transitions_, sealer_),
      restoration_(journal, book_, decisions_),
      history_(cluster, journal, clock, book_, restoration_, sealer_, settings_),
      grants_(cluster, journal, clock, book_, transitions_, restoration_, sealer_, std::move(policies_revision)),
      gate_(cluster, journal, clock, book_, decisions_, restoration_, grants_, sealer_, settings_, std::move(key)),
      reviewing_(cluster, journal, clock, decisions_, sealer_, settings_),
      stopped_(clock.make_alarm()) {
  book_.on_gone([this](const Book::Entry& entry) {
    restoration_.forget(entry.uid);
    journal_.note(history_.record_of_end(entry));
  });
}

boost::asio::awaitable<void> Engine::observe(model::ApprovalRequest request) {
  restoration_.saw(request, clock_.now());
  if (book_.observe(request)) co_await decisions_.follow(request.key);
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
