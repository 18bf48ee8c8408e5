#include "kube/watch_reader.hpp"

#include <utility>

#include "json/json.hpp"

namespace sallyport::kube {
namespace {

constexpr std::size_t kLargestEvent = 16u << 20;

std::optional<WatchEvent::Type> parse_type(std::string_view text) {
  if (text == "ADDED") return WatchEvent::Type::added;
  if (text == "MODIFIED") return WatchEvent::Type::modified;
  if (text == "DELETED") return WatchEvent::Type::deleted;
  if (text == "BOOKMARK") return WatchEvent::Type::bookmark;
  if (text == "ERROR") return WatchEvent::Type::error;
  return std::nullopt;
}

Result<WatchEvent> read_event(std::string_view line) {
  auto parsed = json::parse(line);
  if (!parsed) return fail(parsed.error().while_doing("reading a watch's event"));
  const auto type = parse_type((*parsed)["type"].text());
  json::Value* const object = parsed->find_mutable("object");
  if (!type || object == nullptr || !object->is_object()) return fail(ErrorCode::bad_input, "a watch's event is none");
  return WatchEvent{*type, std::move(*object)};
}

}  // namespace

Result<std::optional<WatchEvent>> WatchReader::next() {
  for (;;) {
    const std::size_t end = pending_.find('\n', searched_);
    if (end == std::string::npos) {
      searched_ = pending_.size();
      if (searched_ > kLargestEvent) return fail(ErrorCode::bad_input, "a watch's event does not end");
      return std::optional<WatchEvent>();
    }
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    searched_ = 0;
    if (line.empty()) continue;
    auto event = read_event(line);
    if (!event) return fail(event.error());
    return std::optional(std::move(*event));
  }
}

WatchReader::Events WatchReader::take_all() {
  Events all;
  for (;;) {
    auto event = next();
    if (!event) {
      all.broken = event.error();
      return all;
    }
    if (!*event) return all;
    all.events.push_back(std::move(**event));
  }
}

}  // namespace sallyport::kube
