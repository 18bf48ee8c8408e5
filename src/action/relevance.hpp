#pragma once

#include <cstddef>
#include <string_view>

#include "json/path.hpp"
#include "json/value.hpp"

namespace sallyport::action {

// How much a place says about what a write may do: what runs, as whom and with which rights first. It decides what is
// kept where not all can be shown, and what stands on top.
// Grave is what reaches beyond the object: into its node, into other accounts and their rights, to another source of
// what runs.
enum class Relevance { grave, decisive, weighty, plain };
inline constexpr std::size_t kRelevances = 4;

[[nodiscard]] Relevance relevance_of_key(std::string_view key);
// Of the most telling key in it.
[[nodiscard]] Relevance relevance_of(const json::Path& path);
[[nodiscard]] Relevance relevance_of(const json::Value& value);
// Of one change: what it takes away or switches off is not grave; an image from another repository is.
[[nodiscard]] Relevance relevance_of(const json::Change& change);

}  // namespace sallyport::action
