#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace sallyport::cli {

// Exit codes, as --help documents them.
enum class Exit {
  done = 0,
  refused = 1,
  usage = 2,
  timed_out = 3,
  unreachable = 4,
  no_such_agent = 5,
  no_agent = 6,  // a user who is none
};

// Why a command ends without what was asked of it: one sentence for people, safe to print, with what to do about it.
struct Failure {
  Exit exit = Exit::refused;
  std::string sentence;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> failed(Exit exit, std::string sentence) {
  return std::unexpected<Failure>(std::in_place, exit, std::move(sentence));
}

// Which API server was asked, for sentences about it.
struct Server {
  std::string url;
  std::string context;  // "" in a pod
};

// What an error of a call to the API server means to people.
[[nodiscard]] Failure explain(const Error& error, const Server& server);

}  // namespace sallyport::cli
