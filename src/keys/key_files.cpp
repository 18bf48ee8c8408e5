#include "keys/key_files.hpp"

#include <filesystem>
#include <utility>

#include "base/files.hpp"
#include "keys/material.hpp"
#include "kube/worker.hpp"

namespace sallyport::keys {
namespace {

Result<Secret> read_key(const char* name, const std::string& file, std::string_view what) {
  auto bytes = read_file(file);
  if (!bytes) return fail(bytes.error().while_doing(what));
  Secret key(*bytes);
  if (const auto sound = check_key(name, key); !sound) return fail(sound.error().while_doing(file).while_doing(what));
  return key;
}

// A mounted Secret changes by a link to the next directory: all three from the one that the link names now.
Result<Identity> read_identity(const std::string& directory) {
  std::error_code error;
  const auto now = std::filesystem::canonical(directory + "/tls.crt", error).parent_path().string();
  if (error) return fail(ErrorCode::not_found, directory + "/tls.crt: " + error.message());
  auto chain = read_file(now + "/tls.crt");
  if (!chain) return fail(chain.error());
  auto key = read_file(now + "/tls.key");
  if (!key) return fail(key.error());
  auto ca = read_file(now + "/ca.crt");
  if (!ca) return fail(ca.error());
  return Identity{std::move(*chain), Secret(*key), std::move(*ca)};
}

}  // namespace

KeyFileContents read_key_files(const KeyFileNames& names) {
  KeyFileContents contents;
  contents.seal_key = read_key(kSealKey, names.seal_key, "the key of seals");
  contents.log_key = read_key(kLogKey, names.log_key, "the log's key");
  if (!names.certificate_dir.empty()) contents.certificate = read_identity(names.certificate_dir);
  if (!names.client_ca.empty()) contents.client_ca = read_file(names.client_ca);
  return contents;
}

boost::asio::awaitable<KeyFileContents> KeyFiles::read() {
  const kube::Worker worker(thread_.get_executor());
  co_return co_await worker.run([names = names_] { return read_key_files(names); });
}

}  // namespace sallyport::keys
