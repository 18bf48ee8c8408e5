#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "kube/api.hpp"
#include "kube/known_objects.hpp"
#include "kube/paths.hpp"
#include "kube/watch_reader.hpp"

namespace sallyport::kube {

// Told, on the executor's thread, what an Informer hears: in order, each version at most once. It may stop the informer
// (what was read by then is still told), and must not destroy it.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_added(json::Value object) = 0;
  virtual void on_modified(json::Value object) = 0;
  virtual void on_deleted(const ObjectId& object) = 0;
  // A list is complete: what was told so far is all there is, as of this version.
  virtual void on_synced(std::uint64_t version) = 0;
  // A watch has been opened: changes are heard of from now on.
  virtual void on_watching() {}
  // What is told from now on is older than what was told before: the cluster's store was put back to an earlier state.
  virtual void on_restored(const std::string& /*why*/) {}
  // Something did not work; it is tried again by itself.
  virtual void on_trouble(const Error& error) = 0;
};

// Follows a collection: list, then watch, for as long as it runs. A watch may stall without a sign, so that what was
// heard is a hint; only `confirm` proves that it is all. Lives on the Api's one thread, which alone may call it, until
// `run` has returned; the Api's worker parses large pages and events.
class Informer {
 public:
  struct Settings {
    Collection collection;
    std::size_t page = 500;           // objects an answer; less where they may be large. Of names it is always 500
    std::string namespace_name = {};  // "": all
    std::string field_selector = {};  // "": all
  };

  Informer(const boost::asio::any_io_executor& executor, Api& api, Settings settings, Observer& observer);

  [[nodiscard]] boost::asio::awaitable<void> run();
  void stop();

  // Reads all names and versions (a quorum read) and compares; lists again at once where something was missed. The
  // steady time as of which nothing is missing. Of confirm and confirm_if_older one call at a time.
  [[nodiscard]] Awaitable<Duration> confirm();
  // For a collection that grows: confirms where that was longer ago than `age`, and gives true. Else one small quorum
  // read shows whether the store was put back behind what was heard; where it was, lists again at once, which is as
  // good as confirm.
  [[nodiscard]] Awaitable<bool> confirm_if_older(Duration age);
  // The time of the last list or confirm that worked; zero: none yet.
  [[nodiscard]] Duration confirmed_at() const { return confirmed_at_; }

 private:
  using SteadyClock = std::chrono::steady_clock;
  enum class Ended { properly, failed, must_list };

  boost::asio::awaitable<Result<void>> list();
  boost::asio::awaitable<Ended> watch();
  boost::asio::awaitable<Ended> follow(SteadyClock::time_point opened);
  Awaitable<json::Value> read_page(std::string continue_token);
  Awaitable<json::Value> read_names_page(std::string continue_token, std::size_t most);
  boost::asio::awaitable<Result<void>> read_names(std::vector<ObjectId>* names, std::uint64_t* version);
  Awaitable<Duration> relist(Duration since);
  boost::asio::awaitable<void> back_off();
  Result<void> take_page(json::Value& page, std::vector<ObjectId>& listed);
  void look_for_restoration(const json::Value& page, std::uint64_t version);
  Result<void> take_events(WatchReader::Events read);
  Result<void> take_event(WatchEvent event);
  void tell(KnownObjects::News news, const ObjectId& before, json::Value object);
  [[nodiscard]] std::string path(std::string query) const;
  [[nodiscard]] std::string watch_path() const;

  Api& api_;
  Settings settings_;
  Observer& observer_;
  KnownObjects known_;
  std::unique_ptr<net::ResponseStream> stream_;
  boost::asio::steady_timer pause_;   // between two tries
  boost::asio::steady_timer listed_;  // cancelled when a list is complete
  unsigned failures_ = 0;             // in a row
  bool must_list_ = true;
  bool stopping_ = false;
  Duration confirmed_at_{};
};

}  // namespace sallyport::kube
