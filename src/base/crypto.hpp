#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

using Sha256Sum = std::array<std::uint8_t, 32>;

// Bytes nobody may see: wiped when they go, never printable, moved and not copied.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(Secret&&) = default;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret clone() const { return Secret(reveal()); }
  [[nodiscard]] std::string_view reveal() const { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::vector<char> bytes_;
};

// SHA-256 (or HMAC-SHA-256 under a key) over bytes that come in parts. `field` prefixes each part with its length, so
// that no two lists of fields give the same bytes.
class Hasher {
 public:
  Hasher();                            // SHA-256
  explicit Hasher(const Secret& key);  // HMAC-SHA-256
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  Hasher& bytes(std::string_view bytes);
  Hasher& field(std::string_view bytes);
  Hasher& field(std::uint64_t number);
  [[nodiscard]] Sha256Sum finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256Sum sha256(std::string_view bytes);
[[nodiscard]] Sha256Sum hmac_sha256(const Secret& key, std::string_view bytes);

[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);
// RFC 4648 base32 in lower case without padding: fits a Kubernetes name.
[[nodiscard]] std::string base32(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::string base64(std::string_view bytes);
// RFC 4648 base64 with padding; an empty string for what is not.
[[nodiscard]] std::string decode_base64(std::string_view text);

// For OpenSSL's PEM readers, which would ask whoever sits at the terminal: what is under a password is refused.
int no_password(char* buffer, int size, int writing, void* data);

// Takes the same time whatever differs.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);
// From the operating system's generator; ends the process if that fails, since nothing safe can be done then.
[[nodiscard]] Secret random_secret(std::size_t bytes);

}  // namespace sallyport
