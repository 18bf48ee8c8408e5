#include "cache/namespace_observer.hpp"

#include <spdlog/spdlog.h>

namespace sallyport::cache {

void NamespaceObserver::take(const json::Value& object) {
  const auto& metadata = object["metadata"];
  policy::NamespaceFacts facts;
  facts.name = metadata["name"].text();
  facts.uid = metadata["uid"].text();
  facts.terminating = !metadata["deletionTimestamp"].is_null();
  for (const auto& [key, value] : metadata["labels"].members())
    facts.labels.push_back({key, std::string(value.text())});
  // Most writes of a namespace (annotations, its status) change nothing that policies are matched by.
  auto& known = namespaces_[facts.name];
  if (known == facts) return;
  known = std::move(facts);
  changed_();
}

void NamespaceObserver::on_deleted(const kube::ObjectId& object) {
  namespaces_.erase(object.name);
  changed_();
}

void NamespaceObserver::on_trouble(const Error& error) {
  spdlog::warn("following namespaces: {}", error.message());
}

}  // namespace sallyport::cache
