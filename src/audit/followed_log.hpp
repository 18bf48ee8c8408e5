#pragma once

#include <set>
#include <string>
#include <vector>

#include "audit/record.hpp"
#include "logs/follower.hpp"

namespace sallyport::audit {

// Streams that go on while they are read: each record comes once, in its stream's order, as long as a file has it.
class FollowedLog {
 public:
  explicit FollowedLog(std::vector<std::string> places);
  FollowedLog(const FollowedLog&) = delete;
  FollowedLog& operator=(const FollowedLog&) = delete;

  // Gives what is new, stream by stream; at first, what is in each stream's two newest files. Returns what cannot be
  // read, each once.
  std::vector<logs::Unreadable> read_more(const TakeRecord& take);

 private:
  void take_line(const std::string& stream, const std::string& text, const TakeRecord& take);
  void complain(const std::string& path, const std::string& why);

  logs::Follower follower_;
  std::set<std::string> told_;
  std::vector<logs::Unreadable> unreadable_;
};

}  // namespace sallyport::audit
