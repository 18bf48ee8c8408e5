#pragma once

#include <optional>
#include <string>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "journal/journal.hpp"

namespace sallyport::keys {

// How the condition Protected begins while a key is missing.
inline constexpr auto kKeyMissing = "a key is missing: ";

// The keys that no account of ours may read by the API: that of seals and digests, and the one that signs the log. They
// come as files (KeyFiles). A replica goes on with what it holds whatever becomes of the files, but says so, since the
// next one could not start. Engine's thread.
class OwnKeys {
 public:
  // At the start: without the key of seals nothing can be done.
  [[nodiscard]] Result<void> take_seal_key(Result<Secret> read);
  // Signs the log with the key that is there now, if it is another. With an error the one in use stays.
  [[nodiscard]] Result<void> sign(const Result<Secret>& read, journal::Journal& journal);
  // What both files hold by now.
  void refresh(const Result<Secret>& seal_key, const Result<Secret>& log_key, journal::Journal& journal);

  [[nodiscard]] const Secret& seal_key() const { return seal_key_; }
  // What the log is checked by.
  [[nodiscard]] const std::string& log_pub() const { return log_pub_; }
  // Why a replica that starts now would lack a key; "": it would not.
  [[nodiscard]] const std::string& missing() const { return missing_; }
  // Why a new process is needed: another key of seals is there, and ours would only disagree with those of replicas
  // that start now.
  [[nodiscard]] const std::optional<std::string>& why_start_anew() const { return replaced_; }

 private:
  [[nodiscard]] Result<void> compare_seal_key(const Result<Secret>& read);

  Secret seal_key_;
  std::string log_pub_;
  std::string missing_;
  std::optional<std::string> replaced_;
};

}  // namespace sallyport::keys
