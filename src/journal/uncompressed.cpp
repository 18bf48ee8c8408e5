#include "journal/uncompressed.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "base/gzip.hpp"

namespace sallyport::journal {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr char kGzipBegins = '\x1f';

class Uncompressed {
 public:
  explicit Uncompressed(ReadSome stored) : stored_(std::move(stored)) {}

  Result<std::size_t> read(std::span<char> room) {
    if (has_begun_) return gunzip_ ? inflate(room) : stored_(room);
    const auto count = stored_(room);
    if (!count || *count == 0) return count;
    has_begun_ = true;
    if (room.front() != kGzipBegins) return count;
    gunzip_.emplace();
    given_.assign(room.data(), *count);
    return inflate(room);
  }

 private:
  Result<std::size_t> inflate(std::span<char> room) {
    std::size_t made = 0;
    while (made < room.size()) {
      if (taken_ == given_.size()) {
        if (const auto filled = fill(); !filled) return fail(filled.error());
        if (given_.empty() && gunzip_->at_end()) break;
        if (given_.empty()) return fail(ErrorCode::bad_input, "its compressed bytes are cut off");
      }
      const auto step = gunzip_->step(std::span(given_).subspan(taken_), room.subspan(made));
      if (!step) return fail(step.error());
      taken_ += step->taken;
      made += step->made;
    }
    return made;
  }

  Result<void> fill() {
    given_.resize(kPiece);
    taken_ = 0;
    const auto count = stored_(given_);
    given_.resize(count.value_or(0));
    if (!count) return fail(count.error());
    return {};
  }

  ReadSome stored_;
  bool has_begun_ = false;
  std::optional<Gunzip> gunzip_;
  std::string given_;
  std::size_t taken_ = 0;
};

}  // namespace

ReadSome uncompressed(ReadSome stored) {
  return
      [source = std::make_shared<Uncompressed>(std::move(stored))](std::span<char> room) { return source->read(room); };
}

}  // namespace sallyport::journal
