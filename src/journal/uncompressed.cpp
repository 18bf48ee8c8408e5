#include "journal/uncompressed.hpp"

#include <algorithm>
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
    if (failed_) return fail(*failed_);
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
  // What there is before an Error is given first.
  Result<std::size_t> inflate(std::span<char> room) {
    std::size_t made = 0;
    while (made < room.size()) {
      const auto step = next_step(room.subspan(made));
      if (!step) failed_ = step.error();
      if (!step && made == 0) return fail(step.error());
      if (!step || (step->taken == 0 && step->made == 0)) break;
      taken_ += step->taken;
      made += step->made;
    }
    return made;
  }

  // Nothing taken and nothing made: it has ended.
  Result<Gunzip::Step> next_step(std::span<char> room) {
    if (taken_ == given_.size()) {
      if (const auto filled = fill(); !filled) return fail(filled.error());
      if (given_.empty() && gunzip_->at_end()) return Gunzip::Step{};
      if (given_.empty()) return fail(ErrorCode::bad_input, "its compressed bytes are cut off");
    }
    const auto rest = std::span(given_).subspan(taken_);
    // Tapes and disks fill up with zeros, and gzip lets them pass.
    is_over_ = is_over_ || (gunzip_->at_end() && rest.front() == '\0');
    if (!is_over_) return gunzip_->step(rest, room);
    if (std::ranges::all_of(rest, [](char byte) { return byte == '\0'; })) return Gunzip::Step{rest.size(), 0};
    return fail(ErrorCode::bad_input, "its compressed bytes are damaged: something follows their end");
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
  std::optional<Error> failed_;
  bool is_over_ = false;
  std::string given_;
  std::size_t taken_ = 0;
};

}  // namespace

ReadSome uncompressed(ReadSome stored) {
  return
      [source = std::make_shared<Uncompressed>(std::move(stored))](std::span<char> room) { return source->read(room); };
}

}  // namespace sallyport::journal
