#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "api_fixture.hpp"
#include "base/signature.hpp"
#include "controllers/key_rotation.hpp"
#include "keys/certificates.hpp"
#include "keys/key_files.hpp"
#include "keys/key_store.hpp"

namespace sallyport::controllers {

inline const std::string kSealBytes(32, 'k');
inline const std::string kSecret = "/api/v1/namespaces/sallyport-system/secrets/sallyport-keys";

// A log that knows by whom it is signed, and keeps nothing.
struct SignedJournal : journal::Journal {
  engine::Awaitable<model::LogPosition> append(model::LogRecord) override { co_return model::LogPosition{}; }
  void append_async(model::LogRecord) override {}
  [[nodiscard]] std::uint64_t written_today(const std::string&) const override { return 0; }
  [[nodiscard]] const std::string& stream() const override { return name; }
  [[nodiscard]] std::optional<std::string> why_failed() const override { return std::nullopt; }
  [[nodiscard]] journal::Counters counters() const override { return {}; }
  [[nodiscard]] const Histogram& syncs_took() const override { return syncs; }
  [[nodiscard]] std::uint64_t seq_on_disk() const override { return 0; }
  void sign_with(SigningKey key) override { signers.push_back(key.public_key()); }

  std::string name;
  Histogram syncs{Histogram::kCalls};
  std::vector<PublicKey> signers;  // the last one signs
};

// Key files in a directory of their own, and an API server that holds the shared Secret, by compare-and-set.
struct KeysFixture : ApiFixture {
  KeysFixture() {
    answers["GET " + kSecret] = [this](const Call&) { return ok(secret); };
    answers["PUT " + kSecret] = [this](const Call& call) {
      auto written = parsed(call.body);
      if (written["metadata"]["resourceVersion"] != secret["metadata"]["resourceVersion"])
        return Answer{.status = 409, .body = R"({"reason":"Conflict"})", .headers = {}};
      written.find_mutable("metadata")->set("resourceVersion", std::to_string(++version));
      secret = std::move(written);
      return ok(secret);
    };
  }
  ~KeysFixture() override { std::filesystem::remove_all(directory); }

  static std::filesystem::path make_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-keys-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }
  void write(const std::string& name, std::string_view content) const {
    std::ofstream(directory / name, std::ios::binary) << content;
  }

  // As another replica puts them there.
  void put_in_secret(const keys::SharedKeys& keys) {
    secret.find_mutable("data")->set("locked", base64(keys::lock_keys(keys, Secret(kSealBytes))));
    secret.find_mutable("metadata")->set("resourceVersion", std::to_string(++version));
  }
  // Another replica replaces the path of these keys.
  keys::SharedKeys renewed_by_another(const keys::SharedKeys& keys) {
    auto others = keys.clone();
    keys::renew_path(others, clock.now());
    put_in_secret(others);
    return others;
  }

  std::filesystem::path directory = make_directory();
  std::uint64_t version = 1;
  json::Value secret =
      parsed(R"({"metadata":{"name":"sallyport-keys","uid":"u","resourceVersion":"1"},"type":"Opaque","data":{}})");
  SignedJournal log;
  std::shared_ptr<net::TlsContext> tls = std::make_shared<net::TlsContext>();
  keys::OwnKeys own;
  keys::KeyStore shared{*api, "sallyport-system", "sallyport-keys", {"localhost"}, Secret(kSealBytes)};
  keys::ServingCertificate certificate{tls};
  std::vector<std::string> published;  // paths
};

}  // namespace sallyport::controllers
