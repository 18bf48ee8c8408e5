// Times and spans that others write: what is taken is written again, and read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/instant.hpp"
#include "kube/server_clock.hpp"
#include "net/http_head.hpp"

namespace {

using namespace sallyport;

void require(bool holds) {
  if (!holds) std::abort();
}

void try_instant(std::string_view text) {
  const auto instant = parse_instant(text);
  if (!instant) return;
  const auto written = format_instant(*instant);
  require(written.size() == std::string_view("2026-11-21T05:41:24.000000Z").size());
  require(parse_instant(written) == instant);
}

void try_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return require(!duration.error().message().empty());
  require(*duration > Duration{0});
  require(parse_duration(format_duration(*duration)).value() == *duration);
}

void try_http_date(std::string_view text) {
  const auto date = kube::parse_http_date(text);
  if (!date) return;
  // The system's clock has nanoseconds, of these years alone.
  using namespace std::chrono;
  if (*date < sys_days{year{1678} / 1 / 1} || *date >= sys_days{year{2262} / 1 / 1}) return;
  require(kube::parse_http_date(net::format_http_date(*date)) == date);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_instant(text);
  try_duration(text);
  try_http_date(text);
  return 0;
}
