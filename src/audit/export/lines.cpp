#include "audit/export/lines.hpp"

#include <vector>

#include "journal/line_reader.hpp"
#include "logs/stored_file.hpp"

namespace sallyport::audit {

Result<void> read_bytes(const logs::LogFile& file, const TakeBytes& take) {
  auto reader = logs::open(file);
  const auto read = reader.as_source();
  std::vector<char> piece(std::size_t{1} << 18);
  for (;;) {
    const auto count = read(piece);
    if (!count) return fail(count.error());
    if (*count == 0) break;
    if (auto taken = take({piece.data(), *count}); !taken) return taken;
  }
  if (reader.bytes_read() == file.bytes) return {};
  return fail(ErrorCode::conflict, file.path + " has changed while it was read: try again, or take a copy");
}

Result<void> read_lines(const logs::LogFile& file, const TakeLine& take) {
  auto reader = logs::open(file);
  const auto read = reader.as_source();
  journal::LineReader lines(read);
  for (;;) {
    const auto line = lines.next();
    if (!line && line.error().code() == ErrorCode::bad_input) return {};
    if (!line) return fail(line.error());
    if (line->bytes.empty() || !take(line->bytes)) return {};
  }
}

}  // namespace sallyport::audit
