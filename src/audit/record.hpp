#pragma once

#include <functional>
#include <string>

#include "json/value.hpp"

namespace sallyport::audit {

// One record of a log.
struct Record {
  std::string text;  // the line as it stands there
  json::Value line;
};
using TakeRecord = std::function<void(Record record)>;

}  // namespace sallyport::audit
