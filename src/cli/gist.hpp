#pragma once

#include <cstddef>
#include <string>

#include "model/request.hpp"

namespace sallyport::cli {

// A request in a few words, safe to print: its object, what the guard would refuse of it, then what says most about the
// change, in whole words: "deployments/api: guarded: node reach; privileged true, image r/api:1 -> evil.example/api:2,
// 34 more: args, command". It has about that many characters. Decisive changes are
// always shown; the others are counted and named.
[[nodiscard]] std::string gist_of(const model::ActionRecord& action, std::size_t characters);

// "deployments/api", "widgets.example.com/w": the object of the request.
[[nodiscard]] std::string object_of(const model::ActionRecord& action);

}  // namespace sallyport::cli
