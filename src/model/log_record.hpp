#pragma once

#include <string>

#include "json/value.hpp"

namespace sallyport::model {

// One line of the log without what the journal itself adds (stream, seq, prev, time): the event's name and its fields,
// in the order they are written. The events and their fields are listed in docs/log-format.md. Never a secret value.
struct LogRecord {
  std::string event;
  json::Value fields = json::Value::object();
};

}  // namespace sallyport::model
