#include "sink/receiver.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

namespace sallyport::sink {
namespace {

constexpr int kRejecting[] = {400, 413, 415, 422};
constexpr Duration kLongestAsked = std::chrono::minutes(5);

// Retry-After in seconds; as a date (RFC 9110 has both) it is left to our own backoff.
Duration asked_for(std::string_view retry_after) {
  std::uint32_t seconds = 0;
  const auto* end = retry_after.data() + retry_after.size();
  const auto read = std::from_chars(retry_after.data(), end, seconds);
  if (read.ec != std::errc{} || read.ptr != end) return {};
  return std::min<Duration>(std::chrono::seconds(seconds), kLongestAsked);
}

}  // namespace

Outcome outcome_of(const net::ClientResponse& answer) {
  using enum Outcome::Kind;
  if (answer.status >= 200 && answer.status < 300) return {taken};
  const auto why = fmt::format("the receiver answered {}", answer.status);
  if (std::ranges::find(kRejecting, answer.status) != std::end(kRejecting)) return {rejected, why};
  return {later, why, asked_for(answer.headers.get("Retry-After").value_or(""))};
}

std::unique_ptr<Receiver> make_receiver(boost::asio::any_io_executor executor, const Settings& settings,
                                        const Clock& clock) {
  switch (settings.type) {
    case Type::stdout_:
      return make_stdout_receiver(std::move(executor));
    case Type::file:
      return make_file_receiver(executor, settings);
    case Type::syslog:
      return make_syslog_receiver(std::move(executor), settings);
    default:
      return make_http_receiver(std::move(executor), settings, clock);
  }
}

}  // namespace sallyport::sink
