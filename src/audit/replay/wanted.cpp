#include "audit/replay/wanted.hpp"

namespace sallyport::audit {

bool is_wanted(const Selection& wanted, const Place& at, const std::string& agent, const std::string& namespace_name,
               const std::string& request) {
  auto line = json::Value::object();
  line.set("time", format_instant(at.time)).set("agent", agent);
  return wanted.passes(line.set("namespace", namespace_name).set("request", request));
}

}  // namespace sallyport::audit
