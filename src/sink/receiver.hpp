#pragma once

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "logs/batch.hpp"
#include "net/client.hpp"
#include "sink/settings.hpp"

namespace sallyport::sink {

// What came of handing a batch over.
struct Outcome {
  enum class Kind {
    taken,     // all of it
    later,     // it may be taken another time; whether any of it was, nobody knows
    rejected,  // the receiver refuses it for what it is, and would refuse it again
  };
  Kind kind = Kind::later;
  std::string why;         // unless taken; never holds what the receiver said, which may hold a secret
  Duration retry_after{};  // later: not before; 0: nobody said

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// By the answer's status: 2xx is taken; 400, 413, 415 and 422 reject what was sent; all else may pass.
[[nodiscard]] Outcome outcome_of(const net::ClientResponse& answer);

// Where a sink's lines go. The executor's thread only; every attempt ends by the sink's `timeout`.
class Receiver {
 public:
  virtual ~Receiver() = default;
  // The batch is the caller's, and lasts until then.
  [[nodiscard]] virtual boost::asio::awaitable<Outcome> deliver(const logs::Batch* batch) = 0;
};

[[nodiscard]] std::unique_ptr<Receiver> make_receiver(boost::asio::any_io_executor executor, const Settings& settings,
                                                      const Clock& clock);

// By type.
[[nodiscard]] std::unique_ptr<Receiver> make_stdout_receiver(boost::asio::any_io_executor executor);
[[nodiscard]] std::unique_ptr<Receiver> make_file_receiver(const boost::asio::any_io_executor& executor,
                                                           const Settings& settings);
[[nodiscard]] std::unique_ptr<Receiver> make_http_receiver(boost::asio::any_io_executor executor, Settings settings,
                                                           const Clock& clock);
[[nodiscard]] std::unique_ptr<Receiver> make_syslog_receiver(boost::asio::any_io_executor executor, Settings settings);

}  // namespace sallyport::sink
