#include "sink/encode.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "journal/line.hpp"
#include "json/json.hpp"

namespace sallyport::sink {
namespace {

// What every encoding says of a line.
struct Parts {
  journal::LineStart start;
  Instant time;
  std::string_view text;  // without its newline
};

Parts parts_of(const std::string& line) {
  Parts parts;
  parts.start = journal::read_start(line).value_or(journal::LineStart{});
  parts.time = parse_instant(parts.start.time).value_or(Instant{});
  parts.text = std::string_view(line).substr(0, line.size() - 1);
  return parts;
}

std::int64_t nanoseconds(Instant time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

json::Value attribute(const char* key, const char* type, std::string value) {
  auto typed = json::Value::object();
  typed.set(type, std::move(value));
  auto whole = json::Value::object();
  whole.set("key", key).set("value", std::move(typed));
  return whole;
}

// OTLP has 64-bit integers in JSON as strings.
json::Value otlp_record(const Parts& parts, Instant observed) {
  auto body = json::Value::object();
  body.set("stringValue", std::string(parts.text));
  auto attributes = json::Value::array();
  attributes.push(attribute("sallyport.stream", "stringValue", std::string(parts.start.stream)));
  attributes.push(attribute("sallyport.seq", "intValue", std::to_string(parts.start.seq)));
  auto record = json::Value::object();
  record.set("timeUnixNano", std::to_string(nanoseconds(parts.time)));
  record.set("observedTimeUnixNano", std::to_string(nanoseconds(observed)));
  record.set("severityNumber", 9).set("severityText", "INFO");
  record.set("eventName", "sallyport." + std::string(parts.start.event));
  record.set("body", std::move(body)).set("attributes", std::move(attributes));
  return record;
}

// RFC 5424: printable ASCII without blanks, so long at most, "-" for nothing.
std::string syslog_name(std::string_view text, std::size_t most) {
  std::string name(text.substr(0, most));
  std::ranges::replace_if(name, [](unsigned char c) { return c <= ' ' || c > '~'; }, '_');
  return name.empty() ? "-" : name;
}

std::string syslog_value(std::string_view text) {
  std::string value;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == ']') value += '\\';
    value += c;
  }
  return value;
}

// The stream's name without what makes it unique: the replica's.
std::string_view replica_of(std::string_view stream) {
  return stream.substr(0, stream.rfind('-'));
}

}  // namespace

std::string ndjson(const logs::Batch& batch) {
  std::string body;
  body.reserve(batch.bytes);
  for (const auto& line : batch.lines) body += line;
  return body;
}

std::string otlp_logs(const logs::Batch& batch, Instant observed) {
  auto records = json::Value::array();
  for (const auto& line : batch.lines) records.push(otlp_record(parts_of(line), observed));
  auto scope = json::Value::object();
  scope.set("name", "sallyport.dev/log");
  auto scope_logs = json::Value::object();
  scope_logs.set("scope", std::move(scope)).set("logRecords", std::move(records));
  auto attributes = json::Value::array();
  attributes.push(attribute("service.name", "stringValue", "sallyport"));
  attributes.push(attribute("service.instance.id", "stringValue", std::string(replica_of(batch.stream))));
  auto resource = json::Value::object();
  resource.set("attributes", std::move(attributes));
  auto resource_logs = json::Value::object();
  resource_logs.set("resource", std::move(resource)).set("scopeLogs", json::Value::Array{std::move(scope_logs)});
  auto request = json::Value::object();
  request.set("resourceLogs", json::Value::Array{std::move(resource_logs)});
  return json::write(request);
}

std::string splunk_events(const logs::Batch& batch, std::string_view index) {
  std::string body;
  for (const auto& line : batch.lines) {
    const auto parts = parts_of(line);
    const auto micros = parts.time.time_since_epoch().count();
    auto fields = json::Value::object();
    fields.set("stream", parts.start.stream).set("seq", std::to_string(parts.start.seq));
    auto event = json::Value::object();
    event.set("time", fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000));
    event.set("host", replica_of(parts.start.stream)).set("source", "sallyport").set("sourcetype", "sallyport:log");
    if (!index.empty()) event.set("index", index);
    event.set("event", parts.text).set("fields", std::move(fields));
    body += json::write(event);
  }
  return body;
}

std::string syslog_frames(const logs::Batch& batch) {
  constexpr int kPriority = 13 * 8 + 6;
  std::string frames;
  for (const auto& line : batch.lines) {
    const auto [start, time, text] = parts_of(line);
    // 32473 is the enterprise number of examples (RFC 5612): Sallyport has none of its own.
    const auto message = fmt::format("<{}>1 {} {} sallyport - {} [sallyport@32473 stream=\"{}\" seq=\"{}\"] {}",
                                     kPriority, format_instant(time), syslog_name(replica_of(start.stream), 255),
                                     syslog_name(start.event, 32), syslog_value(start.stream), start.seq, text);
    frames += fmt::format("{} {}", message.size(), message);
  }
  return frames;
}

std::string signature(const Secret& key, Instant time, std::string_view body) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  Hasher hasher(key);
  hasher.bytes(std::to_string(seconds)).bytes(".").bytes(body);
  return fmt::format("t={},v1={}", seconds, hex(hasher.finish()));
}

}  // namespace sallyport::sink
