#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "json/scanner.hpp"
#include "wire/admission.hpp"
#include "wire/members.hpp"
#include "wire/names.hpp"

namespace sallyport::wire {
namespace {

constexpr std::size_t kUidWithin = 64u << 10;  // the API server writes it first
constexpr std::size_t kLongestUid = 128;

void read_resource(Scanner& scanner, model::Resource& into) {
  for (Members member(scanner); member.next();) {
    if (member.is("group")) {
      into.group = scanner.read_text();
    } else if (member.is("version")) {
      into.version = scanner.read_text();
    } else if (member.is("resource")) {
      into.resource = scanner.read_text();
    } else {
      scanner.skip_value();
    }
  }
}

void read_kind(Scanner& scanner, std::string& into) {
  for (Members member(scanner); member.next();) {
    if (member.is("kind")) {
      into = scanner.read_text();
    } else {
      scanner.skip_value();
    }
  }
}

std::vector<std::string> read_texts(Scanner& scanner) {
  std::vector<std::string> texts;
  if (scanner.take_null()) return texts;
  for (scanner.enter_array(); scanner.next_item();) texts.emplace_back(scanner.read_text());
  return texts;
}

std::string read_first_text(Scanner& scanner) {
  std::vector<std::string> texts = read_texts(scanner);
  return texts.empty() ? std::string() : std::move(texts.front());
}

void read_extra(Scanner& scanner, model::User& user) {
  if (scanner.take_null()) return;
  for (Members member(scanner); member.next();) {
    if (member.is(kExtraPod)) {
      user.pod = read_first_text(scanner);
    } else if (member.is(kExtraNode)) {
      user.node = read_first_text(scanner);
    } else if (member.is(kExtraCredential)) {
      user.credential_id = read_first_text(scanner);
    } else {
      scanner.skip_value();
    }
  }
}

void read_user(Scanner& scanner, model::User& user) {
  for (Members member(scanner); member.next();) {
    if (member.is("username")) {
      user.username = scanner.read_text();
    } else if (member.is("uid")) {
      user.uid = scanner.read_text();
    } else if (member.is("groups")) {
      user.groups = read_texts(scanner);
    } else if (member.is("extra")) {
      read_extra(scanner, user);
    } else {
      scanner.skip_value();
    }
  }
}

void read_operation(Scanner& scanner, model::Operation& operation) {
  const auto parsed = model::parse_operation(scanner.read_text());
  if (parsed) {
    operation = *parsed;
  } else {
    scanner.fail("unknown operation");
  }
}

// Up to `object`: then everything needed must have come.
void read_request(Scanner& scanner, model::Envelope& envelope) {
  std::optional<model::Resource> as_sent;  // what the caller asked for, before any conversion
  std::string subresource, subresource_sent;
  Members member(scanner);
  while (member.next()) {
    if (member.is("uid")) {
      envelope.uid = scanner.read_text();
    } else if (member.is("kind")) {
      read_kind(scanner, envelope.kind);
    } else if (member.is("resource")) {
      read_resource(scanner, envelope.resource);
    } else if (member.is("subResource")) {
      subresource = scanner.read_text();
    } else if (member.is("requestResource")) {
      read_resource(scanner, as_sent.emplace());
    } else if (member.is("requestSubResource")) {
      subresource_sent = scanner.read_text();
    } else if (member.is("name")) {
      envelope.name = scanner.read_text();
    } else if (member.is("namespace")) {
      envelope.namespace_name = scanner.read_text();
    } else if (member.is("operation")) {
      read_operation(scanner, envelope.operation);
    } else if (member.is("userInfo")) {
      read_user(scanner, envelope.user);
    } else if (member.is("object")) {
      break;
    } else {
      scanner.skip_value();
    }
  }
  for (const std::string_view needed : {"uid", "kind", "resource", "operation", "userInfo", "object"}) {
    if (!member.saw(needed)) scanner.fail("something needed has not come yet");
  }
  if (envelope.uid.empty() || envelope.kind.empty() || envelope.user.username.empty())
    scanner.fail("something is empty");
  envelope.resource.subresource = std::move(subresource);
  if (as_sent) as_sent->subresource = std::move(subresource_sent);
  if (as_sent && *as_sent != envelope.resource) scanner.fail("converted to another version");
}

void expect_text(Scanner& scanner, std::string_view expected) {
  if (scanner.read_text() != expected) scanner.fail("not an AdmissionReview of admission.k8s.io/v1");
}

}  // namespace

Result<model::Envelope> read_envelope(std::string_view body) {
  Scanner scanner(body);
  model::Envelope envelope;
  Members member(scanner);
  bool done = false;
  while (!done && member.next()) {
    if (member.is("kind")) {
      expect_text(scanner, kReviewKind);
    } else if (member.is("apiVersion")) {
      expect_text(scanner, kReviewVersion);
    } else if (member.is("request")) {
      read_request(scanner, envelope);
      done = true;
    } else {
      scanner.skip_value();
    }
  }
  if (!member.saw("kind") || !member.saw("apiVersion") || !done) scanner.fail("something needed has not come yet");
  if (scanner.failed()) return fail(ErrorCode::bad_input, "reading the envelope of a review: " + scanner.error());
  return envelope;
}

std::optional<std::string> readable_uid(std::string_view body) {
  Scanner scanner(body.substr(0, kUidWithin));
  for (Members member(scanner); member.next();) {
    if (!member.is("request")) {
      scanner.skip_value();
      continue;
    }
    for (Members inner(scanner); inner.next();) {
      if (!inner.is("uid")) {
        scanner.skip_value();
        continue;
      }
      std::string uid(scanner.read_text());
      const bool good = !scanner.failed() && !uid.empty() && uid.size() <= kLongestUid;
      return good ? std::optional(std::move(uid)) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace sallyport::wire
