#include "people/https_url.hpp"

#include <charconv>
#include <cstdint>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace sallyport::people {
namespace {

constexpr std::size_t kLongestUrl = 2048;

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::bad_input, std::string(why));
}

// The library takes any digits.
bool is_port(std::string_view digits) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() && number != 0;
}

}  // namespace

Result<void> check_https_url(std::string_view url) {
  if (url.size() > kLongestUrl) return refuse("a URL longer than 2048 bytes");
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return refuse("it is no absolute URL");
  if (parsed->scheme() != "https") return refuse("it does not begin with https://");
  if (parsed->encoded_host().empty()) return refuse("it has no host");
  if (parsed->has_userinfo()) return refuse("it has a user name in it");
  if (parsed->has_fragment()) return refuse("it has a fragment");
  if (parsed->has_port() && !is_port(parsed->port())) return refuse("its port is no number from 1 to 65535");
  return {};
}

Result<void> check_issuer(std::string_view issuer) {
  if (issuer.find_first_of("{}") != std::string_view::npos)
    return refuse("an issuer for several tenants: name the tenant's own");
  if (const auto url = check_https_url(issuer); !url) return url;
  if (boost::urls::parse_uri(issuer)->has_query()) return refuse("it has a query");
  return {};
}

}  // namespace sallyport::people
