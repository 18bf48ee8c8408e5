#include "base/gzip.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <stdexcept>

#include <zlib.h>

namespace sallyport {
namespace {

constexpr int kGzip = 16;  // added to the window's size: gzip's head and checksum, not zlib's
constexpr std::size_t kPiece = std::size_t{64} << 10;

// zlib reads what it is given, and wrote its interface before const.
Bytef* bytes_of(const char* bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes));  // NOLINT(*-const-cast)
}

uInt length_of(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

z_stream& as_stream(const auto& stream) {
  return *static_cast<z_stream*>(stream.get());
}

}  // namespace

void Gzip::End::operator()(void* stream) const {
  auto* const ended = static_cast<z_stream*>(stream);
  ::deflateEnd(ended);
  delete ended;
}

Gzip::Gzip() : stream_(new z_stream{}) {
  const int begun = ::deflateInit2(&as_stream(stream_), Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip,
                                   MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY);
  if (begun != Z_OK) throw std::bad_alloc();
}

std::string Gzip::deflate(std::string_view bytes, bool last) {
  auto& stream = as_stream(stream_);
  std::string made;
  std::array<char, kPiece> piece{};
  do {
    const auto given = length_of(bytes.size());
    stream.next_in = bytes_of(bytes.data());
    stream.avail_in = given;
    stream.next_out = bytes_of(piece.data());
    stream.avail_out = length_of(piece.size());
    if (::deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) throw std::logic_error("gzip has ended");
    bytes.remove_prefix(given - stream.avail_in);
    made.append(piece.data(), piece.size() - stream.avail_out);
  } while (!bytes.empty() || stream.avail_out == 0);
  return made;
}

void Gunzip::End::operator()(void* stream) const {
  auto* const ended = static_cast<z_stream*>(stream);
  ::inflateEnd(ended);
  delete ended;
}

Gunzip::Gunzip() : stream_(new z_stream{}) {
  if (::inflateInit2(&as_stream(stream_), MAX_WBITS + kGzip) != Z_OK) throw std::bad_alloc();
}

Result<Gunzip::Step> Gunzip::step(std::span<const char> bytes, std::span<char> room) {
  auto& stream = as_stream(stream_);
  if (bytes.empty() && at_end_) return Step{};
  if (at_end_) ::inflateReset(&stream);
  at_end_ = false;
  const auto given = length_of(bytes.size());
  const auto free = length_of(room.size());
  stream.next_in = bytes_of(bytes.data());
  stream.avail_in = given;
  stream.next_out = bytes_of(room.data());
  stream.avail_out = free;
  const int done = ::inflate(&stream, Z_NO_FLUSH);
  if (done == Z_MEM_ERROR) throw std::bad_alloc();
  if (done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR) {
    return fail(ErrorCode::bad_input, std::string("its compressed bytes are damaged") +
                                          (stream.msg == nullptr ? "" : ": ") +
                                          (stream.msg == nullptr ? "" : stream.msg));
  }
  at_end_ = done == Z_STREAM_END;
  return Step{given - stream.avail_in, free - stream.avail_out};
}

}  // namespace sallyport
