#include "unit/net/peer.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sallyport::net::test {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

void set_read_timeout(int socket, std::chrono::milliseconds time) {
  const timeval value{time.count() / 1000, time.count() % 1000 * 1000};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return -1;
  }
  return socket;
}

void use_certificate(SSL_CTX* context, const Issued& issued) {
  const Bio chain(BIO_new_mem_buf(issued.chain_pem.data(), static_cast<int>(issued.chain_pem.size())), BIO_free);
  const Bio key_bio(BIO_new_mem_buf(issued.key_pem.data(), static_cast<int>(issued.key_pem.size())), BIO_free);
  X509* certificate = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

// Where the body of the first message in `bytes` ends, or npos.
std::size_t message_end(const std::string& bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return head_end;
  const auto field = bytes.find("Content-Length: ");
  const std::size_t length = field < head_end ? std::strtoul(bytes.c_str() + field + 16, nullptr, 10) : 0;
  return head_end + 4 + length;
}

}  // namespace

struct Peer::State {
  int socket = -1;
  bool connected = false;
  Ssl ssl{nullptr, SSL_free};
  std::string received;  // beyond the last message read

  // The number of bytes, or 0 at an end of whatever kind.
  std::size_t read(char* into, std::size_t size) {
    if (socket < 0) return 0;
    const auto got = ssl ? SSL_read(ssl.get(), into, static_cast<int>(size)) : ::recv(socket, into, size, 0);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
};

Peer::Peer(std::unique_ptr<State> state) : state_(std::move(state)) {
  std::signal(SIGPIPE, SIG_IGN);
  set_read_timeout(state_->socket, std::chrono::seconds(30));
}
Peer::Peer(Peer&&) noexcept = default;
Peer& Peer::operator=(Peer&&) noexcept = default;
Peer::~Peer() {
  if (state_) hang_up();
}

Peer Peer::of_socket(int socket) {
  auto state = std::make_unique<State>();
  state->socket = socket;
  state->connected = socket >= 0;
  return Peer(std::move(state));
}

Peer Peer::plain(std::uint16_t port) {
  return of_socket(connect_to(port));
}

Peer Peer::tls(std::uint16_t port, const Tls& options) {
  Peer peer = plain(port);
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  // The test's own client takes what is long out of use; the server must not.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), options.least_version);
  SSL_CTX_set_max_proto_version(context.get(), options.greatest_version);
  std::string alpn;
  for (const auto& each : options.alpn) alpn += static_cast<char>(each.size()) + each;
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
  if (!options.client.chain_pem.empty()) use_certificate(context.get(), options.client);
  peer.state_->ssl.reset(SSL_new(context.get()));
  SSL_set_fd(peer.state_->ssl.get(), peer.state_->socket);
  peer.state_->connected = SSL_connect(peer.state_->ssl.get()) == 1;
  ERR_clear_error();
  return peer;
}

bool Peer::is_connected() const {
  return state_->connected;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = state_->ssl ? SSL_write(state_->ssl.get(), bytes.data(), static_cast<int>(bytes.size()))
                                  : ::send(state_->socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Peer::send_raw(std::string_view bytes) {
  return ::send(state_->socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool Peer::all_has_arrived() const {
  int not_acknowledged = 0;
  return ::ioctl(state_->socket, SIOCOUTQ, &not_acknowledged) == 0 && not_acknowledged == 0;
}

std::string Peer::read_message() {
  std::string& bytes = state_->received;
  char piece[16 * 1024];
  while (bytes.size() < message_end(bytes)) {
    const std::size_t got = state_->read(piece, sizeof piece);
    if (got == 0) break;
    bytes.append(piece, got);
  }
  const std::size_t end = std::min(bytes.size(), message_end(bytes));
  std::string message = bytes.substr(0, end);
  bytes.erase(0, end);
  return message;
}

std::string Peer::read_some() {
  if (!state_->received.empty()) return std::exchange(state_->received, {});
  char piece[16 * 1024];
  return {piece, state_->read(piece, sizeof piece)};
}

std::string Peer::read_to_end() {
  char piece[16 * 1024];
  std::string bytes = std::exchange(state_->received, {});
  while (const std::size_t got = state_->read(piece, sizeof piece)) bytes.append(piece, got);
  return bytes;
}

bool Peer::ends_within(std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  set_read_timeout(state_->socket, time);
  char piece[4096];
  while (state_->read(piece, sizeof piece) > 0) continue;
  return std::chrono::steady_clock::now() < deadline;
}

void Peer::close() {
  if (state_->ssl && state_->connected) SSL_shutdown(state_->ssl.get());
  hang_up();
}

void Peer::hang_up() {
  if (state_->socket >= 0) ::close(state_->socket);
  state_->socket = -1;
}

void Peer::reset() {
  const linger now{1, 0};
  ::setsockopt(state_->socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  hang_up();
}

void Peer::half_close() {
  ::shutdown(state_->socket, SHUT_WR);
}

std::string Peer::protocol() const {
  return SSL_get_version(state_->ssl.get());
}

std::string Peer::alpn() const {
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &chosen, &length);
  return {reinterpret_cast<const char*>(chosen), length};
}

std::string Peer::server_name() const {
  X509* certificate = SSL_get0_peer_certificate(state_->ssl.get());
  char text[256] = "";
  if (certificate != nullptr) {
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
  }
  return text;
}

}  // namespace sallyport::net::test
