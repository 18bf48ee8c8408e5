#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

namespace sallyport::net {

// Where the body of a streaming answer goes, piece by piece. The connection's thread only.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;

  // Returns once the system has taken all of the piece, so a caller who reads slowly slows down who writes; one piece
  // is all that is kept of a stream. False: nobody takes more, since the caller left or needed longer than
  // Limits::write for a piece, or the server drains. Then the stream should end soon. One write at a time.
  [[nodiscard]] virtual boost::asio::awaitable<bool> write(std::string piece) = 0;
};

}  // namespace sallyport::net
