#include "audit/keys.hpp"

#include <fstream>

namespace sallyport::audit {
namespace {

Result<void> add_keys(const std::string& given, std::vector<journal::VerifierKey>& keys) {
  if (auto key = journal::read_verifier_key(given)) {
    keys.push_back(std::move(*key));
    return {};
  }
  std::ifstream file(given);
  std::string line;
  bool any = false;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    auto key = journal::read_verifier_key(line);
    if (!key) return fail(key.error().while_doing("--key " + given));
    keys.push_back(std::move(*key));
    any = true;
  }
  if (any) return {};
  return fail(ErrorCode::bad_input,
              "--key " + given +
                  " is neither a log's public key nor a file with some. The Secret that holds it tells: "
                  "kubectl -n sallyport-system get secret sallyport-keys -o jsonpath='{.data.log\\.pub}' | base64 -d");
}

}  // namespace

Result<std::vector<journal::VerifierKey>> read_keys(const std::vector<std::string>& given) {
  std::vector<journal::VerifierKey> keys;
  for (const auto& each : given) {
    if (const auto added = add_keys(each, keys); !added) return fail(added.error());
  }
  return keys;
}

}  // namespace sallyport::audit
