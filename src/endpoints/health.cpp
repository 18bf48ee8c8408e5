#include "endpoints/health.hpp"

#include <algorithm>

namespace sallyport::endpoints {
namespace {

net::Response text(int status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

net::Response readiness(const std::vector<Check>& checks) {
  std::string body;
  for (const auto& check : checks) {
    const std::string mark = check.why_not.empty() ? "[+] " : check.is_warning ? "[!] " : "[-] ";
    body += mark + check.name + (check.why_not.empty() ? " ok\n" : ": " + check.why_not + "\n");
  }
  const bool ready = is_ready(checks);
  return text(ready ? 200 : 503, body + (ready ? "ready\n" : "not ready\n"));
}

net::Response liveness(const std::optional<std::string>& why_start_anew) {
  return why_start_anew ? text(503, *why_start_anew + "\n") : text(200, "alive\n");
}

bool is_read(const net::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

bool is_ready(const std::vector<Check>& checks) {
  return std::ranges::all_of(checks, [](const auto& check) { return check.why_not.empty() || check.is_warning; });
}

net::Handler health_handler(std::function<std::vector<Check>()> checks,
                            std::function<std::optional<std::string>()> why_start_anew) {
  return [checks = std::move(checks), why = std::move(why_start_anew)](net::Request request) -> net::Answer {
    if (!is_read(request)) return text(405, "GET it\n");
    if (request.path == "/livez" || request.path == "/healthz") return liveness(why());
    if (request.path == "/readyz") return readiness(checks());
    return text(404, "there are /livez and /readyz\n");
  };
}

net::Handler metrics_handler(std::function<std::string()> metrics) {
  return [metrics = std::move(metrics)](net::Request request) -> net::Answer {
    if (!is_read(request)) return text(405, "GET it\n");
    if (request.path != "/metrics") return text(404, "there is /metrics\n");
    return net::Response{200, "text/plain; version=0.0.4; charset=utf-8", metrics()};
  };
}

}  // namespace sallyport::endpoints
