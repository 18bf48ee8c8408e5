#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport {

// Compresses what it is given into one member of gzip's format (RFC 1952), without a name or a time: the same bytes
// make the same bytes. Holds some 256 KiB; one thread.
class Gzip {
 public:
  Gzip();
  // What comes of it so far; all of it after `finish`, which ends it.
  [[nodiscard]] std::string add(std::string_view bytes) { return deflate(bytes, false); }
  [[nodiscard]] std::string finish() { return deflate({}, true); }

 private:
  struct End {
    void operator()(void* stream) const;
  };
  std::string deflate(std::string_view bytes, bool last);

  std::unique_ptr<void, End> stream_;
};

// The other way: one member, or several behind each other, as the format has it. Holds some 40 KiB, however much comes
// of it; one thread.
class Gunzip {
 public:
  Gunzip();

  struct Step {
    std::size_t taken = 0;  // of what was given
    std::size_t made = 0;   // of the room there was
  };
  // bad_input: it is not gzip's, or damaged. What was made before an Error is not proven by the checksum.
  [[nodiscard]] Result<Step> step(std::span<const char> bytes, std::span<char> room);
  // A member has ended, and no other one has begun: it may end here.
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  struct End {
    void operator()(void* stream) const;
  };
  std::unique_ptr<void, End> stream_;
  bool at_end_ = true;
};

}  // namespace sallyport
