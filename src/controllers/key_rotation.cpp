#include "controllers/key_rotation.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

// At most so often is the Secret read because somebody called by a path that is not known.
constexpr Duration kPathLookEvery = std::chrono::milliseconds(250);
constexpr Duration kPathLookPause = std::chrono::milliseconds(20);
constexpr std::size_t kPathWaiters = 64;
constexpr Duration kFilesPatience = std::chrono::seconds(5);

void warn_of_certificate(const Result<void>& set) {
  if (!set) spdlog::warn("the certificate in use stays, since the new one cannot be used: {}", set.error().message());
}

}  // namespace

asio::awaitable<Result<void>> KeyRotation::start() {
  auto files = co_await parts_.files.read();
  if (const auto signing = parts_.own.sign(files.log_key, journal_); !signing) co_return signing;
  if (const auto shown = set_certificate(std::move(files.certificate)); !shown) co_return shown;
  if (const auto set = set_client_ca(std::move(files.client_ca)); !set) co_return set;
  publish_(shared());
  co_return Result<void>{};
}

asio::awaitable<Result<void>> KeyRotation::refresh() {
  co_await look_at_files();
  parts_.shared.publish_log_key(parts_.own.log_pub());
  if (const auto refreshed = co_await refresh_shared(); !refreshed) co_return refreshed;
  if (shares_certificate()) warn_of_certificate(set_certificate({}));
  co_return Result<void>{};
}

// One read at a time: a mount that hangs has one of our threads, and no more.
asio::awaitable<void> KeyRotation::look_at_files() {
  if (!std::exchange(reading_files_, true)) runner_.run_once("reading the key files", read_files());
  const auto until = runner_.clock().steady() + kFilesPatience;
  while (reading_files_ && !runner_.stopping() && runner_.clock().steady() < until) {
    co_await files_read_->wait(until - runner_.clock().steady());
  }
  files_missing_ = reading_files_ ? "the files of keys cannot be read: their disk does not answer" : "";
}

asio::awaitable<void> KeyRotation::read_files() {
  take(co_await parts_.files.read());
  reading_files_ = false;
  files_read_->ring();
}

void KeyRotation::take(keys::KeyFileContents files) {
  parts_.own.refresh(files.seal_key, files.log_key, journal_);
  if (const auto set = set_client_ca(std::move(files.client_ca)); !set) {
    spdlog::warn("the clients' CA in use stays, since the new one cannot be used: {}", set.error().message());
  }
  if (!shares_certificate()) warn_of_certificate(set_certificate(std::move(files.certificate)));
}

asio::awaitable<Result<void>> KeyRotation::refresh_shared() {
  const auto refreshed =
      exposures_.empty() ? co_await parts_.shared.refresh() : co_await parts_.shared.replace_path(exposures_.back().at);
  if (!refreshed) co_return fail(refreshed.error());
  if (*refreshed) publish_(shared());
  forget_what_is_over();
  co_return Result<void>{};
}

// Replicas' clocks differ by far less than a path lives; one that is off by more is not ready, and decides nothing.
void KeyRotation::forget_what_is_over() {
  std::erase_if(exposures_, [this](const Exposure& exposure) {
    if (shared().path_since < exposure.at) return false;
    spdlog::info("the path in force is a new one: {}", exposure.why);
    return true;
  });
}

asio::awaitable<Result<void>> KeyRotation::read_shared() {
  const auto refreshed = co_await parts_.shared.refresh();
  if (!refreshed) co_return fail(refreshed.error());
  if (*refreshed) publish_(shared());
  if (shares_certificate()) warn_of_certificate(set_certificate({}));
  co_return Result<void>{};
}

void KeyRotation::need_new_path(std::string why) {
  std::erase_if(exposures_, [&why](const Exposure& exposure) { return exposure.why == why; });
  exposures_.push_back({std::move(why), runner_.clock().now()});
  if (needed_) needed_->ring();
}

Result<void> KeyRotation::set_certificate(Result<keys::Identity> read) {
  if (shares_certificate()) {
    return parts_.certificate.set({shared().server.pem, shared().server.key_pem.clone(), shared().ca_bundle()});
  }
  if (!read) return fail(read.error());
  const auto set = parts_.certificate.set(std::move(*read));
  return set ? set : fail(set.error().while_doing(parts_.files.names().certificate_dir));
}

Result<void> KeyRotation::set_client_ca(Result<std::string> read) {
  if (!read) return fail(read.error());
  if (*read == client_ca_) return {};
  if (const auto set = parts_.tls.set_client_ca(*read); !set) return set;
  client_ca_ = std::move(*read);
  return {};
}

std::string KeyRotation::missing() const {
  std::string missing;
  for (const auto& one : {files_missing_, parts_.own.missing(), parts_.shared.missing()}) {
    if (!one.empty()) missing += (missing.empty() ? "" : "; ") + one;
  }
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
  (void)co_await read_shared();
  path_looked_at_ = begun;
  looking_at_path_ = false;
}

}  // namespace sallyport::controllers
