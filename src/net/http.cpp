#include "net/http.hpp"

namespace sallyport::net {

BodyCharge& BodyCharge::operator=(BodyCharge&& other) noexcept {
  release();
  counters_ = std::move(other.counters_);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

bool BodyCharge::raise_to(std::size_t bytes, std::size_t limit) {
  if (bytes <= bytes_) return true;
  const std::size_t more = bytes - bytes_;
  if (counters_->body_bytes_in_flight.fetch_add(more) + more > limit) {
    counters_->body_bytes_in_flight.fetch_sub(more);
    return false;
  }
  bytes_ = bytes;
  return true;
}

void BodyCharge::release() {
  if (bytes_ > 0) counters_->body_bytes_in_flight.fetch_sub(std::exchange(bytes_, 0));
}

}  // namespace sallyport::net
