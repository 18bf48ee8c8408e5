#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "net/counters.hpp"
#include "net/limits.hpp"

namespace sallyport::net {

class BodyPool;

// A request's body. Its memory and its share of Limits::body_bytes_in_flight grow as bytes come, whatever length was
// claimed, and go with it: who needs it no more lets it go, on any thread.
class Body {
 public:
  Body();
  Body(std::shared_ptr<BodyPool> pool, std::size_t length);
  Body(Body&& other) noexcept;
  Body& operator=(Body&& other) noexcept;
  ~Body();

  operator std::string_view() const;  // NOLINT(google-explicit-constructor): a body is its bytes
  [[nodiscard]] std::size_t size() const { return std::string_view(*this).size(); }

  // While it is read: where the next bytes go, and that so many came. No room before it is complete: over the limit.
  [[nodiscard]] std::span<char> room();
  void received(std::size_t bytes);
  [[nodiscard]] bool is_complete() const;

 private:
  struct Bytes;
  std::unique_ptr<Bytes> bytes_;
};

// Where bodies have their memory from. Large ones are kept out of the heap, which would give each one's pages back to
// the system and fault them in again (a third of what 1 MiB costs), or keep them for good if a call that is held stands
// behind them: they get address space of their own, a few pieces of which stay warm for the next. Any thread.
class BodyPool {
 public:
  BodyPool(const Limits& limits, std::shared_ptr<Counters> counters);
  ~BodyPool();
  BodyPool(const BodyPool&) = delete;
  BodyPool& operator=(const BodyPool&) = delete;

  // False: all bodies together would pass the limit.
  [[nodiscard]] bool charge(std::size_t bytes);
  void discharge(std::size_t bytes);
  // A piece that fits every body, of which only what was written is memory. Null if there is no address space.
  [[nodiscard]] char* take_piece();
  void give_back(char* piece, std::size_t written);

 private:
  const std::size_t piece_bytes_;
  const std::size_t limit_;
  const std::shared_ptr<Counters> counters_;
  std::mutex mutex_;  // guards what follows
  std::vector<char*> warm_;
};

}  // namespace sallyport::net
