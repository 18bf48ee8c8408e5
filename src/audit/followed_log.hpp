#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "audit/growing_file.hpp"
#include "audit/log_files.hpp"
#include "audit/record.hpp"

namespace sallyport::audit {

// Streams that go on while they are read. A replica's file may be closed under another name and a new one begun in its
// place: files are known by what they are, and lines by their number, so each record comes once, in its stream's order.
class FollowedLog {
 public:
  explicit FollowedLog(std::vector<std::string> places) : places_(std::move(places)) {}

  // Gives what is new, stream by stream; at first, what is in each stream's two newest files. Returns what can not be
  // read, each once.
  std::vector<Unreadable> read_more(const TakeRecord& take);

 private:
  struct Open {
    std::string path;
    std::string stream;
    std::uint64_t first_seq = 0;
    GrowingFile file;
  };

  void open_new();
  void close_old(std::size_t kept);
  void drain(Open& open, const TakeRecord& take);
  void complain(const std::string& path, const std::string& why);

  std::vector<std::string> places_;
  bool begun_ = false;
  std::map<FileIdentity, Open> open_;
  std::set<Stamp> done_;                           // nothing will be added to them
  std::map<std::string, std::uint64_t> last_seq_;  // by stream
  // By stream, the record that no file had at the last look: what is closed amid a look may be missed by that one
  // alone.
  std::map<std::string, std::uint64_t> missing_;
  std::set<std::string> told_;
  std::vector<Unreadable> unreadable_;
};

}  // namespace sallyport::audit
