#include "controllers/key_rotation.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "base/files.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

// At most so often is the Secret read because somebody called by a path that is not known.
constexpr Duration kPathLookEvery = std::chrono::milliseconds(250);
constexpr Duration kPathLookPause = std::chrono::milliseconds(20);
constexpr std::size_t kPathWaiters = 64;

}  // namespace

Result<void> KeyRotation::start() {
  if (const auto signing = parts_.own.sign(journal_); !signing) return signing;
  if (const auto shown = parts_.certificate.refresh(shared()); !shown) return shown;
  if (const auto set = refresh_client_ca(); !set) return set;
  publish_(shared());
  return {};
}

asio::awaitable<Result<void>> KeyRotation::refresh() {
  parts_.own.refresh(journal_);
  parts_.shared.publish_log_key(parts_.own.log_pub());
  if (const auto refreshed = co_await refresh_shared(); !refreshed) co_return refreshed;
  if (const auto set = refresh_client_ca(); !set) {
    spdlog::warn("the clients' CA in use stays, since the new one cannot be used: {}", set.error().message());
  }
  if (const auto current = parts_.certificate.refresh(shared()); !current) {
    spdlog::warn("the certificate in use stays, since the new one cannot be used: {}", current.error().message());
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> KeyRotation::refresh_shared() {
  const auto before = shared().path;
  const auto why = std::exchange(why_new_path_, "");
  const auto refreshed = why.empty() ? co_await parts_.shared.refresh() : co_await parts_.shared.replace_path();
  if (!refreshed) {
    if (why_new_path_.empty()) why_new_path_ = why;
    co_return fail(refreshed.error());
  }
  if (*refreshed) publish_(shared());
  if (!why.empty() && shared().path != before) spdlog::info("the path in force is a new one: {}", why);
  co_return Result<void>{};
}

void KeyRotation::need_new_path(std::string why) {
  why_new_path_ = std::move(why);
  if (needed_) needed_->ring();
}

Result<void> KeyRotation::refresh_client_ca() {
  if (parts_.client_ca_file.empty()) return {};
  auto ca = read_file(parts_.client_ca_file);
  if (!ca) return fail(ca.error());
  if (*ca == client_ca_) return {};
  if (const auto set = parts_.tls.set_client_ca(*ca); !set) return set;
  client_ca_ = std::move(*ca);
  return {};
}

std::string KeyRotation::missing() const {
  auto missing = parts_.own.missing();
  if (const auto& shared = parts_.shared.missing(); !shared.empty()) missing += (missing.empty() ? "" : "; ") + shared;
  return missing;
}

// Who comes with a path that is not known waits for a look at the Secret that has begun after he came. One look serves
// all; and since most may be strangers, only so many wait.
asio::awaitable<bool> KeyRotation::knows_path(std::string path) {
  const auto& clock = runner_.clock();
  const auto came = clock.steady();
  const auto is_known = [&] { return accepts_path(shared(), path, clock.now()); };
  if (path_waiters_ >= kPathWaiters) co_return is_known();
  ++path_waiters_;
  while (!is_known() && !runner_.stopping() && path_looked_at_ < came) {
    if (!looking_at_path_ && clock.steady() - path_looked_at_ >= kPathLookEvery) {
      co_await look_at_path();
    } else {
      co_await runner_.pause(kPathLookPause);
    }
  }
  --path_waiters_;
  co_return is_known();
}

asio::awaitable<void> KeyRotation::look_at_path() {
  looking_at_path_ = true;
  const auto begun = runner_.clock().steady();
  const auto refreshed = co_await parts_.shared.refresh();
  if (refreshed && *refreshed) publish_(shared());
  path_looked_at_ = begun;
  looking_at_path_ = false;
}

}  // namespace sallyport::controllers
