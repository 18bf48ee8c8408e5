#include "net/body.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <sys/mman.h>

namespace sallyport::net {
namespace {

// Up to here a claimed length is believed, and the heap is good enough.
constexpr std::size_t kSmall = 128 * kKiB;
// So many pieces stay for the next bodies, so much of each.
constexpr std::size_t kWarmPieces = 3;
constexpr std::size_t kWarmBytes = 1 * kMiB + 64 * kKiB;

}  // namespace

struct Body::Bytes {
  std::shared_ptr<BodyPool> pool;
  std::size_t length = 0;
  std::size_t received = 0;
  std::size_t charged = 0;
  std::string small;
  char* piece = nullptr;

  ~Bytes() {
    if (piece != nullptr) pool->give_back(piece, received);
    pool->discharge(charged);
  }

  [[nodiscard]] char* begin() { return piece != nullptr ? piece : small.data(); }
  bool grow();
};

// The new bytes are left as they are: each is written before it is read. (libstdc++ 12 may offer more of them than it
// was asked for.)
bool Body::Bytes::grow() {
  const std::size_t to = std::min(length, std::max(kSmall, 2 * charged));
  if (!pool->charge(to - charged)) return false;
  charged = to;
  if (length <= kSmall) {
    small.resize_and_overwrite(length, [size = length](char*, std::size_t) { return size; });
  } else if (piece == nullptr) {
    piece = pool->take_piece();
    if (piece == nullptr) return false;
  }
  return true;
}

Body::Body(std::shared_ptr<BodyPool> pool, std::size_t length) : bytes_(std::make_unique<Bytes>()) {
  bytes_->pool = std::move(pool);
  bytes_->length = length;
}

Body::Body() = default;
Body::Body(Body&& other) noexcept = default;
Body& Body::operator=(Body&& other) noexcept = default;
Body::~Body() = default;

Body::operator std::string_view() const {
  if (!bytes_) return {};
  return {bytes_->begin(), bytes_->received};
}

std::span<char> Body::room() {
  if (is_complete() || (bytes_->received == bytes_->charged && !bytes_->grow())) return {};
  return {bytes_->begin() + bytes_->received, bytes_->charged - bytes_->received};
}

void Body::received(std::size_t bytes) {
  bytes_->received += bytes;
}

bool Body::is_complete() const {
  return !bytes_ || bytes_->received == bytes_->length;
}

BodyPool::BodyPool(const Limits& limits, std::shared_ptr<Counters> counters)
    : piece_bytes_(std::max(limits.body_bytes, kWarmBytes)),
      limit_(limits.body_bytes_in_flight),
      counters_(std::move(counters)) {}

BodyPool::~BodyPool() {
  for (char* piece : warm_) ::munmap(piece, piece_bytes_);
}

bool BodyPool::charge(std::size_t bytes) {
  if (counters_->body_bytes_in_flight.fetch_add(bytes) + bytes <= limit_) return true;
  discharge(bytes);
  return false;
}

void BodyPool::discharge(std::size_t bytes) {
  counters_->body_bytes_in_flight.fetch_sub(bytes);
}

char* BodyPool::take_piece() {
  {
    const std::lock_guard lock(mutex_);
    if (!warm_.empty()) {
      char* piece = warm_.back();
      warm_.pop_back();
      return piece;
    }
  }
  void* mapped =
      ::mmap(nullptr, piece_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  // A huge page would be more memory than came in bytes.
  ::madvise(mapped, piece_bytes_, MADV_NOHUGEPAGE);
  return static_cast<char*>(mapped);
}

void BodyPool::give_back(char* piece, std::size_t written) {
  if (written <= kWarmBytes) {
    const std::lock_guard lock(mutex_);
    if (warm_.size() < kWarmPieces) return warm_.push_back(piece);
  }
  ::munmap(piece, piece_bytes_);
}

}  // namespace sallyport::net
