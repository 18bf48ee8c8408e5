#include "audit/witness.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "json/json.hpp"

namespace sallyport::audit {
namespace {

constexpr std::size_t kLargestList = std::size_t{1} << 30;
constexpr std::size_t kLongestEvent = std::size_t{16} << 20;
constexpr std::string_view kStream = "/log-stream";

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

class Collector {
 public:
  explicit Collector(Witnesses& into) : into_(into) {}

  void take_audit_event(const json::Value& event) {
    const json::Value& annotations = event["annotations"];
    for (const auto& member : annotations.members()) {
      if (!member.key.ends_with(kStream)) continue;
      const auto prefix = member.key.substr(0, member.key.size() - kStream.size());
      add(member.value.text(), number_in(annotations[prefix + "/log-seq"].text()),
          annotations[prefix + "/log-head"].text(),
          fmt::format("the API server's audit log, {} at {}", event["auditID"].text(),
                      event["requestReceivedTimestamp"].text()));
    }
  }

  void take_request(const json::Value& request) {
    const json::Value& metadata = request["metadata"];
    const json::Value& status = request["status"];
    const auto where = fmt::format("the request {}/{}", metadata["namespace"].text(), metadata["name"].text());
    take_position(status["decision"]["log"], where);
    take_position(status["revocation"]["log"], where);
    for (const auto& use : status["uses"].items()) take_position(use["log"], where);
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  void take_position(const json::Value& log, const std::string& where) {
    add(log["stream"].text(), log["seq"].unsigned_integer(), log["head"].text(), where);
  }

  void add(std::string_view stream, std::optional<std::uint64_t> seq, std::string_view head, std::string where) {
    if (stream.empty() || !seq || head.empty()) return;
    into_[std::string(stream)].push_back({*seq, std::string(head), std::move(where)});
    ++count_;
  }

  Witnesses& into_;
  std::size_t count_ = 0;
};

std::unexpected<Error> not_usable(const std::string& path, std::string_view why) {
  return fail(ErrorCode::bad_input,
              fmt::format("the witness {} cannot be used: {}. It must be an audit log of the API server, or what "
                          "`kubectl get approvalrequests -A -o json` prints",
                          path, why));
}

// One JSON value over many lines, or one on each line?
Result<void> take_lines(std::istream& file, Collector& collector) {
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    const auto event = json::parse(line, {.bytes = kLongestEvent});
    if (!event) return fail(event.error().while_doing(fmt::format("line {}", number)));
    collector.take_audit_event(*event);
  }
  return {};
}

Result<void> take_list(std::istream& file, Collector& collector) {
  std::ostringstream text;
  text << file.rdbuf();
  const auto list = json::parse(text.view(), {.bytes = kLargestList, .values = 200'000'000});
  if (!list) return fail(list.error());
  if ((*list)["kind"].text() == "ApprovalRequest") collector.take_request(*list);
  for (const auto& request : (*list)["items"].items()) collector.take_request(request);
  return {};
}

}  // namespace

Result<void> add_witness(const std::string& path, Witnesses& witnesses) {
  std::ifstream file(path);
  std::string first;
  if (!std::getline(file, first)) return not_usable(path, "it cannot be read, or is empty");
  file.clear();
  file.seekg(0);
  Collector collector(witnesses);
  // An audit event is one line and whole; a list begins with a line that is none.
  const auto event = json::parse(first, {.bytes = kLongestEvent});
  const bool lines = event && (*event)["kind"].text() == "Event";
  const auto taken = lines ? take_lines(file, collector) : take_list(file, collector);
  if (!taken) return not_usable(path, taken.error().message());
  if (collector.count() == 0) return not_usable(path, "nothing in it names a line of a log");
  for (auto& [stream, sightings] : witnesses) std::ranges::sort(sightings, {}, &Sighting::seq);
  return {};
}

}  // namespace sallyport::audit
