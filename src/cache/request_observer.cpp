#include "cache/request_observer.hpp"

#include <spdlog/spdlog.h>

#include "wire/request.hpp"

namespace sallyport::cache {

void RequestObserver::take(const json::Value& object) {
  auto request = wire::read_request(object);
  if (!request) {
    spdlog::error("approvalrequest {}/{} cannot be read, so it counts for nothing: {}",
                  object["metadata"]["namespace"].text(), object["metadata"]["name"].text(), request.error().message());
    return;
  }
  seen_(std::move(*request));
}

void RequestObserver::on_deleted(const kube::ObjectId& object) {
  gone_({object.namespace_name, object.name}, object.uid);
}

void RequestObserver::on_trouble(const Error& error) {
  spdlog::warn("following approvalrequests: {}", error.message());
}

}  // namespace sallyport::cache
