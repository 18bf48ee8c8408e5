#pragma once

#include <string_view>

#include "json/path.hpp"
#include "json/value.hpp"

namespace sallyport::action {

// How much a place says about what a write may do: what runs, as whom and with which rights first. It decides what is
// kept where not all can be shown, and what stands on top.
enum class Relevance { decisive, weighty, plain };

[[nodiscard]] Relevance relevance_of_key(std::string_view key);
// Of the most telling key in it.
[[nodiscard]] Relevance relevance_of(const json::Path& path);
[[nodiscard]] Relevance relevance_of(const json::Value& value);

}  // namespace sallyport::action
