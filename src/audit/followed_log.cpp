#include "audit/followed_log.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "journal/line.hpp"

namespace sallyport::audit {

FollowedLog::FollowedLog(std::vector<std::string> places)
    : follower_(logs::Follower::Purpose::show, std::move(places), {},
                [](std::string_view) -> std::optional<std::uint64_t> { return std::nullopt; },
                {.gap =
                     [this](const std::string& path, const std::string&, std::uint64_t first, std::uint64_t last) {
                       complain(path, "records " + std::to_string(first) + " to " + std::to_string(last) +
                                          " of its stream are in no file of its folder any more, so they are not "
                                          "shown: their file was retired, or somebody moved it");
                     },
                 .unreadable = [this](const std::string& path, const std::string& why) { complain(path, why); }}) {}

std::vector<logs::Unreadable> FollowedLog::read_more(const TakeRecord& take) {
  for (;;) {
    const auto batch = follower_.next({});
    if (!batch) complain("", batch.error().message());
    if (!batch || !*batch) return std::exchange(unreadable_, {});
    for (const auto& text : (*batch)->lines) take_line((*batch)->stream, text, take);
    follower_.taken(**batch);
  }
}

void FollowedLog::take_line(const std::string& stream, const std::string& text, const TakeRecord& take) {
  auto line = journal::parse_line(text);
  if (!line) return complain(stream, "a line cannot be read");
  take({text, std::move(*line)});
}

void FollowedLog::complain(const std::string& path, const std::string& why) {
  if (told_.insert(path + why).second) unreadable_.push_back({path, why});
}

}  // namespace sallyport::audit
