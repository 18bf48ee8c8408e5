// The tail of a refusal. Whatever text it is looked for in, what is found is a code; and what we write is read back,
// whatever the sentence before it says. Input: the sentence, then the values of the tail, parted by NUL bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/answer.hpp"
#include "wire/refusal.hpp"

namespace {

using namespace sallyport;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view next(std::string_view& rest) {
  const auto end = std::min(rest.find('\0'), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

void try_any_text(std::string_view text) {
  const auto refusal = wire::read_refusal(text);
  require(!refusal || (!refusal->code.empty() && std::ranges::all_of(refusal->code, is_letter)));
}

void try_our_own(std::string_view rest) {
  model::Answer answer;
  answer.code = model::Code::approval_required;
  answer.message = next(rest);
  const std::string request(next(rest)), policy(next(rest));
  // As names of objects and times are; others are shown to people with what is not safe replaced.
  const auto is_ascii = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (!std::ranges::all_of(request + policy, is_ascii)) return;
  answer.tail = {{"request", request}, {"policy", policy}};
  const auto refusal = wire::read_refusal(wire::refusal_message(answer));
  require(refusal && refusal->code == "ApprovalRequired" && refusal->request == request);
  require(refusal->more.size() == 1 && refusal->more[0].first == "policy" && refusal->more[0].second == policy);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_any_text(bytes);
  try_our_own(bytes);
  return 0;
}
