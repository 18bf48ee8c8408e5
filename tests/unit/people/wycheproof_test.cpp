// What Project Wycheproof has on signatures and tokens (tests/data/wycheproof.gz, made by hack/wycheproof.py): all that
// is valid counts, and nothing else does.
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "people/jws.hpp"
#include "people/key_set.hpp"
#include "people/verifying_key.hpp"
#include "unit/compressed_lines.hpp"
#include "unit/test_files.hpp"

namespace sallyport::people {
namespace {

const std::vector<json::Value>& vectors() {
  static const auto all = [] {
    std::vector<json::Value> read;
    for (const auto& line : lines_of(test_file("data/wycheproof.gz"))) read.push_back(json::parse(line).value());
    return read;
  }();
  return all;
}

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (; hex.size() >= 2; hex.remove_prefix(2))
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(0, 2)), nullptr, 16));
  return bytes;
}

TEST(Wycheproof, ItsSignaturesCountWhereTheyAreValid) {
  std::map<std::string, int, std::less<>> seen;
  for (const auto& vector : vectors()) {
    if (vector.find("sig") == nullptr) continue;
    const auto key = VerifyingKey::read(vector["jwk"]);
    if (vector["jwk"]["e"].text() == "Aw") {  // three
      EXPECT_FALSE(key);
      continue;
    }
    ASSERT_TRUE(key) << json::write(vector) << key.error().message();
    const auto algorithm = parse_algorithm(vector["alg"].text()).value();
    const bool counts = key->has_signed(algorithm, bytes_of(vector["msg"].text()), bytes_of(vector["sig"].text()));
    // "Acceptable" is a DigestInfo without its NULL, and what is of other parameters is valid as something else than
    // JWS.
    EXPECT_EQ(counts, vector["result"].text() == "valid") << vector["file"].text() << " " << *vector["id"].integer();
    ++seen[std::string(vector["alg"].text()) + (counts ? " valid" : " refused")];
  }
  for (const char* algorithm : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"}) {
    EXPECT_GE(seen[std::string(algorithm) + " valid"], 7) << algorithm;
    EXPECT_GE(seen[std::string(algorithm) + " refused"], 40) << algorithm;
  }
}

// The key's weakness does not show by what is checked here: RSA keys of one maker's chips of 2017 and before.
bool is_not_looked_for(const json::Value& vector) {
  return vector["comment"].text().find("Roca") != std::string_view::npos;
}

// Symmetric keys (also in the set "jws_keyset") and curves that are not supported have no name here; and figure 20 of
// RFC 7520 is signed with PS384 under a key that says it is for PS256.
bool is_supported(const json::Value& vector) {
  const auto comment = vector["comment"].text();
  const auto& key = vector["key"];
  return key["kty"].text() != "oct" && key["crv"].text() != "P-521" && !comment.starts_with("HS") &&
         !comment.starts_with("jws_keyset") && !comment.ends_with("Figure20");
}

bool counts(const json::Value& vector) {
  const auto& key = vector["key"];
  json::Value set = json::Value::object();
  if (key.find("keys") != nullptr) {
    set = key;
  } else {
    set.set("keys", json::Value::Array{key});
  }
  const auto keys = KeySet::read(json::write(set));
  const auto jws = read_jws(vector["jws"].text());
  if (!keys || !jws) return false;
  const auto chosen = keys->choose(jws->algorithm, jws->key_id);
  return chosen && chosen->has_signed(jws->algorithm, jws->signed_text, jws->signature);
}

TEST(Wycheproof, ItsTokensCountWhereTheyAreValid) {
  int valid = 0;
  int refused = 0;
  for (const auto& vector : vectors()) {
    if (vector.find("jws") == nullptr || is_not_looked_for(vector)) continue;
    const bool expected = vector["result"].text() == "valid" && is_supported(vector);
    EXPECT_EQ(counts(vector), expected) << vector["file"].text() << " " << *vector["id"].integer() << " "
                                        << vector["comment"].text();
    ++(expected ? valid : refused);
  }
  EXPECT_GE(valid, 30);
  EXPECT_GE(refused, 400);
}

}  // namespace
}  // namespace sallyport::people
