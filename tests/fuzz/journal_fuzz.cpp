// Any bytes as a log's file: whatever the scanner takes must be a chain that goes on, and that is the same once its
// torn tail is cut off.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "journal/scan.hpp"

namespace {

using namespace sallyport;

void require(bool holds) {
  if (!holds) std::abort();
}

Result<journal::Scanned> scan_in_pieces(std::string_view bytes, std::size_t piece) {
  journal::Scanner scanner;
  const auto read = scanner.read([=](std::span<char> buffer) mutable -> Result<std::size_t> {
    const auto count = bytes.copy(buffer.data(), std::min(piece, buffer.size()));
    bytes.remove_prefix(count);
    return count;
  });
  if (!read) return fail(read.error());
  return scanner.finish();
}

// Bytes that a fuzzer cannot guess, a hash above all, are put in: each line of the input becomes the fields of one
// record.
std::string chain_of(std::string_view bytes) {
  std::string chain;
  journal::Place place{"fuzz-aaaaaaaa", 1, std::string(journal::kBeginning)};
  while (!bytes.empty()) {
    const auto size = std::min(bytes.find('\n'), bytes.size());
    model::LogRecord record{"intent"};
    record.fields.set("intent", bytes.substr(0, size));
    bytes.remove_prefix(std::min(size + 1, bytes.size()));
    const auto encoded = journal::encode(record);
    if (!encoded) continue;
    const auto line = journal::make_line(place, Instant{}, Duration{}, *encoded);
    chain += line;
    ++place.seq;
    place.prev = journal::head_of(line);
  }
  return chain;
}

void check_as_it_is(std::string_view bytes) {
  const auto scanned = scan_in_pieces(bytes, bytes.size());
  const auto in_pieces = scan_in_pieces(bytes, 7);
  require(scanned.has_value() == in_pieces.has_value());
  if (!scanned) return;
  require(scanned->head == in_pieces->head && scanned->bytes == in_pieces->bytes);
  require(scanned->bytes + (scanned->torn ? scanned->torn->bytes : 0) == bytes.size());
  const auto cut = scan_in_pieces(bytes.substr(0, scanned->bytes), bytes.size());
  require(cut && !cut->torn && cut->head == scanned->head && cut->seq == scanned->seq);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_as_it_is(bytes);
  auto chain = chain_of(bytes);
  const auto scanned = scan_in_pieces(chain, chain.size());
  require(scanned && !scanned->torn && scanned->bytes == chain.size());
  check_as_it_is(chain + std::string(bytes));
  return 0;
}
