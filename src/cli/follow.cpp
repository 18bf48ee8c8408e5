#include "cli/follow.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "kube/paths.hpp"
#include "kube/watch_reader.hpp"

namespace sallyport::cli {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr seconds kIdle{90};  // the API server sends a bookmark about every minute
constexpr seconds kPause{1};
// An API server that has just started answers 403 to everybody until it has read its roles.
constexpr seconds kPatience{30};

class Follower {
 public:
  Follower(Session& session, Following what, OnNews on_news, OnListed on_listed)
      : session_(session), what_(std::move(what)), on_news_(std::move(on_news)), on_listed_(std::move(on_listed)) {}

  Task<Exit> run() {
    for (;;) {
      auto version = co_await list();
      if (stopped_) co_return Exit::done;
      if (version) {
        trouble_since_.reset();
        listed_ = true;
        const auto watched = co_await watch(std::move(*version));
        if (stopped_) co_return Exit::done;
        if (!watched)
          note(watched.error());
        else if (!is_late())
          continue;  // the watch's time was up, not ours
      } else if (!may_pass(version.error())) {
        co_return std::unexpected(explain(version.error(), session_.server()));
      } else {
        note(version.error());
      }
      if (is_late()) co_return failed(Exit::timed_out, "");
      co_await pause();
    }
  }

 private:
  [[nodiscard]] bool is_late() const { return what_.deadline && Clock::now() >= *what_.deadline; }
  [[nodiscard]] Clock::duration time_left(Clock::duration most) const {
    if (!what_.deadline) return most;
    return std::clamp<Clock::duration>(*what_.deadline - Clock::now(), Clock::duration::zero(), most);
  }

  [[nodiscard]] bool may_pass(const Error& error) const {
    if (!listed_) return is_late();
    const bool not_let_in = error.code() == ErrorCode::forbidden || error.code() == ErrorCode::not_found;
    return !not_let_in || !trouble_since_ || Clock::now() - *trouble_since_ < kPatience;
  }

  void note(const Error& error) {
    if (trouble_since_ || is_late()) return;
    trouble_since_ = Clock::now();
    if (error.code() == ErrorCode::too_old) return;
    complain(explain(error, session_.server()).sentence + "; trying again");
  }

  [[nodiscard]] std::string path() const {
    std::string path = kube::path_of(kube::kApprovalRequests, what_.namespace_name) + "?";
    if (!what_.name.empty()) path += "fieldSelector=" + kube::escape("metadata.name=" + what_.name) + "&";
    return path;
  }

  void tell(json::Value object) {
    const std::string uid(object["metadata"]["uid"].text());
    std::string version(object["metadata"]["resourceVersion"].text());
    std::string& known = known_[uid];
    if (known == version) return;
    known = std::move(version);
    if (!on_news_(News::seen, std::move(object))) stopped_ = true;
  }

  void tell_gone(json::Value object) {
    if (known_.erase(std::string(object["metadata"]["uid"].text())) == 0) return;
    if (!on_news_(News::gone, std::move(object))) stopped_ = true;
  }

  // The version that the list is of.
  boost::asio::awaitable<Result<std::string>> list() {
    auto call = kube::get(path() + "limit=0");
    call.within = std::chrono::duration_cast<std::chrono::milliseconds>(time_left(seconds(30)));
    auto page = co_await session_.api().send(std::move(call));
    if (!page) co_return fail(page.error());
    std::set<std::string> standing;
    auto* const items = page->find_mutable("items");
    if (items != nullptr && items->is_array()) {
      for (auto& item : items->mutable_items()) {
        standing.emplace(item["metadata"]["uid"].text());
        if (!stopped_) tell(std::move(item));
      }
    }
    if (!stopped_) forget_all_but(standing);
    if (!stopped_ && !listed_ && !on_listed_()) stopped_ = true;
    co_return std::string((*page)["metadata"]["resourceVersion"].text());
  }

  // What was deleted while we were not listening: there is no object left to tell of.
  void forget_all_but(const std::set<std::string>& standing) {
    std::vector<std::string> gone;
    for (const auto& [uid, version] : known_) {
      if (!standing.contains(uid)) gone.push_back(uid);
    }
    for (const auto& uid : gone) {
      known_.erase(uid);
      if (!stopped_ && !on_news_(News::gone, json::Value())) stopped_ = true;
    }
  }

  boost::asio::awaitable<Result<void>> watch(std::string version) {
    auto opened = co_await session_.api().open(kube::get(
        path() + "watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=" + kube::escape(version)));
    if (!opened) co_return fail(opened.error());
    kube::WatchReader reader;
    while (!stopped_ && !is_late()) {
      const auto piece = co_await (*opened)->read_some(time_left(kIdle));
      if (!piece) co_return fail(piece.error());
      if (piece->empty()) break;
      reader.feed(*piece);
      if (auto taken = take(reader); !taken) co_return taken;
    }
    co_return Result<void>{};
  }

  Result<void> take(kube::WatchReader& reader) {
    while (!stopped_) {
      auto event = reader.next();
      if (!event) return fail(event.error());
      if (!*event) return {};
      using Type = kube::WatchEvent::Type;
      if ((*event)->type == Type::error) return fail(kube::error_of((*event)->object));
      if ((*event)->type == Type::deleted) tell_gone(std::move((*event)->object));
      if ((*event)->type == Type::added || (*event)->type == Type::modified) tell(std::move((*event)->object));
    }
    return {};
  }

  boost::asio::awaitable<void> pause() {
    asio::steady_timer timer(session_.executor(), time_left(kPause));
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  Session& session_;
  Following what_;
  OnNews on_news_;
  OnListed on_listed_;
  std::map<std::string, std::string> known_;  // versions by uid
  std::optional<Clock::time_point> trouble_since_;
  bool listed_ = false;
  bool stopped_ = false;
};

}  // namespace

Task<Exit> follow(Session& session, Following what, OnNews on_news, OnListed on_listed) {
  Follower follower(session, std::move(what), std::move(on_news), std::move(on_listed));
  co_return co_await follower.run();
}

}  // namespace sallyport::cli
