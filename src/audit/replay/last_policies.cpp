#include "audit/replay/last_policies.hpp"

#include <map>

namespace sallyport::audit {
namespace {

using ById = std::map<std::string, const LoggedPolicy*>;

// What a replica knows it tells anew after each start.
ById known_at_the_end(const LoggedStream& stream) {
  const std::uint64_t started = stream.starts.empty() ? 0 : stream.starts.back().seq;
  ById known;
  for (const auto& logged : stream.policies) {
    if (logged.at.seq > started) known[logged.id] = &logged;
  }
  return known;
}

}  // namespace

LastPolicies last_policies(const Histories& histories) {
  const LoggedStream* last = nullptr;
  for (const auto& [name, stream] : histories.streams()) {
    if (stream.policies.empty()) continue;
    if (last == nullptr || stream.policies.back().at > last->policies.back().at) last = &stream;
  }
  LastPolicies found;
  if (last == nullptr) return found;
  for (const auto& [id, logged] : known_at_the_end(*last)) {
    if (logged->policy) {
      found.policies.push_back(*logged->policy);
    } else if (logged->change != "deleted") {
      found.unread.push_back(id);
    }
  }
  return found;
}

}  // namespace sallyport::audit
