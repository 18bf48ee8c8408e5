#pragma once

#include <string>
#include <string_view>

#include "json/value.hpp"
#include "model/admission.hpp"

// Values that the API server makes anew each time the same write is tried, before validating webhooks see the object.
// Left as they are, no retry would ever be what was approved. Each is replaced only where it is exactly what the server
// makes; what an agent chose stays. Seen on 1.36.3: tests/unit/action/recorded.
namespace sallyport::action {

// What stands in place of them: nothing that validation would let an object hold there.
inline constexpr std::string_view kServerMade = "(set by the API server)";

// Is it `generate_name` (cut to 58 characters, as the server does) and five of its 27 characters?
[[nodiscard]] bool is_generated_name(std::string_view name, std::string_view generate_name);
// What stands for such a name: the part that the agent chose, and "*****". No valid name, and no longer than one.
[[nodiscard]] std::string generated_name(std::string_view generate_name);

// Is this the write of the object itself, whose name the server generated?
[[nodiscard]] bool has_generated_name(const model::AdmissionRequest& request);

// Replaces them all in `object`, the request's new object or a copy of it that still has its metadata.
void replace_server_made(const model::AdmissionRequest& request, json::Value& object);

}  // namespace sallyport::action
