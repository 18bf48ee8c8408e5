#pragma once

#include <vector>

#include "base/crypto.hpp"
#include "json/path.hpp"
#include "json/value.hpp"
#include "model/admission.hpp"

// A Secret's values enter the digest as keyed hashes and are shown to nobody. What may be shown is a list of what is
// known to hold no value, so that a place we never heard of is hidden.
namespace sallyport::action {

[[nodiscard]] bool is_secret(const model::AdmissionRequest& request);

// May people see what a Secret holds at `path`, and everything below?
[[nodiscard]] bool is_shown_of_secret(const json::Path& path);

// The places, in either object, that people may not see: each key of its maps, and what is no map. What differs is not
// told: whoever reads it could confirm a guess.
[[nodiscard]] std::vector<json::Path> hidden_places(const json::Value& before, const json::Value& after);

// Replaces every value of a Secret that people may not see by its HMAC under `key`; members keep their keys, which are
// shown.
void redact(json::Value& secret, const Secret& key);

}  // namespace sallyport::action
