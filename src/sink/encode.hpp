#pragma once

#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "logs/batch.hpp"

namespace sallyport::sink {

// What goes over the wire for a batch. In each, the line itself is kept byte for byte, so that who has them all can
// check their chain (docs/log-format.md).

// The lines as they are: application/x-ndjson.
[[nodiscard]] std::string ndjson(const logs::Batch& batch);
// An ExportLogsServiceRequest in JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp): a log record for each line,
// its body the line, its attributes the stream and the seq.
[[nodiscard]] std::string otlp_logs(const logs::Batch& batch, Instant observed);
// Events of Splunk's HTTP Event Collector, one after another: the event is the line as a string, its indexed fields the
// stream and the seq. An empty index: the token's own.
[[nodiscard]] std::string splunk_events(const logs::Batch& batch, std::string_view index);
// Messages of RFC 5424 in the frames of RFC 5425 (and RFC 6587): facility 13 (log audit), severity 6, the event as
// MSGID, the stream and the seq as structured data.
[[nodiscard]] std::string syslog_frames(const logs::Batch& batch);

// "t=<Unix time>,v1=<hex>": the HMAC-SHA-256 of "<Unix time>.<body>". With the time in it, a receiver can refuse what
// somebody sends again.
[[nodiscard]] std::string signature(const Secret& key, Instant time, std::string_view body);

}  // namespace sallyport::sink
