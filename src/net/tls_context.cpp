#include "net/tls_context.hpp"

#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/crypto.hpp"

namespace sallyport::net {
namespace {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Context = std::shared_ptr<SSL_CTX>;

Error openssl_error(std::string_view what) {
  char text[256] = "no reason given";
  if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return {ErrorCode::bad_input, std::string(what) + " (" + text + ")"};
}

Bio open_memory(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Result<void> use_chain(SSL_CTX* context, std::string_view pem) {
  const Bio bio = open_memory(pem);
  Certificate leaf(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  if (!leaf) return fail(openssl_error("the certificate is not PEM: give the chain, leaf first"));
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return fail(openssl_error("the certificate is not usable"));
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return fail(openssl_error("a certificate of the chain is not usable"));
    }
  }
  ERR_clear_error();  // the end of the chain shows as an error
  return {};
}

Result<void> use_key(SSL_CTX* context, const Secret& pem) {
  const Bio bio = open_memory(pem.reveal());
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return fail(openssl_error("the key is not an unencrypted PEM key"));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fail(openssl_error("the key does not belong to the certificate"));
  }
  return {};
}

Result<void> trust_clients_of(SSL_CTX* context, std::string_view pem) {
  const Bio bio = open_memory(pem);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int found = 0;
  for (;; ++found) {
    const Certificate ca(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
    if (!ca) break;
    if (X509_STORE_add_cert(store, ca.get()) != 1 || SSL_CTX_add_client_CA(context, ca.get()) != 1) {
      return fail(openssl_error("a certificate of the client CA is not usable"));
    }
  }
  if (found == 0) return fail(openssl_error("the client CA holds no PEM certificate"));
  ERR_clear_error();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

// HTTP/1.1 and nothing else; who offers no ALPN at all speaks it, too.
int choose_http_11(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                   unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  const int found = SSL_select_next_proto(const_cast<unsigned char**>(out), length, kHttp11, sizeof kHttp11 - 1,
                                          offered, offered_length);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<Context> make_context() {
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return fail(openssl_error("OpenSSL gives no context"));
  SSL_CTX* raw = context.get();
  // Go's client never resumes, so tickets and a session cache would cost and bring nothing.
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  // A connection that waits holds no record buffers: 14 KiB instead of 48.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A record's header and body in one system call, and several small records at once.
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_alpn_select_cb(raw, choose_http_11, nullptr);
  if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
      SSL_CTX_set1_groups_list(raw, "X25519:P-256") != 1) {
    return fail(openssl_error("OpenSSL lacks a cipher or group that we need"));
  }
  return context;
}

Result<Context> make_context(std::string_view chain_pem, const Secret& key_pem, std::string_view client_ca_pem) {
  auto context = make_context();
  if (!context) return context;
  if (!chain_pem.empty()) {
    if (auto used = use_chain(context->get(), chain_pem); !used) return fail(used.error());
    if (auto used = use_key(context->get(), key_pem); !used) return fail(used.error());
  }
  if (!client_ca_pem.empty()) {
    if (auto used = trust_clients_of(context->get(), client_ca_pem); !used) return fail(used.error());
  }
  return context;
}

}  // namespace

Result<void> TlsContext::set_identity(std::string chain_pem, Secret key_pem) {
  if (chain_pem.empty()) return fail(ErrorCode::bad_input, "the certificate is empty: give a PEM chain, leaf first");
  if (auto tried = make_context(chain_pem, key_pem, {}); !tried) return fail(tried.error());
  const std::lock_guard lock(mutex_);
  chain_pem_ = std::move(chain_pem);
  key_pem_ = std::move(key_pem);
  generation_.fetch_add(1, std::memory_order_release);
  return {};
}

Result<void> TlsContext::set_client_ca(std::string ca_pem) {
  if (auto tried = make_context({}, {}, ca_pem); !tried) return fail(tried.error());
  const std::lock_guard lock(mutex_);
  client_ca_pem_ = std::move(ca_pem);
  generation_.fetch_add(1, std::memory_order_release);
  return {};
}

Result<std::shared_ptr<ssl_ctx_st>> TlsContext::make() const {
  const std::lock_guard lock(mutex_);
  return make_context(chain_pem_, key_pem_, client_ca_pem_);
}

}  // namespace sallyport::net
