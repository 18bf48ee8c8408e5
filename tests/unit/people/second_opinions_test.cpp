// A corpus of tokens (tests/people/tokens.py), of which other implementations say the same:
// tests/people/test_second_opinions.py.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "people/token.hpp"
#include "unit/test_files.hpp"

namespace sallyport::people {
namespace {

json::Value corpus() {
  const char* other = std::getenv("SALLYPORT_TOKENS");
  const auto path = other != nullptr ? std::filesystem::path(other) : test_file("data/tokens.json");
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return json::parse(std::string{std::istreambuf_iterator<char>(file), {}}).value();
}

TEST(SecondOpinions, AreOurs) {
  const auto all = corpus();
  TokenRules rules{.issuer = std::string(all["issuer"].text()),
                   .audience = std::string(all["audience"].text()),
                   .algorithms = {},
                   .nonce = std::string(all["nonce"].text())};
  for (const auto& name : all["algorithms"].items()) rules.algorithms.push_back(parse_algorithm(name.text()).value());
  const auto keys = KeySet::read(json::write(all["jwks"]));
  ASSERT_TRUE(keys) << keys.error().message();
  const Instant now(std::chrono::seconds(*all["now"].integer()));
  ASSERT_GT(all["tokens"].items().size(), 100u);
  for (const auto& each : all["tokens"].items()) {
    const auto token = verify_token(each["token"].text(), *keys, rules, now);
    EXPECT_EQ(token.has_value(), each["counts"].truth())
        << each["name"].text() << (token ? "" : ": " + token.error().message());
  }
}

}  // namespace
}  // namespace sallyport::people
