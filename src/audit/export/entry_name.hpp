#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Names of what is in a bundle. They are ours: of a name that stands in a log, only one that can do no harm is taken
// over.
namespace sallyport::audit {

// Stays below the folder that it is unpacked in, on any system.
[[nodiscard]] bool is_safe_entry(std::string_view name);

// As `log verify` wants a closed file to be called; a stream whose name could be a path is called after its number.
[[nodiscard]] std::string log_entry(std::string_view stream, std::size_t number, std::uint64_t first_seq);
[[nodiscard]] std::string head_entry(std::string_view stream, std::size_t number);
[[nodiscard]] std::string policy_entry(std::string_view policy, std::size_t number);

}  // namespace sallyport::audit
