#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::wire {

// What programs read at the end of a refusal, "[code=ApprovalRequired request=ns/name ...]", out of whatever text it
// has come in (kubectl's error, a log). Of several the last. Nothing: there is none.
struct Refusal {
  std::string code;
  std::string request;  // "namespace/name"; "" where the refusal is not about a request
  std::vector<std::pair<std::string, std::string>> more;
};
[[nodiscard]] std::optional<Refusal> read_refusal(std::string_view text);

}  // namespace sallyport::wire
