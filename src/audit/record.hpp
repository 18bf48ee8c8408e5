#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "json/value.hpp"

namespace sallyport::audit {

// One record of a log.
struct Record {
  std::string text;  // the line as it stands there
  json::Value line;
  std::string file = {};
  std::uint64_t number = 0;  // of the line in that file; 0: not known
};
using TakeRecord = std::function<void(Record record)>;

}  // namespace sallyport::audit
