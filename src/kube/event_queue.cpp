#include "kube/event_queue.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "action/escape.hpp"
#include "kube/paths.hpp"
#include "wire/names.hpp"

namespace sallyport::kube {
namespace {

namespace asio = boost::asio;

// The API server's own limits.
constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestWord = 128;

}  // namespace

json::Value write_event(const model::ApprovalRequest& request, std::string_view reason, std::string_view note,
                        std::string_view reporter, Instant now, std::uint64_t unique) {
  json::Value metadata;
  metadata.set("name", fmt::format("{}.{:x}.{:x}", request.key.name, now.time_since_epoch().count(), unique));
  metadata.set("namespace", request.key.namespace_name);
  json::Value regarding;
  regarding.set("apiVersion", wire::kApiVersion);
  regarding.set("kind", wire::kRequestKind);
  regarding.set("namespace", request.key.namespace_name);
  regarding.set("name", request.key.name);
  regarding.set("uid", request.uid);
  regarding.set("resourceVersion", request.resource_version);
  json::Value event;
  event.set("apiVersion", "events.k8s.io/v1");
  event.set("kind", "Event");
  event.set("metadata", std::move(metadata));
  event.set("eventTime", format_instant(now));
  event.set("type", "Normal");
  event.set("reason", reason.substr(0, kLongestWord));
  event.set("action", reason.substr(0, kLongestWord));
  event.set("note", action::show_text(note, kLongestNote).text);
  event.set("regarding", std::move(regarding));
  event.set("reportingController", "sallyport.dev/sallyport");
  event.set("reportingInstance", reporter.substr(0, kLongestWord));
  return event;
}

void EventQueue::push(std::string namespace_name, json::Value event) {
  if (stopping_ || waiting_.size() >= kMost) {
    ++lost_;
    return;
  }
  waiting_.push_back({std::move(namespace_name), std::move(event)});
  bell_.cancel();
}

asio::awaitable<void> EventQueue::run() {
  while (!stopping_) {
    if (waiting_.empty()) {
      bell_.expires_at(asio::steady_timer::time_point::max());
      co_await bell_.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const auto sent = co_await api_.send(create(path_of(kEvents, next.namespace_name), next.event));
    if (!sent) ++lost_;
  }
}

void EventQueue::stop() {
  stopping_ = true;
  bell_.cancel();
}

}  // namespace sallyport::kube
