#include "unit/net/script.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sallyport::net::test {

Script::Script(std::vector<Act> acts) : acts_(std::move(acts)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener_, 16), 0);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { play(); });
}

Script::~Script() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes a waiting accept
  thread_.join();
  ::close(listener_);
}

void Script::play() {
  for (const Act& act : acts_) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    ++accepted_;
    Peer peer = Peer::of_socket(socket);
    act(peer);
  }
}

}  // namespace sallyport::net::test
