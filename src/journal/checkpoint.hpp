#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/signature.hpp"

namespace sallyport::journal {

// How far a stream was at some time: the number of its last line and that line's hash. Signed as a note
// (https://c2sp.org/signed-note) whose text is a checkpoint (https://c2sp.org/tlog-checkpoint): origin, size and, in
// the place of a tree's root, the head of the chain.
struct Checkpoint {
  std::string stream;
  std::uint64_t seq = 0;
  std::string head;  // as in the log, in hex

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

inline constexpr std::string_view kOrigin = "sallyport.dev/log";

// Whose signatures are believed. Written as "<name>+<hash>+<base64>", as the signed note's specification has it.
struct VerifierKey {
  std::string name{kOrigin};
  PublicKey key{};

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};
[[nodiscard]] std::string write_verifier_key(const VerifierKey& key);
[[nodiscard]] Result<VerifierKey> read_verifier_key(std::string_view text);

// The text, an empty line, and a line with the signature.
[[nodiscard]] Result<std::string> sign_note(const Checkpoint& checkpoint, const SigningKey& key);

class SignedNote {
 public:
  // An Error: it is no note, or its text is no checkpoint of ours.
  [[nodiscard]] static Result<SignedNote> read(std::string_view note);

  [[nodiscard]] const Checkpoint& checkpoint() const { return checkpoint_; }
  [[nodiscard]] bool is_signed_by(const VerifierKey& key) const;

 private:
  struct Line {
    std::string name;
    std::array<std::uint8_t, 4> key_hash;
    Signature signature;
  };
  std::string text_;
  Checkpoint checkpoint_;
  std::vector<Line> signatures_;
};

}  // namespace sallyport::journal
