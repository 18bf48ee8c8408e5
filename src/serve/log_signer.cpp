#include "serve/log_signer.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "base/files.hpp"
#include "base/signature.hpp"
#include "journal/checkpoint.hpp"

namespace sallyport::serve {

Result<void> LogSigner::refresh(journal::Journal& journal, const Keys& keys) {
  auto pem = file_.empty() ? Result<std::string>(keys.log_key.reveal()) : read_file(file_);
  if (!pem) return fail(pem.error().while_doing("the log's key"));
  auto key = SigningKey::read(Secret(std::move(*pem)));
  if (!key) return fail(key.error().while_doing("the log's key" + (file_.empty() ? "" : ", " + file_)));
  auto name = journal::write_verifier_key({.key = key->public_key()});
  if (name == name_) return {};
  spdlog::info("the log is signed by {}", name);
  journal.sign_with(std::move(*key));
  name_ = std::move(name);
  return {};
}

}  // namespace sallyport::serve
