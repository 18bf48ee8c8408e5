#include "wire/text.hpp"

namespace sallyport::wire {

std::string clip(std::string_view text, std::size_t bytes) {
  constexpr std::string_view mark = "...";
  if (text.size() <= bytes) return std::string(text);
  std::size_t end = bytes < mark.size() ? 0 : bytes - mark.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(mark.substr(0, bytes));
}

}  // namespace sallyport::wire
