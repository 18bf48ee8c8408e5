#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::journal {

// The names of a log's files: the one that is written is <replica>.jsonl, and those closed before it by a rotation,
// whose lines never change again, are <stream>.<seq of the first line>.jsonl, or, compressed, the same with .gz behind
// it. What is there by these names is for logs/ to find.

inline constexpr std::string_view kCompressed = ".gz";
inline constexpr std::string_view kCompressing = ".gz.part";  // what is not finished

// The one that is written.
[[nodiscard]] std::string written_file_name(std::string_view stream);
[[nodiscard]] std::string closed_file_name(std::string_view stream, std::uint64_t first_seq);
// The other way round, of a name with or without .gz. Nothing: no closed file of this stream is called so.
[[nodiscard]] std::optional<std::uint64_t> first_seq_in(std::string_view name, std::string_view stream);
// The name that the file had before it was compressed, if it is.
[[nodiscard]] std::string_view without_compressed(std::string_view name);
// May a log stand in a file of this name? *.jsonl and *.jsonl.gz.
[[nodiscard]] bool is_log_name(std::string_view name);

}  // namespace sallyport::journal
