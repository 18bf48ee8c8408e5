#pragma once

#include <string>
#include <vector>

namespace sallyport::doctor {

enum class Mark { ok, warning, fault };

// What a check has found. A check that has found several things has as many of these.
struct Finding {
  std::string check;  // what must be true
  Mark mark = Mark::ok;
  std::string says = {};     // what is, in a sentence without its end; "" where all is well
  std::string todo = {};     // what to do about it, likewise
  std::string command = {};  // to be copied into a shell; "": there is none
};

// What has been found, in the order of the checks.
class Report {
 public:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  // What nothing was said against is well.
  void close(const std::string& check) {
    for (const auto& finding : findings_) {
      if (finding.check == check) return;
    }
    add({check});
  }
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] std::size_t count(Mark mark) const {
    std::size_t count = 0;
    for (const auto& finding : findings_) count += finding.mark == mark ? 1 : 0;
    return count;
  }

 private:
  std::vector<Finding> findings_;
};

}  // namespace sallyport::doctor
