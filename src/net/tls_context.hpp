#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/crypto.hpp"
#include "base/result.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace sallyport::net {

// Who our TLS servers are and whose client certificates they believe, replaceable while they run: handshakes that begin
// later use what is new, connections go on with what they have. One object for all servers of the process; any thread.
class TlsContext {
 public:
  // A PEM chain, leaf first, and its unencrypted PEM key. Without one, no handshake succeeds.
  [[nodiscard]] Result<void> set_identity(std::string chain_pem, Secret key_pem);
  // Callers are asked for a certificate of this CA, and may have none; one that does not verify ends the handshake.
  // Empty: nobody is asked.
  [[nodiscard]] Result<void> set_client_ca(std::string ca_pem);

  // Grows with every change.
  [[nodiscard]] std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // A new OpenSSL context of what is set. Each server thread has its own: threads that share one meet in its locks.
  [[nodiscard]] Result<std::shared_ptr<ssl_ctx_st>> make() const;

 private:
  mutable std::mutex mutex_;  // guards the three below
  std::string chain_pem_;
  Secret key_pem_;
  std::string client_ca_pem_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace sallyport::net
