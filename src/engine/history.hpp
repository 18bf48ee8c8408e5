#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/examine.hpp"
#include "engine/request_store.hpp"
#include "engine/restoration.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine {

// One ended request that need not be kept any more.
struct Removal {
  model::RequestKey key;
  std::string uid;
  std::string why;  // for people: what of the settings says so
};

// When an ended request is over: from then on nothing can follow from what it says, nor from its not being there. Until
// then it stays, whatever the settings say.
[[nodiscard]] Instant over_at(const RequestStore::Entry& ended, Duration cooldown);

// Which of the ended requests are to be removed at `now`, at most so many, and first those that ended first: what is
// older than `retain`, and what is more than a namespace or the cluster keeps. A pure function, so that all replicas
// choose alike.
[[nodiscard]] std::vector<Removal> due_for_removal(const std::vector<const RequestStore::Entry*>& ended, Instant now,
                                                   const HistoryLimits& limits, Duration cooldown, std::size_t at_most);

// Removes requests that ended long ago. The log keeps all of them. Engine's thread.
class History {
 public:
  History(Cluster& cluster, Journal& journal, AlarmClock& clock, Random& random, RequestStore& store,
          const Restoration& restoration, const Examiner& examiner, const Settings& settings)
      : cluster_(cluster),
        journal_(journal),
        clock_(clock),
        random_(random),
        store_(store),
        restoration_(restoration),
        examiner_(examiner),
        settings_(settings),
        stopped_(clock.make_alarm()) {}

  // Every replica does this, each at times of its own; whoever comes second finds nothing. Until `stop`.
  boost::asio::awaitable<void> run();
  void stop();

  // A request is there no more: what the log says of it. By whom it was removed is known if it was this replica.
  [[nodiscard]] model::LogRecord record_of_end(const RequestStore::Entry& entry);
  [[nodiscard]] std::uint64_t removed() const { return removed_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }  // tries to; the log has each

 private:
  enum class Came { removed, left, failed };

  // Removes some of what is due, and says how long to rest before the next time.
  boost::asio::awaitable<Duration> tidy();
  boost::asio::awaitable<Came> remove(Removal removal);

  Cluster& cluster_;
  Journal& journal_;
  AlarmClock& clock_;
  Random& random_;
  RequestStore& store_;
  const Restoration& restoration_;
  const Examiner& examiner_;
  const Settings& settings_;
  std::shared_ptr<Alarm> stopped_;
  bool stopping_ = false;
  std::map<std::string, std::string> removing_;  // uid -> why
  std::set<std::string> not_ours_;               // uids of those that hold what is not sealed: people remove these
  std::uint64_t removed_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace sallyport::engine
