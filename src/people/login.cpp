#include "people/login.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/base64url.hpp"
#include "json/outside.hpp"
#include "people/form.hpp"
#include "people/jws.hpp"

namespace sallyport::people {
namespace {

constexpr Duration kLongestLogin = std::chrono::minutes(10);
constexpr std::size_t kLargestCode = 4096;
constexpr json::OutsideLimits kAnswer{.bytes = 128u << 10, .depth = 16, .values = 5000};

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::bad_input, "the login is refused: " + std::move(why));
}

// A name as Kubernetes gives them to namespaces and requests.
bool is_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, fits) && text.front() != '.' &&
         text.front() != '-';
}

// A path of ours alone: what a browser takes for another host ("//", a backslash) is no such name.
bool is_ours(std::string_view path) {
  if (path == "/") return true;
  if (!path.starts_with("/r/")) return false;
  path.remove_prefix(3);
  const auto slash = path.find('/');
  return slash != std::string_view::npos && is_name(path.substr(0, slash)) && is_name(path.substr(slash + 1));
}

// An issuer's code for an error, if it is one (RFC 6749): what else stands there is anybody's text.
std::string error_code(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits) ? std::string(text) : "unknown_error";
}

std::unexpected<Error> refused_by_issuer(std::string_view code) {
  return fail(ErrorCode::forbidden, "the identity provider has refused the login: " + error_code(code));
}

std::string joined(std::string_view first, const std::vector<std::string>& others) {
  std::string text(first);
  for (const auto& each : others) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::string challenge_of(const Secret& verifier) {
  const auto sum = sha256(verifier.reveal());
  return base64url({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

std::string authorization_url(const Discovery& issuer, const Client& client, const LoginWish& wish,
                              const PendingLogin& pending) {
  const auto scope = joined("openid", client.more_scopes);
  const auto challenge = challenge_of(pending.verifier);
  const auto classes = joined("", wish.context_classes);
  const auto seconds =
      wish.max_age ? std::to_string(std::chrono::floor<std::chrono::seconds>(*wish.max_age).count()) : std::string();
  std::vector<std::pair<std::string_view, std::string_view>> fields = {{"response_type", "code"},
                                                                       {"client_id", client.id},
                                                                       {"redirect_uri", client.redirect_uri},
                                                                       {"scope", scope},
                                                                       {"state", pending.state},
                                                                       {"nonce", pending.nonce},
                                                                       {"code_challenge", challenge},
                                                                       {"code_challenge_method", "S256"}};
  if (wish.max_age) fields.emplace_back("max_age", seconds);
  if (!classes.empty()) fields.emplace_back("acr_values", classes);
  const char* join = issuer.authorization_endpoint.find('?') == std::string::npos ? "?" : "&";
  return issuer.authorization_endpoint + join + write_form(fields);
}

// RFC 9207: an answer that names an issuer is that issuer's, and where it always does, it must.
Result<void> check_whose(const std::map<std::string, std::string>& fields, const Discovery& issuer) {
  const auto named = fields.find("iss");
  if (named == fields.end() && !issuer.names_itself_in_answers) return {};
  if (named == fields.end()) return refuse("the answer does not name its issuer (iss)");
  if (named->second != issuer.issuer) return refuse("the answer is another issuer's (iss)");
  return {};
}

}  // namespace

Result<BegunLogin> begin_login(const Discovery& issuer, const Client& client, const LoginWish& wish,
                               const Secret& random, Instant now) {
  if (random.reveal().size() != kLoginRandomBytes) return refuse("it has not 96 random bytes");
  if (!is_ours(wish.return_to)) return refuse("it would end on another page than one of Sallyport's");
  const auto part = [&](std::size_t index) { return base64url(random.reveal().substr(index * 32, 32)); };
  BegunLogin begun;
  begun.pending = {.issuer = issuer.issuer,
                   .redirect_uri = client.redirect_uri,
                   .state = part(0),
                   .nonce = wish.nonce.value_or(part(1)),
                   .verifier = Secret(part(2)),
                   .return_to = wish.return_to,
                   .ends = now + kLongestLogin};
  begun.url = authorization_url(issuer, client, wish, begun.pending);
  return begun;
}

Result<Secret> check_callback(const PendingLogin& pending, const Discovery& issuer, std::string_view query,
                              Instant now) {
  if (pending.issuer != issuer.issuer) return refuse("it was begun with another issuer");
  if (now >= pending.ends || now < pending.ends - kLongestLogin) return refuse("it took longer than ten minutes");
  const auto fields = read_form(query);
  if (!fields) return refuse("of its answer, " + fields.error().message());
  const auto field = [&](const char* name) {
    const auto found = fields->find(name);
    return found == fields->end() ? std::string_view{} : std::string_view(found->second);
  };
  if (pending.state.empty() || !equal_in_constant_time(field("state"), pending.state))
    return refuse("the answer is not to this login (state)");
  if (const auto whose = check_whose(*fields, issuer); !whose) return fail(whose.error());
  if (fields->contains("error")) return refused_by_issuer(field("error"));
  const auto code = field("code");
  if (code.empty() || code.size() > kLargestCode) return refuse("the answer has no code");
  return Secret(code);
}

TokenRequest token_request(const PendingLogin& pending, const Discovery& issuer, const Client& client,
                           const Secret& client_secret, const Secret& code) {
  std::vector<std::pair<std::string_view, std::string_view>> fields = {{"grant_type", "authorization_code"},
                                                                       {"code", code.reveal()},
                                                                       {"redirect_uri", pending.redirect_uri},
                                                                       {"code_verifier", pending.verifier.reveal()}};
  TokenRequest request{.url = issuer.token_endpoint, .authorization = {}, .body = {}};
  if (issuer.proof == ClientProof::basic) {
    // RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
    const auto both = form_text(client.id) + ":" + form_text(client_secret.reveal());
    request.authorization = Secret("Basic " + base64(both));
  } else {
    fields.emplace_back("client_id", client.id);
    fields.emplace_back("client_secret", client_secret.reveal());
  }
  request.body = Secret(write_form(fields));
  return request;
}

Result<Secret> read_token_answer(int status, std::string_view body) {
  const auto answer = json::parse_outside(body, kAnswer);
  if (!answer) return refuse("the token endpoint's answer is " + answer.error().message());
  if (status == 400 || status == 401) return refused_by_issuer((*answer)["error"].text());
  if (status != 200) return refuse(fmt::format("the token endpoint answers {}", status));
  const auto type = (*answer)["token_type"].text();
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (!std::ranges::equal(type, std::string_view("bearer"), {}, low))
    return refuse("the token endpoint's answer is not of type Bearer");
  const auto token = (*answer)["id_token"].text();
  if (token.empty() || token.size() > kLargestToken) return refuse("the token endpoint's answer has no ID token");
  return Secret(token);
}

}  // namespace sallyport::people
