#pragma once

#include <optional>
#include <string>

#include "json/value.hpp"

// What a command sends for a manifest. People are asked about exactly that, so who asks ahead must ask about what the
// command will send, and not about what stands in the file.
namespace sallyport::cli {

enum class Sender { apply, server_side_apply, helm };

struct NextCommand {
  Sender sender = Sender::apply;
  std::string manager = {};         // of fields, as the command has it
  std::string release = {};         // of Helm
  std::string namespace_name = {};  // of the release
};

// The object as the command sends it first; nothing: it sends none, as Helm does of the tests of a chart. `manifest`
// has its namespace.
[[nodiscard]] std::optional<json::Value> as_sent(json::Value manifest, const NextCommand& next);

// With the marks by which its dry run asks people.
[[nodiscard]] json::Value asking(json::Value object, const std::string& plan, const std::string& reason);

}  // namespace sallyport::cli
