#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "journal/journal.hpp"

namespace sallyport::controllers {

// Removes a stream's closed files once they are old enough. The log says so first (`retired`): a verifier accepts that
// the beginning is missing as far as a line that is signed says it. So the files themselves go with the next pass, when
// a checkpoint stands behind that line. A file whose first line cannot be read stays, and so does all that is not
// certainly before it: which lines would go with it nobody knows.
class Retirement {
 public:
  // Up to which line whatever follows the log has taken it; what was not taken stays. Called on Retirement's thread.
  using TakenUpTo = std::function<std::uint64_t(const std::string& stream)>;

  Retirement(std::string dir, Duration keep, std::uint64_t retired_up_to, TakenUpTo taken_up_to)
      : dir_(std::move(dir)), keep_(keep), retired_up_to_(retired_up_to), taken_up_to_(std::move(taken_up_to)) {}

  // To be called every now and then, not twice at once. Whoever awaits it only waits: files are listed, read and
  // removed on a thread of its own. An Error: some that could go, or could once they can be read, are still there.
  boost::asio::awaitable<Result<void>> pass(journal::Journal& journal, Instant now);

 private:
  // What may be said to go next: the lines up to this one.
  struct Due {
    std::uint64_t to = 0;
    std::string head;  // of that line
  };
  struct Found {
    std::optional<Due> due;
    Result<void> stopped;  // why nothing goes beyond some file
  };

  // Removes what was said to go, and finds what may go next, if any. Blocks.
  [[nodiscard]] Result<Found> remove_and_look(std::string_view stream, Instant now);

  std::string dir_;
  Duration keep_;
  std::uint64_t retired_up_to_;  // changes between two calls of remove_and_look only
  TakenUpTo taken_up_to_;
  boost::asio::thread_pool thread_{1};  // last, so that it is over before what it uses goes
};

}  // namespace sallyport::controllers
