#include "model/forms.hpp"

#include <algorithm>
#include <charconv>

namespace sallyport::model {
namespace {

void read_number(std::string_view text, std::string_view name, std::uint32_t& number) {
  const auto at = text.find(name);
  if (at == std::string_view::npos || (at > 0 && text[at - 1] != ',')) return;
  const auto digits = text.substr(at + name.size());
  std::uint32_t read = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read);
  const bool ends_here = end == digits.data() + digits.size() || *end == ',';
  if (error == std::errc() && ends_here && read > 0) number = read;
}

}  // namespace

std::string to_string(const Forms& forms) {
  return "seal=" + std::to_string(forms.seal) + ",digest=" + std::to_string(forms.digest);
}

Forms parse_forms(std::string_view text) {
  Forms forms;
  read_number(text, "seal=", forms.seal);
  read_number(text, "digest=", forms.digest);
  return forms;
}

// Whoever reads nothing that this build can write is not waited for: it is two builds behind.
std::uint32_t form_to_write(FormRange own, const std::vector<std::uint32_t>& others) {
  auto form = own.newest;
  for (const auto newest : others) form = std::min(form, newest);
  return std::max(form, own.oldest);
}

}  // namespace sallyport::model
