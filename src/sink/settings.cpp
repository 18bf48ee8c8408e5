#include "sink/settings.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "net/server_url.hpp"
#include "sink/cursor.hpp"

namespace sallyport::sink {
namespace {

constexpr std::pair<Type, std::string_view> kTypes[] = {
    {Type::stdout_, "stdout"}, {Type::file, "file"},     {Type::webhook, "webhook"},
    {Type::otlp, "otlp"},      {Type::splunk, "splunk"}, {Type::syslog, "syslog"},
};
constexpr std::size_t kMostRecords = 10'000;
constexpr std::size_t kMostBytes = std::size_t{8} << 20;
constexpr Duration kLongest = std::chrono::hours(1);

using Field = std::function<std::optional<std::string>(const json::Value&)>;  // why not

Field text(std::string& into) {
  return [&into](const json::Value& value) -> std::optional<std::string> {
    into = value.text();
    return into.empty() ? std::optional<std::string>("must be a text, and not empty") : std::nullopt;
  };
}

Field number(std::size_t& into, std::size_t most) {
  return [&into, most](const json::Value& value) -> std::optional<std::string> {
    const auto read = value.unsigned_integer().value_or(0);
    into = static_cast<std::size_t>(read);
    if (read >= 1 && read <= most) return std::nullopt;
    return fmt::format("must be a number from 1 to {}", most);
  };
}

Field span(Duration& into) {
  return [&into](const json::Value& value) -> std::optional<std::string> {
    const auto read = parse_duration(value.text());
    if (!read || *read > kLongest) return "must be a time of at most an hour, such as 30s";
    into = *read;
    return std::nullopt;
  };
}

std::map<std::string, Field, std::less<>> fields_of(Settings& settings) {
  std::map<std::string, Field, std::less<>> fields{
      {"name", text(settings.name)},
      {"type", [](const json::Value&) { return std::nullopt; }},  // read before all others
      {"behindAfter", span(settings.behind_after)},
      {"maxBackoff", span(settings.max_backoff)},
      {"batchRecords", number(settings.batch.records, kMostRecords)},
      {"batchBytes", number(settings.batch.bytes, kMostBytes)}};
  if (settings.type == Type::file) fields.emplace("directory", text(settings.directory));
  if (settings.type == Type::splunk) fields.emplace("index", text(settings.index));
  if (settings.type != Type::stdout_ && settings.type != Type::file) {
    fields.emplace("url", text(settings.url));
    fields.emplace("secretDir", text(settings.secret_dir));
    fields.emplace("timeout", span(settings.timeout));
  }
  if (settings.type != Type::stdout_ && settings.type != Type::file && settings.type != Type::syslog) {
    fields.emplace("onRejected", [&settings](const json::Value& value) -> std::optional<std::string> {
      settings.on_rejected = value.text() == "Skip" ? OnRejected::skip : OnRejected::stop;
      if (value.text() == "Skip" || value.text() == "Stop") return std::nullopt;
      return "must be Stop or Skip";
    });
  }
  return fields;
}

bool is_own_host(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

// Without TLS goes only what neither shows a token nor is taken for whole without its key.
std::optional<std::string> why_not_url(const Settings& settings) {
  const auto url = net::parse_server_url(settings.type == Type::syslog ? "https://" + settings.url : settings.url);
  if (!url) return "url: " + url.error().message();
  if (settings.type == Type::syslog && !url->path.empty()) return "url must be host:port";
  if (url->tls || is_own_host(url->host)) return std::nullopt;
  const bool shows_token =
      settings.type == Type::splunk || (settings.type == Type::otlp && !settings.secret_dir.empty());
  if (shows_token) return "url must begin with https://: the token would go over the network for all to see";
  return std::nullopt;
}

std::optional<std::string> why_not(const Settings& settings) {
  if (!is_sink_name(settings.name)) return "name must be a DNS label: lower-case letters, digits and -, at most 63";
  if (settings.type == Type::stdout_) return std::nullopt;
  if (settings.type == Type::file) {
    if (settings.directory.starts_with('/')) return std::nullopt;
    return "directory is missing: where the copies go, as an absolute path";
  }
  if (settings.url.empty()) return "url is missing";
  const bool needs_secret = settings.type == Type::webhook || settings.type == Type::splunk;
  if (needs_secret && settings.secret_dir.empty()) {
    return fmt::format("secretDir is missing: where the file {} is", settings.type == Type::webhook ? "key" : "token");
  }
  return why_not_url(settings);
}

}  // namespace

std::string_view to_string(Type type) {
  return std::ranges::find(kTypes, type, [](const auto& each) { return each.first; })->second;
}

Result<Settings> read_settings(const json::Value& value) {
  Settings settings;
  const auto name = value["name"].text();
  const auto refuse = [name](std::string_view why) {
    return fail(ErrorCode::bad_input, fmt::format("sink \"{}\": {}", name, why));
  };
  const auto* type = std::ranges::find(kTypes, value["type"].text(), [](const auto& each) { return each.second; });
  if (type == std::end(kTypes)) return refuse("type must be stdout, file, webhook, otlp, splunk or syslog");
  settings.type = type->first;
  const auto fields = fields_of(settings);
  for (const auto& member : value.members()) {
    const auto field = fields.find(member.key);
    if (field == fields.end()) {
      std::string known;
      for (const auto& [each, unused] : fields) known += (known.empty() ? "" : ", ") + each;
      return refuse(fmt::format("unknown key \"{}\"; {} has {}", member.key, type->second, known));
    }
    if (const auto why = field->second(member.value)) return refuse(member.key + " " + *why);
  }
  if (const auto why = why_not(settings)) return refuse(*why);
  return settings;
}

}  // namespace sallyport::sink
