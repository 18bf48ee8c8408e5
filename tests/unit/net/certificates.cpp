#include "unit/net/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace sallyport::net::test {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

template <typename Write>
std::string to_pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string certificate_pem(const Certificate& certificate) {
  return to_pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
}

Key make_key() {
  return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

Certificate make_certificate(const std::string& common_name, const Key& key, long serial) {
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  return made;
}

void add_extension(const Certificate& certificate, int kind, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

struct Authority::Parts {
  Key key = make_key();
  Certificate certificate;
  long serial = 1;
};

Authority::Authority(const std::string& name) : parts_(std::make_unique<Parts>()) {
  parts_->certificate = make_certificate(name, parts_->key, 1);
  X509_set_issuer_name(parts_->certificate.get(), X509_get_subject_name(parts_->certificate.get()));
  add_extension(parts_->certificate, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(parts_->certificate.get(), parts_->key.get(), EVP_sha256());
}

Authority::~Authority() = default;

std::string Authority::pem() const {
  return certificate_pem(parts_->certificate);
}

Issued Authority::issue(const std::string& common_name, const char* usage, const char* names) const {
  const Key key = make_key();
  const Certificate made = make_certificate(common_name, key, ++parts_->serial);
  X509_set_issuer_name(made.get(), X509_get_subject_name(parts_->certificate.get()));
  add_extension(made, NID_ext_key_usage, usage);
  if (names != nullptr) add_extension(made, NID_subject_alt_name, names);
  X509_sign(made.get(), parts_->key.get(), EVP_sha256());
  const auto write_key = [&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  };
  return {certificate_pem(made), to_pem(write_key)};
}

Issued Authority::issue_server(const std::string& common_name) const {
  return issue(common_name, "serverAuth", "IP:127.0.0.1,DNS:localhost");
}

Issued Authority::issue_client(const std::string& common_name) const {
  return issue(common_name, "clientAuth", nullptr);
}

}  // namespace sallyport::net::test
