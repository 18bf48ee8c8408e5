#include "keys/certificates.hpp"

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace sallyport::keys {
namespace {

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freeing<X509_free>>;
using Bio = std::unique_ptr<BIO, Freeing<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;

std::unexpected<Error> failed(const std::string& what) {
  char text[256] = "";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return fail(ErrorCode::internal, what + ": " + text);
}

std::string read_all(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

bool add_extension(X509* cert, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(cert, extension.get(), -1) == 1;
}

bool set_times(X509* cert, Instant now, Duration lifetime) {
  // Begins an hour ago: a caller's clock may be behind ours.
  const auto begin = std::chrono::system_clock::to_time_t(now - std::chrono::hours(1));
  const auto end = std::chrono::system_clock::to_time_t(now + lifetime);
  return ASN1_TIME_set(X509_getm_notBefore(cert), begin) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(cert), end) != nullptr;
}

bool set_serial(X509* cert) {
  const auto random = random_secret(16);
  auto bytes = std::string(random.reveal());
  bytes[0] = static_cast<char>(bytes[0] & 0x7f);  // RFC 5280: positive
  const std::unique_ptr<BIGNUM, Freeing<BN_free>> number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert)) != nullptr;
}

bool set_name(X509_NAME* name, const std::string& common_name) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0) == 1;
}

// Everything but extensions and signature.
Cert begin_certificate(EVP_PKEY* key, const std::string& common_name, Instant now, Duration lifetime) {
  Cert cert(X509_new());
  if (!cert || X509_set_version(cert.get(), X509_VERSION_3) != 1 || !set_serial(cert.get()) ||
      !set_times(cert.get(), now, lifetime) || !set_name(X509_get_subject_name(cert.get()), common_name) ||
      X509_set_pubkey(cert.get(), key) != 1) {
    return nullptr;
  }
  return cert;
}

Result<Certificate> to_pem(X509* cert, EVP_PKEY* key) {
  const Bio cert_bio(BIO_new(BIO_s_mem()));
  const Bio key_bio(BIO_new(BIO_s_secmem()));
  if (!cert_bio || !key_bio || PEM_write_bio_X509(cert_bio.get(), cert) != 1 ||
      PEM_write_bio_PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failed("writing a certificate as PEM");
  }
  char* secret = nullptr;
  const auto size = BIO_get_mem_data(key_bio.get(), &secret);
  return Certificate{read_all(cert_bio.get()), Secret({secret, static_cast<std::size_t>(size)})};
}

Bio reading(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace

Result<Certificate> make_ca(const std::string& common_name, Instant now, Duration lifetime) {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("making the CA's key");
  const auto cert = begin_certificate(key.get(), common_name, now, lifetime);
  if (!cert || X509_set_issuer_name(cert.get(), X509_get_subject_name(cert.get())) != 1 ||
      !add_extension(cert.get(), cert.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(cert.get(), cert.get(), NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(cert.get(), cert.get(), NID_subject_key_identifier, "hash") ||
      X509_sign(cert.get(), key.get(), EVP_sha256()) == 0) {
    return failed("making the CA's certificate");
  }
  return to_pem(cert.get(), key.get());
}

Result<Certificate> make_server_certificate(const Certificate& ca, const std::vector<std::string>& names, Instant now,
                                            Duration lifetime) {
  const auto ca_key_pem = ca.key_pem.reveal();
  const Cert issuer(PEM_read_bio_X509(reading(ca.pem).get(), nullptr, no_password, nullptr));
  const Key issuer_key(PEM_read_bio_PrivateKey(reading(ca_key_pem).get(), nullptr, no_password, nullptr));
  if (!issuer || !issuer_key) return failed("reading the CA");
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("making the server's key");

  std::string alternatives;
  for (const auto& name : names) alternatives += (alternatives.empty() ? "DNS:" : ",DNS:") + name;
  const auto cert = begin_certificate(key.get(), names.front(), now, lifetime);
  if (!cert || X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer.get())) != 1 ||
      !add_extension(cert.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(cert.get(), issuer.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(cert.get(), issuer.get(), NID_ext_key_usage, "serverAuth") ||
      !add_extension(cert.get(), issuer.get(), NID_authority_key_identifier, "keyid") ||
      !add_extension(cert.get(), issuer.get(), NID_subject_alt_name, alternatives) ||
      X509_sign(cert.get(), issuer_key.get(), EVP_sha256()) == 0) {
    return failed("making the server's certificate");
  }
  return to_pem(cert.get(), key.get());
}

Result<Instant> expiry_of(const std::string& pem) {
  const Cert cert(PEM_read_bio_X509(reading(pem).get(), nullptr, no_password, nullptr));
  if (!cert) return failed("reading a certificate");
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(cert.get()), &end) != 1) return failed("reading a certificate's end");
  return std::chrono::floor<Duration>(std::chrono::system_clock::from_time_t(timegm(&end)));
}

}  // namespace sallyport::keys
