#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "logs/batch.hpp"

namespace sallyport::sink {

enum class Type { stdout_, file, webhook, otlp, splunk, syslog };
[[nodiscard]] std::string_view to_string(Type type);

// What is done with a line that the receiver refuses for what it is (docs/sinks.md): the sink stays at it, or goes on
// behind it and says so in the log.
enum class OnRejected { stop, skip };

// One sink, as it is configured. No secret is in here: those are files of `secret_dir`.
struct Settings {
  std::string name;
  Type type = Type::stdout_;
  std::string url;         // webhook, otlp, splunk: the whole URL; syslog: host:port
  std::string directory;   // file: of the copies
  std::string index;       // splunk; "": the token's own
  std::string secret_dir;  // "": none. token (otlp, splunk), key (webhook), ca.crt, tls.crt and tls.key
  logs::BatchLimits batch;
  Duration timeout = std::chrono::seconds(30);      // of one attempt
  Duration max_backoff = std::chrono::seconds(30);  // the longest rest between two attempts
  Duration behind_after = std::chrono::minutes(1);  // from when on the log says that this sink is behind
  OnRejected on_rejected = OnRejected::stop;
};

// Strict: a field that is unknown, is missing, or is none of this type's is a sentence that says so.
[[nodiscard]] Result<Settings> read_settings(const json::Value& value);

}  // namespace sallyport::sink
