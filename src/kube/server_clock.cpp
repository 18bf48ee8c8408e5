#include "kube/server_clock.hpp"

#include <array>
#include <charconv>

namespace sallyport::kube {
namespace {

using namespace std::chrono;

// The answer to a slow call was dated at a time that we hardly know.
constexpr Duration kSlow = seconds(2);

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<unsigned> month_number(std::string_view name) {
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return i + 1;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Instant> parse_http_date(std::string_view text) {
  // "Sat, 21 Nov 2026 05:41:24 GMT"
  if (text.size() != 29 || !text.ends_with(" GMT") || text[3] != ',' || text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const auto day_number = number(text.substr(5, 2)), year_number = number(text.substr(12, 4));
  const auto h = number(text.substr(17, 2)), m = number(text.substr(20, 2)), s = number(text.substr(23, 2));
  const auto in_year = month_number(text.substr(8, 3));
  if (!day_number || !year_number || !h || !m || !s || !in_year) return std::nullopt;
  const year_month_day date = year{*year_number} / month{*in_year} / day{static_cast<unsigned>(*day_number)};
  if (!date.ok() || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  return sys_days{date} + hours{*h} + minutes{*m} + seconds{*s};
}

void ServerClock::learn(std::string_view date, Instant sent, Instant received) {
  const auto dated = parse_http_date(date);
  if (!dated || received < sent || received - sent > kSlow) return;
  // The server wrote it between the two, at some moment of that second.
  const Duration least = *dated - received, most = *dated + seconds(1) - sent;
  offset_ = least > Duration{0} ? least : most < Duration{0} ? most : Duration{0};
}

}  // namespace sallyport::kube
