#include "keys/own_keys.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "base/signature.hpp"
#include "journal/checkpoint.hpp"

namespace sallyport::keys {
namespace {

constexpr auto kPutBack = ". Put the keys back with: sallyport keys restore";

}  // namespace

Result<void> OwnKeys::take_seal_key(Result<Secret> read) {
  if (!read) return fail(read.error());
  seal_key_ = std::move(*read);
  return {};
}

Result<void> OwnKeys::compare_seal_key(const Result<Secret>& read) {
  if (!read) return fail(read.error());
  if (equal_in_constant_time(read->reveal(), seal_key_.reveal())) return {};
  replaced_ = "there is another key of seals than this replica runs with: it must start anew";
  return fail(ErrorCode::conflict, *replaced_);
}

Result<void> OwnKeys::sign(const Result<Secret>& read, journal::Journal& journal) {
  if (!read) return fail(read.error());
  auto key = SigningKey::read(*read);
  if (!key) return fail(key.error().while_doing("the log's key"));
  auto name = journal::write_verifier_key({.key = key->public_key()});
  if (name == log_pub_) return {};
  spdlog::info("the log is signed by {}", name);
  journal.sign_with(std::move(*key));
  log_pub_ = std::move(name);
  return {};
}

void OwnKeys::refresh(const Result<Secret>& seal_key, const Result<Secret>& log_key, journal::Journal& journal) {
  const auto seal = compare_seal_key(seal_key);
  const auto log = sign(log_key, journal);
  missing_ = seal ? "" : seal.error().message();
  if (!log) missing_ += (missing_.empty() ? "" : "; ") + log.error().message() + " (the one in use stays)";
  if (!missing_.empty()) missing_ += kPutBack;
}

}  // namespace sallyport::keys
