#include <cerrno>
#include <cstdint>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "net/stream.hpp"

namespace sallyport::net {
namespace {

// The one common name of a certificate. None, two or one with a NUL in it are no name to trust.
std::optional<std::string> common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, index) >= 0) return std::nullopt;
  unsigned char* text = nullptr;
  const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (length < 0) return std::nullopt;
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
  OPENSSL_free(text);
  if (name.empty() || name.contains('\0')) return std::nullopt;
  return name;
}

// OpenSSL's own BIO for sockets writes without MSG_NOSIGNAL: a caller that hung up would end the process by SIGPIPE.
namespace socket_bio {

int descriptor(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool is_for_later() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int write(BIO* bio, const char* data, int size) {
  const ssize_t sent = ::send(descriptor(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  BIO_clear_retry_flags(bio);
  if (sent < 0 && is_for_later()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read(BIO* bio, char* data, int size) {
  const ssize_t got = ::recv(descriptor(bio), data, static_cast<std::size_t>(size), 0);
  BIO_clear_retry_flags(bio);
  if (got < 0 && is_for_later()) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
  BIO_meth_set_write(made, write);
  BIO_meth_set_read(made, read);
  BIO_meth_set_ctrl(made, control);
  return made;
}

BIO* make(int socket) {
  static const BIO_METHOD* const method = make_method();
  BIO* made = BIO_new(method);
  if (made == nullptr) return nullptr;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number in the place for a pointer, never followed as one
  BIO_set_data(made, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(made, 1);
  return made;
}

}  // namespace socket_bio

class TlsStream final : public Stream {
 public:
  TlsStream(int socket, std::unique_ptr<SSL, decltype(&SSL_free)> ssl) : socket_(socket), ssl_(std::move(ssl)) {}

  Io handshake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Io{IoStatus::done} : not_done(result);
  }

  Io read(std::span<char> into) override {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return result == 1 ? Io{IoStatus::done, bytes} : not_done(result);
  }

  Io write(std::string_view bytes) override {
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    return result == 1 ? Io{IoStatus::done, written} : not_done(result);
  }

  [[nodiscard]] bool has_buffered() const override { return SSL_has_pending(ssl_.get()) == 1; }

  void end_writing() override {
    ERR_clear_error();
    if (!broken_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
    ::shutdown(socket_, SHUT_WR);
  }

  [[nodiscard]] std::optional<std::string> client_name() const override {
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return std::nullopt;
    return common_name(certificate);
  }

 private:
  Io not_done(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {IoStatus::want_read};
      case SSL_ERROR_WANT_WRITE:
        return {IoStatus::want_write};
      case SSL_ERROR_ZERO_RETURN:
        return {IoStatus::ended};
      default:
        broken_ = true;
        return {IoStatus::ended};
    }
  }

  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool broken_ = false;  // after a fatal error OpenSSL must not be asked to say goodbye
};

}  // namespace

std::unique_ptr<Stream> make_tls_stream(int socket, const std::shared_ptr<ssl_ctx_st>& context) {
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  BIO* bio = ssl ? socket_bio::make(socket) : nullptr;
  if (bio == nullptr) return nullptr;
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsStream>(socket, std::move(ssl));
}

}  // namespace sallyport::net
