#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controllers/runner.hpp"
#include "journal/journal.hpp"
#include "keys/key_files.hpp"
#include "keys/key_store.hpp"
#include "keys/own_keys.hpp"
#include "keys/serving_certificate.hpp"
#include "net/tls_context.hpp"

namespace sallyport::controllers {

// Keeps the keys of this replica what they should be: those in files, those that replicas share in a Secret, and the
// path among them, which is replaced whenever somebody else may have learned it. What is in force is given to
// `publish`. Engine's thread; what it is given outlives it.
class KeyRotation {
 public:
  struct Parts {
    keys::OwnKeys& own;
    keys::KeyStore& shared;
    keys::ServingCertificate& certificate;
    net::TlsContext& tls;
    keys::KeyFiles& files;
    Instant started;  // before `shared` was loaded: a path made since then is new enough for this start
  };
  using Publish = std::function<void(const keys::SharedKeys&)>;

  KeyRotation(Runner& runner, journal::Journal& journal, Parts parts, Publish publish)
      : runner_(runner),
        journal_(journal),
        parts_(parts),
        publish_(std::move(publish)),
        files_read_(runner.make_alarm()),
        exposures_{{"this replica has started", parts.started}} {}

  // Before the port opens. An Error: it must not.
  [[nodiscard]] boost::asio::awaitable<Result<void>> start();
  // Looks at all of it once. After an error the keys in use stay. Files that are not read within 5 s are taken when
  // they are: a mount that hangs must not keep the path from being replaced.
  [[nodiscard]] boost::asio::awaitable<Result<void>> refresh();
  // Somebody may know the path in force as of now: a refresh replaces it, unless another replica has by then. The need
  // stays until the path is newer than it.
  void need_new_path(std::string why);
  // Reads anew what replicas share, and replaces nothing that need not be.
  [[nodiscard]] boost::asio::awaitable<Result<void>> read_shared();
  // Whether the Secret holds this path by now: another replica may have made it a moment ago, and the API server call
  // by it already.
  [[nodiscard]] boost::asio::awaitable<bool> knows_path(std::string path);

  [[nodiscard]] const keys::SharedKeys& shared() const { return parts_.shared.keys(); }
  [[nodiscard]] const std::string& ca_pem() const { return parts_.certificate.ca_pem(); }
  // Which keys a replica that starts now would lack; "": none.
  [[nodiscard]] std::string missing() const;
  // Rung when a new path is needed.
  void ring_on_need(std::shared_ptr<engine::Alarm> alarm) { needed_ = std::move(alarm); }

 private:
  struct Exposure {
    std::string why;
    Instant at{};
  };
  boost::asio::awaitable<void> look_at_files();
  boost::asio::awaitable<void> read_files();
  void take(keys::KeyFileContents files);
  [[nodiscard]] boost::asio::awaitable<Result<void>> refresh_shared();
  void forget_what_is_over();
  // By `read` where the certificate comes from files.
  [[nodiscard]] Result<void> set_certificate(Result<keys::Identity> read);
  [[nodiscard]] Result<void> set_client_ca(Result<std::string> read);
  [[nodiscard]] bool shares_certificate() const { return parts_.files.names().certificate_dir.empty(); }
  boost::asio::awaitable<void> look_at_path();

  Runner& runner_;
  journal::Journal& journal_;
  Parts parts_;
  Publish publish_;
  std::shared_ptr<engine::Alarm> files_read_;
  bool reading_files_ = false;
  std::string files_missing_;  // why nobody knows what the files hold; "": they were read
  std::shared_ptr<engine::Alarm> needed_;
  std::vector<Exposure> exposures_;  // of the path in force, the latest last
  std::string client_ca_;
  Duration path_looked_at_{};  // when the last look that has ended began
  bool looking_at_path_ = false;
  std::size_t path_waiters_ = 0;
};

}  // namespace sallyport::controllers
