#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "model/request.hpp"

namespace sallyport::model {

// One line of the log without what the journal itself adds (stream, seq, prev, time): the event's name and its fields,
// in the order they are written. The events and their fields are listed in docs/log-format.md. Never a secret value.
struct LogRecord {
  std::string event;
  json::Value fields = json::Value::object();
};

// What a replica's log tells it at its start of what it has done before.
struct LoggedUses {
  RequestKey key;
  std::string request_uid;
  std::size_t count = 0;  // by whichever replica, as far as this one heard
};
struct LoggedHistory {
  std::uint64_t highest_resource_version = 0;  // since the store was restored last; 0: no record carries one
  std::vector<LoggedUses> uses;
  std::map<std::string, std::set<std::string>> accepted;  // seals of reviews, by the uid of their request
};

}  // namespace sallyport::model
