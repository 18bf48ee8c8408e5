#include "people/jws.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/base64url.hpp"
#include "json/outside.hpp"

namespace sallyport::people {
namespace {

constexpr json::OutsideLimits kHeader{.bytes = 4096, .depth = 4, .values = 64};
constexpr std::size_t kLongestId = 256;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::bad_input, "the token is refused: " + std::move(why));
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

Result<Parts> split(std::string_view token) {
  const auto dots = std::ranges::count(token, '.');
  if (dots == 4) return refuse("it is encrypted, and only signed tokens are taken");
  if (dots != 2) return refuse("it is not three parts with dots between them");
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

Result<void> check_members(const json::Value& header) {
  for (const char* member : {"jwk", "jku", "x5u", "x5c"}) {
    if (header.find(member) != nullptr)
      return refuse(fmt::format("its header has {}, and a token does not choose its own key", member));
  }
  for (const char* member : {"crit", "b64", "zip", "enc"}) {
    if (header.find(member) != nullptr) return refuse(fmt::format("its header has {}, which is not supported", member));
  }
  if (header.find("cty") != nullptr) return refuse("its header has cty: nested tokens are not supported");
  return {};
}

Result<void> read_header(std::string_view text, Jws& jws) {
  const auto header = json::parse_outside(text, kHeader);
  if (!header) return refuse("its header is " + header.error().message());
  if (!header->is_object()) return refuse("its header is no JSON object");
  if (const auto members = check_members(*header); !members) return members;
  const auto algorithm = parse_algorithm((*header)["alg"].text());
  if (!algorithm) return refuse("its alg is none, symmetric, unknown or absent");
  jws.algorithm = *algorithm;
  if (const auto* id = header->find("kid")) {
    if (id->text().empty() || id->text().size() > kLongestId) return refuse("its kid is no text of 1 to 256 bytes");
    jws.key_id = id->text();
  }
  if (const auto* type = header->find("typ")) {
    if (!type->is_string()) return refuse("its typ is no text");
    jws.type = type->text();
  }
  return {};
}

}  // namespace

Result<Jws> read_jws(std::string_view token) {
  if (token.size() > kLargestToken) return refuse(fmt::format("it is larger than {} bytes", kLargestToken));
  const auto parts = split(token);
  if (!parts) return fail(parts.error());
  const auto header = decode_base64url(parts->header);
  auto payload = decode_base64url(parts->payload);
  auto signature = decode_base64url(parts->signature);
  if (!header || !payload || !signature) return refuse("a part of it is no base64url without padding");
  if (signature->empty()) return refuse("it is not signed");
  Jws jws;
  if (const auto read = read_header(*header, jws); !read) return fail(read.error());
  jws.payload = *std::move(payload);
  jws.signature = *std::move(signature);
  jws.signed_text = token.substr(0, parts->header.size() + 1 + parts->payload.size());
  return jws;
}

}  // namespace sallyport::people
