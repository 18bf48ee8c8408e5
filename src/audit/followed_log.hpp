#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/growing_file.hpp"
#include "audit/log_files.hpp"
#include "audit/record.hpp"

namespace sallyport::audit {

// Streams that go on while they are read. A replica's file may be closed under another name and a new one begun in its
// place, and a closed one may be compressed before it is read: files are known by what they are, and lines by their
// number, so each record comes once, in its stream's order, as long as a file has it.
class FollowedLog {
 public:
  explicit FollowedLog(std::vector<std::string> places) : places_(std::move(places)) {}

  // Gives what is new, stream by stream; at first, what is in each stream's two newest files. Returns what can not be
  // read, each once.
  std::vector<Unreadable> read_more(const TakeRecord& take);
  // There is more already: it was too much for one look.
  [[nodiscard]] bool is_behind() const { return behind_; }

 private:
  struct Open {
    std::string path;
    std::string stream;
    std::uint64_t first_seq = 0;
    GrowingFile file;
  };

  void open_new();
  void open(const std::string& path);
  void leave_newest(const std::string& stream);
  void close_old(std::size_t kept);
  void drain(Open& open, const TakeRecord& take);
  void read_closed_before(const Open& open, const TakeRecord& take);
  void read_closed(const std::string& path, const TakeRecord& take);
  void take_line(const std::string& path, std::string_view text, const TakeRecord& take);
  void complain(const std::string& path, const std::string& why);

  std::vector<std::string> places_;
  bool begun_ = false;
  bool behind_ = false;
  std::map<FileIdentity, Open> open_;
  std::set<Stamp> done_;                           // nothing will be added to them
  std::set<std::string> passed_over_;              // compressed already at the first look
  std::map<std::string, std::uint64_t> last_seq_;  // by stream
  // By stream, the record that no file had at the last look: what is closed amid a look may be missed by that one
  // alone.
  std::map<std::string, std::uint64_t> missing_;
  std::set<std::string> told_;
  std::vector<Unreadable> unreadable_;
};

}  // namespace sallyport::audit
