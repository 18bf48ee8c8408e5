#include "audit/report_words.hpp"

#include <fmt/format.h>

namespace sallyport::audit {
namespace {

std::string signed_words(const StreamReport& stream, bool by_given_keys) {
  if (stream.checkpoints == 0) return "nothing in it is signed";
  const auto rest = stream.retired + stream.not_here + stream.lines - stream.signed_up_to;
  return fmt::format("{}signed up to line {}{}", by_given_keys ? "" : "by its own word ", stream.signed_up_to,
                     rest > 1 ? fmt::format(" ({} later ones are not yet)", rest - 1) : "");
}

}  // namespace

std::string words_of(const Fault& fault) {
  if (fault.file.empty()) return fault.what;
  return fault.line == 0 ? fault.file + ": " + fault.what
                         : fmt::format("{}:{}: {}", fault.file, fault.line, fault.what);
}

std::string words_of(const StreamReport& stream, bool by_given_keys) {
  const auto seen = stream.witnessed_up_to == 0 ? "" : fmt::format("; witnessed up to line {}", stream.witnessed_up_to);
  const auto retired = stream.retired == 0 ? "" : fmt::format("; lines 1 to {} were retired", stream.retired);
  const auto not_here = stream.not_here == 0 ? "" : fmt::format("; lines 1 to {} are not here", stream.not_here);
  return fmt::format("{:<7} {}: {} lines, {} to {}; {}{}{}{}", stream.faults.empty() ? "ok" : "BROKEN", stream.stream,
                     stream.lines, stream.first_time, stream.last_time, signed_words(stream, by_given_keys), seen,
                     retired, not_here);
}

}  // namespace sallyport::audit
