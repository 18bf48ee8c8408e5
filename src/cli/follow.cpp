#include "cli/follow.hpp"

#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "kube/informer.hpp"
#include "kube/paths.hpp"

namespace sallyport::cli {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// An API server that has just started answers 403 to everybody until it has read its roles.
constexpr std::chrono::seconds kPatience{30};

kube::Informer::Settings settings_of(const Following& what) {
  kube::Informer::Settings settings{kube::kApprovalRequests};
  settings.namespace_name = what.namespace_name;
  if (!what.name.empty()) settings.field_selector = "metadata.name=" + what.name;
  return settings;
}

// Passes on what an informer hears, and ends it: when it was told to, or when trying again is of no use.
class Follower final : public kube::Observer {
 public:
  Follower(Session& session, Following what, OnNews on_news, OnListed on_listed)
      : session_(session),
        what_(std::move(what)),
        on_news_(std::move(on_news)),
        on_listed_(std::move(on_listed)),
        informer_(session.executor(), session.api(), settings_of(what_), *this) {}

  Task<Exit> run() {
    using namespace asio::experimental::awaitable_operators;
    if (what_.deadline) {
      asio::steady_timer deadline(session_.executor(), *what_.deadline);
      const auto ended = co_await (informer_.run() || deadline.async_wait(asio::use_awaitable));
      if (ended.index() == 1) co_return failed(Exit::timed_out, "");
    } else {
      co_await informer_.run();
    }
    if (failure_) co_return std::unexpected(*failure_);
    co_return Exit::done;
  }

  void on_added(json::Value object) override { tell(News::seen, std::move(object)); }
  void on_modified(json::Value object) override { tell(News::seen, std::move(object)); }
  void on_deleted(const kube::ObjectId&) override { tell(News::gone, {}); }

  void on_synced(std::uint64_t) override {
    trouble_since_.reset();
    if (stopped_ || std::exchange(listed_, true)) return;
    if (!on_listed_()) stop();
  }

  void on_watching() override { trouble_since_.reset(); }

  void on_trouble(const Error& error) override {
    if (stopped_ || is_late()) return;
    const bool not_let_in = error.code() == ErrorCode::forbidden || error.code() == ErrorCode::not_found;
    const bool for_long = trouble_since_ && Clock::now() - *trouble_since_ >= kPatience;
    if (!listed_ || (not_let_in && for_long)) {
      failure_ = explain(error, session_.server());
      return stop();
    }
    if (trouble_since_) return;
    trouble_since_ = Clock::now();
    complain(explain(error, session_.server()).sentence + "; trying again");
  }

 private:
  // Cancelled because of its deadline, the informer finds trouble everywhere.
  [[nodiscard]] bool is_late() const { return what_.deadline && Clock::now() >= *what_.deadline; }

  void tell(News news, json::Value object) {
    if (!stopped_ && !on_news_(news, std::move(object))) stop();
  }

  void stop() {
    stopped_ = true;
    informer_.stop();
  }

  Session& session_;
  Following what_;
  OnNews on_news_;
  OnListed on_listed_;
  kube::Informer informer_;
  std::optional<Failure> failure_;
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
