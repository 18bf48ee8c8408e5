#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "journal/journal.hpp"

namespace sallyport::journal {

// Removes a stream's closed files once they are old enough. The log says so first (`retired`): a verifier accepts that
// the beginning is missing as far as a line that is signed says it. So the files themselves go with the next pass, when
// a checkpoint stands behind that line.
class Retirement {
 public:
  // Up to which line whatever follows the log has taken it; what was not taken stays.
  using TakenUpTo = std::function<std::uint64_t(const std::string& stream)>;

  Retirement(std::string dir, Duration keep, std::uint64_t retired_up_to, TakenUpTo taken_up_to)
      : dir_(std::move(dir)), keep_(keep), retired_up_to_(retired_up_to), taken_up_to_(std::move(taken_up_to)) {}

  // To be called every now and then, not twice at once. An Error: some that could go are still there.
  boost::asio::awaitable<Result<void>> pass(Journal& journal, Instant now);

 private:
  std::string dir_;
  Duration keep_;
  std::uint64_t retired_up_to_;
  TakenUpTo taken_up_to_;
};

}  // namespace sallyport::journal
