#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "unit/net/peer.hpp"

namespace sallyport::net::test {

// A plain server that does on each connection, in the order they come, what it was told to. One more is refused.
class Script {
 public:
  using Act = std::function<void(Peer&)>;
  explicit Script(std::vector<Act> acts);
  ~Script();
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t accepted() const { return accepted_; }

 private:
  void play();

  std::vector<Act> acts_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<std::size_t> accepted_{0};
  std::thread thread_;
};

}  // namespace sallyport::net::test
