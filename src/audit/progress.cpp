#include "audit/progress.hpp"

#include <cstdio>

#include <unistd.h>

namespace sallyport::audit {
namespace {

void show_progress(std::uint64_t done, std::uint64_t of) {
  std::fprintf(stderr, "\r%3.0f %% of %llu MiB",
               of == 0 ? 100.0 : 100.0 * static_cast<double>(done) / static_cast<double>(of),
               static_cast<unsigned long long>(of >> 20));
}

}  // namespace

Report verify_with_progress(const logs::FoundLogs& logs, const Expectations& expectations) {
  if (::isatty(STDERR_FILENO) == 0) return verify(logs, expectations, {});
  auto report = verify(logs, expectations, show_progress);
  std::fputs("\r\033[K", stderr);
  return report;
}

}  // namespace sallyport::audit
