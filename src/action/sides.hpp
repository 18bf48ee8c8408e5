#pragma once

#include <string>
#include <vector>

#include "action/describe.hpp"
#include "action/left_out.hpp"
#include "json/value.hpp"

namespace sallyport::action {

// The two sides of a write as they are compared, hashed and shown: without what is left out, with server-made values
// replaced, and of a Secret with nothing in it that people may not see.
struct Sides {
  json::Value before;  // null: there is none
  json::Value after;   // null: there is none
  std::vector<IgnoredChange> ignored;
  bool secret = false;

  // The target's as they are bound: the same at each try.
  std::string name;
  std::string namespace_name;
};

[[nodiscard]] Sides make_sides(const model::AdmissionRequest& request, const DescribeContext& context);

}  // namespace sallyport::action
