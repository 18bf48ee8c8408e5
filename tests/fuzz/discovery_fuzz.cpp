// Any bytes as an issuer's discovery document, as its own name, as the answer to a login, and as the token endpoint's.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "people/discovery.hpp"
#include "people/form.hpp"
#include "people/https_url.hpp"
#include "people/login.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::people;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_login(const Discovery& issuer, std::string_view bytes) {
  const Instant now(std::chrono::seconds(1'800'000'000));
  const Client client{.id = "c", .redirect_uri = "https://desk/callback"};
  const auto begun = begin_login(issuer, client, {}, Secret(std::string(kLoginRandomBytes, 'r')), now);
  require(begun && begun->url.starts_with("https://"));
  const auto code = check_callback(begun->pending, issuer, bytes, now);
  require(!code || !code->empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  require(!check_issuer(bytes) || check_https_url(bytes));
  if (const auto form = read_form(bytes)) {
    std::vector<std::pair<std::string_view, std::string_view>> fields;
    for (const auto& [name, value] : *form) fields.emplace_back(name, value);
    const auto again = read_form(write_form(fields));
    require(!again || *again == *form);  // written, it may be too large
  }
  for (const int status : {200, 400}) {
    const auto token = read_token_answer(status, bytes);
    require(!token || (status == 200 && !token->empty()));
  }
  const auto document = read_discovery(bytes, "https://i");
  if (document) {
    for (const auto& url : {document->authorization_endpoint, document->token_endpoint, document->keys_url})
      require(check_https_url(url).has_value());
  }
  check_login(document ? *document
                       : Discovery{.issuer = "https://i",
                                   .authorization_endpoint = "https://i/a",
                                   .token_endpoint = "https://i/t",
                                   .keys_url = "https://i/k"},
              bytes);
  return 0;
}
