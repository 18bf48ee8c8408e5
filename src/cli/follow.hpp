#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cli/session.hpp"
#include "json/value.hpp"

namespace sallyport::cli {

// What is followed: the requests of a namespace (or, with an empty one, of all), or one of them.
struct Following {
  std::string namespace_name;
  std::string name;  // empty: all
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

// What happened to a request. `gone` is told of a request that was seen before, and without an object.
enum class News { seen, gone };
// Told of each version once; whether to go on.
using OnNews = std::function<bool(News, json::Value)>;
// Told when all that stands now has been told, once.
using OnListed = std::function<bool()>;

// Lists and watches (kube::Informer) until told to stop. An API server that goes away is waited for, and complained
// about once. A failure: it could not even begin, we are not let in any more, or (timed_out) the deadline came.
[[nodiscard]] Task<Exit> follow(Session& session, Following what, OnNews on_news, OnListed on_listed);

}  // namespace sallyport::cli
