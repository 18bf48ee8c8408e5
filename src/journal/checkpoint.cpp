#include "journal/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/crypto.hpp"

namespace sallyport::journal {
namespace {

constexpr char kEd25519 = 0x01;  // the specification's signature type
constexpr std::string_view kDash = "\xE2\x80\x94 ";
constexpr std::size_t kLongestNote = 16u << 10;
using KeyHash = std::array<std::uint8_t, 4>;

std::string text_of(const auto& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

KeyHash hash_of(const VerifierKey& key) {
  const auto sum = sha256(key.name + "\n" + kEd25519 + text_of(key.key));
  return {sum[0], sum[1], sum[2], sum[3]};
}

std::optional<std::string> from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    unsigned byte = 0;
    const auto read = std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
    if (read.ptr != hex.data() + at + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

template <std::size_t Size>
bool copy_into(std::array<std::uint8_t, Size>& bytes, std::string_view text) {
  if (text.size() != Size) return false;
  std::ranges::copy(text, bytes.begin());
  return true;
}

std::string write_text(const Checkpoint& checkpoint) {
  return fmt::format("{}/{}\n{}\n{}\n", kOrigin, checkpoint.stream, checkpoint.seq,
                     base64(from_hex(checkpoint.head).value_or("")));
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::optional<Checkpoint> read_text(std::string_view text) {
  Checkpoint checkpoint;
  auto origin = take_line(text);
  if (!origin.starts_with(kOrigin) || !origin.substr(kOrigin.size()).starts_with('/')) return std::nullopt;
  checkpoint.stream = origin.substr(kOrigin.size() + 1);
  const auto size = take_line(text);
  const auto read = std::from_chars(size.data(), size.data() + size.size(), checkpoint.seq);
  if (read.ec != std::errc{} || read.ptr != size.data() + size.size()) return std::nullopt;
  Sha256Sum head{};
  if (!copy_into(head, decode_base64(take_line(text)))) return std::nullopt;
  checkpoint.head = hex(head);
  return checkpoint;
}

std::unexpected<Error> no_note(std::string_view why) {
  return fail(ErrorCode::bad_input, fmt::format("it is no signed note of a log: {}", why));
}

}  // namespace

std::string write_verifier_key(const VerifierKey& key) {
  return fmt::format("{}+{}+{}", key.name, hex(hash_of(key)), base64(kEd25519 + text_of(key.key)));
}

Result<VerifierKey> read_verifier_key(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  VerifierKey key;
  if (second != std::string_view::npos) {
    key.name = text.substr(0, first);
    const auto bytes = decode_base64(text.substr(second + 1));
    if (!key.name.empty() && bytes.starts_with(kEd25519) && copy_into(key.key, std::string_view(bytes).substr(1)) &&
        text == write_verifier_key(key)) {
      return key;
    }
  }
  return fail(ErrorCode::bad_input,
              "it is no public key of a log: one looks like sallyport.dev/log+1b2c3d4e+AR... (the Secret's log.pub)");
}

Result<std::string> sign_note(const Checkpoint& checkpoint, const SigningKey& key) {
  const auto text = write_text(checkpoint);
  const auto signature = key.sign(text);
  if (!signature) return fail(signature.error());
  const VerifierKey verifier{.key = key.public_key()};
  return fmt::format("{}\n{}{} {}\n", text, kDash, verifier.name,
                     base64(text_of(hash_of(verifier)) + text_of(*signature)));
}

Result<SignedNote> SignedNote::read(std::string_view note) {
  if (note.size() > kLongestNote) return no_note("it is too long");
  const auto end = note.rfind("\n\n");
  if (end == std::string_view::npos || !note.ends_with('\n')) return no_note("no empty line before its signatures");
  SignedNote read;
  read.text_ = note.substr(0, end + 1);
  auto checkpoint = read_text(read.text_);
  if (!checkpoint) return no_note("its text is no checkpoint");
  read.checkpoint_ = std::move(*checkpoint);
  for (auto rest = note.substr(end + 2); !rest.empty();) {
    auto line = take_line(rest);
    if (!line.starts_with(kDash)) return no_note("a signature does not begin with a dash");
    line.remove_prefix(kDash.size());
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return no_note("a signature has no name");
    const auto bytes = decode_base64(line.substr(blank + 1));
    Line signature{std::string(line.substr(0, blank)), {}, {}};
    // Other kinds of signatures are other people's.
    if (bytes.size() < signature.key_hash.size() ||
        !copy_into(signature.key_hash, std::string_view(bytes).substr(0, 4)) ||
        !copy_into(signature.signature, std::string_view(bytes).substr(4))) {
      continue;
    }
    read.signatures_.push_back(std::move(signature));
  }
  return read;
}

bool SignedNote::is_signed_by(const VerifierKey& key) const {
  return std::ranges::any_of(signatures_, [&](const Line& line) {
    return line.name == key.name && line.key_hash == hash_of(key) &&
           sallyport::is_signed_by(key.key, text_, line.signature);
  });
}

}  // namespace sallyport::journal
