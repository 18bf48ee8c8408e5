#include "keys/own_keys.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "base/files.hpp"
#include "base/signature.hpp"
#include "journal/checkpoint.hpp"
#include "keys/material.hpp"

namespace sallyport::keys {
namespace {

constexpr auto kPutBack = ". Put the keys back with: sallyport keys restore";

Result<Secret> read_key(const char* name, const std::string& file) {
  auto bytes = read_file(file);
  if (!bytes) return fail(bytes.error());
  Secret key(*bytes);
  if (const auto sound = check_key(name, key); !sound) return fail(sound.error().while_doing(file));
  return key;
}

}  // namespace

Result<void> OwnKeys::load() {
  auto key = read_key(kSealKey, seal_file_);
  if (!key) return fail(key.error().while_doing("the key of seals"));
  seal_key_ = std::move(*key);
  return {};
}

Result<void> OwnKeys::look_at_seal_key() {
  const auto key = read_key(kSealKey, seal_file_);
  if (!key) return fail(key.error().while_doing("the key of seals"));
  if (equal_in_constant_time(key->reveal(), seal_key_.reveal())) return {};
  replaced_ = seal_file_ + " holds another key of seals than this replica runs with: it must start anew";
  return fail(ErrorCode::conflict, *replaced_);
}

Result<void> OwnKeys::sign(journal::Journal& journal) {
  const auto pem = read_key(kLogKey, log_file_);
  if (!pem) return fail(pem.error().while_doing("the log's key"));
  auto key = SigningKey::read(*pem);
  if (!key) return fail(key.error().while_doing("the log's key, " + log_file_));
  auto name = journal::write_verifier_key({.key = key->public_key()});
  if (name == log_pub_) return {};
  spdlog::info("the log is signed by {}", name);
  journal.sign_with(std::move(*key));
  log_pub_ = std::move(name);
  return {};
}

void OwnKeys::refresh(journal::Journal& journal) {
  const auto seal = look_at_seal_key();
  const auto log = sign(journal);
  missing_ = seal ? "" : seal.error().message();
  if (!log) missing_ += (missing_.empty() ? "" : "; ") + log.error().message() + " (the one in use stays)";
  if (!missing_.empty()) missing_ += kPutBack;
}

}  // namespace sallyport::keys
