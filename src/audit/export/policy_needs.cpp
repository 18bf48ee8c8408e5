#include "audit/export/policy_needs.hpp"

namespace sallyport::audit {
namespace {

constexpr std::size_t kPolicies = 10'000;
constexpr std::size_t kRequests = 100'000;
constexpr std::size_t kLongestName = 253;  // of any object in Kubernetes

}  // namespace

std::optional<PolicyKey> policy_key(const json::Value& value) {
  PolicyKey key{.kind = std::string(value["kind"].text()),
                .namespace_name = std::string(value["namespace"].text()),
                .name = std::string(value["name"].text()),
                .uid = std::string(value["uid"].text()),
                .generation = value["generation"].integer().value_or(0)};
  for (const auto* text : {&key.kind, &key.namespace_name, &key.name, &key.uid}) {
    if (text->size() > kLongestName) return std::nullopt;
  }
  return key;
}

void PolicyNeeds::take(const json::Value& line, bool chosen) {
  if (line["stream"].text() != stream_) {
    stream_ = line["stream"].text();
    in_force_.clear();
  }
  const auto event = line["event"].text();
  if (event == "policy") {
    const auto key = policy_key(line);
    if (!key || line["change"].text() == "deleted") return;
    if (in_force_.size() < kPolicies) in_force_[{key->namespace_name, key->name}] = *key;
    if (chosen) need(*key);
  } else if (chosen && event == "request_opened") {
    need_those_of(line);
  } else if (chosen && (event == "warned" || event == "audited")) {
    const auto found =
        in_force_.find({std::string(line["policy_namespace"].text()), std::string(line["policy"].text())});
    if (found != in_force_.end()) need(found->second);
  } else if (chosen) {
    ask_for(line["request_uid"].text());
  }
}

void PolicyNeeds::take_opened(const json::Value& line) {
  if (requests_.erase(std::string(line["request_uid"].text())) != 0) need_those_of(line);
}

void PolicyNeeds::need(const PolicyKey& key) {
  if (needed_.size() < kPolicies)
    needed_.insert(key);
  else if (!needed_.contains(key))
    is_all_ = false;
}

void PolicyNeeds::need_those_of(const json::Value& request) {
  for (const auto& policy : request["policies"].items()) {
    if (const auto key = policy_key(policy)) need(*key);
  }
}

void PolicyNeeds::ask_for(std::string_view request_uid) {
  if (request_uid.empty() || request_uid.size() > kLongestName) return;
  if (requests_.size() < kRequests)
    requests_.emplace(request_uid);
  else if (!requests_.contains(std::string(request_uid)))
    is_all_ = false;
}

}  // namespace sallyport::audit
