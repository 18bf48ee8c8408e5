#include "controllers/webhook_injector.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kLookEvery = std::chrono::seconds(5);
constexpr Duration kTryAgainAfter = std::chrono::milliseconds(500);

}  // namespace

asio::awaitable<void> WebhookInjector::run() {
  while (!runner_.stopping()) {
    auto done = co_await keys_.refresh();
    if (done) done = co_await inject_all();
    keys_missing_(keys_.missing());
    is_injected_ = done.has_value();
    if (!done) spdlog::warn("injecting path and CA bundle: {}", done.error().message());
    if (!runner_.stopping()) co_await now_->wait(done ? kLookEvery : kTryAgainAfter);
  }
}

kube::WebhookClientConfig WebhookInjector::ours(const std::string& route) const {
  return {keys_.ca_pem(), "/" + keys_.shared().path + "/" + route};
}

asio::awaitable<Result<void>> WebhookInjector::inject_all() {
  const std::pair<kube::WebhookConfigName, std::string> targets[] = {
      {{kube::kValidatingWebhooks, names_.gate}, "admit"}, {{kube::kMutatingWebhooks, names_.requests}, "requests"}};
  for (const auto& [which, route] : targets) {
    auto injected = co_await inject(which, route);
    // Another replica was first: what it has written is most likely right.
    if (!injected && injected.error().code() == ErrorCode::conflict) injected = co_await inject(which, route);
    if (!injected) co_return fail(injected.error().while_doing(which.name));
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> WebhookInjector::inject(kube::WebhookConfigName which, std::string route) {
  auto live = co_await kube::read_webhooks(api_, which);
  if (!live && live.error().code() == ErrorCode::not_found) co_return Result<void>{};  // Protection reports it
  if (!live) co_return fail(live.error());
  if (!kube::webhook_drift(*live, ours(route))) {
    injected_.insert_or_assign(which.name, ours(route));
    co_return Result<void>{};
  }
  // Another replica may have renewed path or CA. It writes them into the Secret first and then here, so a Secret that
  // is read after the configuration knows what that holds; and what is written goes over the version that was read
  // alone.
  if (const auto read = co_await keys_.read_shared(); !read) co_return fail(read.error());
  const auto renewed = ours(route);
  const auto why = kube::webhook_drift(*live, renewed);
  if (!why) {
    injected_.insert_or_assign(which.name, renewed);
    co_return Result<void>{};
  }
  // It holds neither what it held when it was right nor what it is to hold: whoever changed it may have read the path.
  const auto known = injected_.find(which.name);
  const bool was_changed = known != injected_.end() && kube::webhook_drift(*live, known->second);
  if (was_changed) {
    injected_.erase(known);
    keys_.need_new_path(which.name + " was changed");
    co_return fail(ErrorCode::unavailable, "somebody has changed it (" + *why + "): it is put right with a new path");
  }
  const auto written = co_await kube::inject_webhooks(api_, which, std::move(*live), renewed);
  if (!written) co_return fail(written.error());
  injected_.insert_or_assign(which.name, renewed);
  spdlog::info("{} now calls by the path in force", which.name);
  co_return Result<void>{};
}

}  // namespace sallyport::controllers
