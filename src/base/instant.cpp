#include "base/instant.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

namespace sallyport {
namespace {

using namespace std::chrono;

constexpr Instant kFirst = sys_days{year{0} / January / 1};
constexpr Instant kLast = sys_days{year{10000} / January / 1} - Duration{1};

// As far as Go's durations go. An Instant plus one of these never overflows.
constexpr Duration kLongest = nanoseconds::max() / 1000ns * 1us;

// Takes text off its front. Each step says whether it found what it wants.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view digits() {
    const auto end = std::ranges::find_if(rest_, [](char c) { return c < '0' || c > '9'; });
    return take_front(static_cast<std::size_t>(end - rest_.begin()));
  }

  std::string_view until_digit() {
    const auto end = std::ranges::find_if(rest_, [](char c) { return c >= '0' && c <= '9'; });
    return take_front(static_cast<std::size_t>(end - rest_.begin()));
  }

  // A number of exactly `width` digits.
  bool number(std::size_t width, int& number) {
    const auto found = digits_at_most(width);
    return found.size() == width && std::from_chars(found.data(), found.data() + width, number).ec == std::errc{};
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view take_front(std::size_t count) {
    const auto front = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return front;
  }

  std::string_view digits_at_most(std::size_t width) {
    Scanner ahead(rest_.substr(0, width));
    return take_front(ahead.digits().size());
  }

  std::string_view rest_;
};

std::optional<sys_days> scan_day(Scanner& scanner) {
  int y = 0, m = 0, d = 0;
  if (!(scanner.number(4, y) && scanner.take('-') && scanner.number(2, m) && scanner.take('-') && scanner.number(2, d)))
    return std::nullopt;
  const year_month_day date = year{y} / month{static_cast<unsigned>(m)} / day{static_cast<unsigned>(d)};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

// What is finer than a microsecond is cut off.
std::optional<Duration> scan_fraction(Scanner& scanner) {
  if (!scanner.take('.')) return Duration{0};
  const auto digits = scanner.digits();
  if (digits.empty()) return std::nullopt;
  std::string micros(digits.substr(0, 6));
  micros.resize(6, '0');
  int count = 0;
  std::from_chars(micros.data(), micros.data() + micros.size(), count);
  return Duration{count};
}

std::optional<Duration> scan_time(Scanner& scanner) {
  int h = 0, m = 0, s = 0;
  if (!(scanner.number(2, h) && scanner.take(':') && scanner.number(2, m) && scanner.take(':') && scanner.number(2, s)))
    return std::nullopt;
  if (h > 23 || m > 59 || s > 59) return std::nullopt;
  const auto fraction = scan_fraction(scanner);
  if (!fraction) return std::nullopt;
  return hours{h} + minutes{m} + seconds{s} + *fraction;
}

std::optional<Duration> scan_offset(Scanner& scanner) {
  if (scanner.take('Z')) return Duration{0};
  const bool east = scanner.take('+');
  if (!east && !scanner.take('-')) return std::nullopt;
  int h = 0, m = 0;
  if (!(scanner.number(2, h) && scanner.take(':') && scanner.number(2, m)) || h > 23 || m > 59) return std::nullopt;
  const Duration offset = hours{h} + minutes{m};
  return east ? offset : -offset;
}

struct Unit {
  std::string_view name;
  Duration length;
};
constexpr std::array<Unit, 5> kUnits{{{"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}, {"us", 1us}}};

std::unexpected<Error> bad_duration(std::string_view text, std::string_view why) {
  return fail(ErrorCode::bad_input,
              fmt::format("the duration \"{}\" {}; write it like 1h30m, 28s or 500ms", text.substr(0, 64), why));
}

}  // namespace

std::string format_instant(Instant instant) {
  // Years of other than four digits would neither sort as text nor parse.
  instant = std::clamp(instant, kFirst, kLast);
  const auto midnight = floor<days>(instant);
  const year_month_day date{midnight};
  const hh_mm_ss time{instant - midnight};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

std::optional<Instant> parse_instant(std::string_view text) {
  Scanner scanner(text);
  const auto day = scan_day(scanner);
  if (!day || !scanner.take('T')) return std::nullopt;
  const auto time = scan_time(scanner);
  if (!time) return std::nullopt;
  const auto offset = scan_offset(scanner);
  if (!offset || !scanner.at_end()) return std::nullopt;
  const Instant instant = *day + *time - *offset;
  if (instant < kFirst || instant > kLast) return std::nullopt;
  return instant;
}

Result<Duration> parse_duration(std::string_view text) {
  Scanner scanner(text);
  Duration sum{0};
  do {
    const auto digits = scanner.digits();
    if (digits.empty()) return bad_duration(text, "is not a list of whole numbers with units");
    const auto name = scanner.until_digit();
    const auto unit = std::ranges::find(kUnits, name, &Unit::name);
    if (unit == kUnits.end()) return bad_duration(text, "has a number without one of the units h, m, s, ms, us");
    std::int64_t count = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (parsed.ec != std::errc{} || count > (kLongest - sum) / unit->length) return bad_duration(text, "is too long");
    sum += count * unit->length;
  } while (!scanner.at_end());
  if (sum == Duration{0}) return bad_duration(text, "is not more than zero");
  return sum;
}

std::string format_duration(Duration duration) {
  std::string text = duration < Duration{0} ? "-" : "";
  // The parts of a negative duration are negative, too. Taking them apart first avoids negating the smallest one.
  for (const auto& unit : kUnits) {
    const auto count = duration / unit.length;
    duration -= count * unit.length;
    if (count != 0) text += fmt::format("{}{}", count < 0 ? -count : count, unit.name);
  }
  return text.empty() ? "0s" : text;
}

}  // namespace sallyport
