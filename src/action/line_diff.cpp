#include "action/line_diff.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

namespace sallyport::action {
namespace {

using Ids = std::vector<std::uint32_t>;  // of lines: equal lines have the same one

// Steps from line to line, in all. A text of a mebibyte has half a million lines.
constexpr std::size_t kMaxWork = 32u << 20;
// Lines that come or go between two that are equal, for Myers to look for: it keeps a table of the square of this.
constexpr std::ptrdiff_t kMaxEdits = 64;

// A stretch of both texts: from the first line up to the last, which is no part of it.
struct Stretch {
  std::size_t old_begin, old_end, new_begin, new_end;

  [[nodiscard]] bool is_change() const { return old_begin < old_end || new_begin < new_end; }
  [[nodiscard]] std::size_t size() const { return old_end - old_begin + new_end - new_begin; }
};

struct Anchor {
  std::size_t in_old, in_new;
};

// By their order, not by a hash: whoever writes the lines could have all of them collide.
std::pair<Ids, Ids> number(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after,
                           std::uint32_t& count) {
  const auto line = [&](std::size_t i) { return i < before.size() ? before[i] : after[i - before.size()]; };
  std::vector<std::size_t> order(before.size() + after.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, line);
  Ids ids(order.size());
  count = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && line(order[i]) != line(order[i - 1])) ++count;
    ids[order[i]] = count;
  }
  ++count;
  const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(before.size());
  return {Ids(ids.begin(), middle), Ids(middle, ids.end())};
}

// Of anchors in the order of the old text, the most that are in order in the new one, too.
std::vector<Anchor> longest_run(const std::vector<Anchor>& anchors) {
  std::vector<std::size_t> ends;  // of the best run of each length, the last one
  std::vector<std::size_t> before(anchors.size());
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    const auto place =
        std::ranges::lower_bound(ends, anchors[i].in_new, {}, [&](std::size_t end) { return anchors[end].in_new; });
    before[i] = place == ends.begin() ? anchors.size() : *(place - 1);
    if (place == ends.end())
      ends.push_back(i);
    else
      *place = i;
  }
  std::vector<Anchor> run;
  for (auto i = ends.empty() ? anchors.size() : ends.back(); i < anchors.size(); i = before[i])
    run.push_back(anchors[i]);
  std::ranges::reverse(run);
  return run;
}

// Myers' greedy algorithm on one stretch, as long as it takes few edits and little work.
class ShortestEdit {
 public:
  ShortestEdit(std::span<const std::uint32_t> before, std::span<const std::uint32_t> after, std::size_t most_work)
      : before_(before), after_(after), most_work_(most_work), reach_(2 * kMaxEdits + 3, kNowhere) {}

  // The pairs of equal lines, in order; nothing: it takes too much.
  std::optional<std::vector<Anchor>> equal_lines() {
    for (std::ptrdiff_t edits = 0; edits <= kMaxEdits && work_ <= most_work_; ++edits) {
      rounds_.push_back(reach_);
      if (advance(edits)) return trace_back(edits);
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t work() const { return work_; }

 private:
  using Reach = std::vector<std::ptrdiff_t>;  // by diagonal (old minus new), how far in the old text
  static constexpr std::ptrdiff_t kNowhere = -1;

  // The step by which a round gets furthest on a diagonal: a line put in, or one taken away.
  struct Step {
    std::ptrdiff_t in_old = kNowhere;  // behind it
    bool is_insertion = false;
  };

  [[nodiscard]] static std::size_t index(std::ptrdiff_t diagonal) {
    return static_cast<std::size_t>(diagonal + kMaxEdits + 1);
  }
  [[nodiscard]] std::ptrdiff_t old_size() const { return std::ssize(before_); }
  [[nodiscard]] std::ptrdiff_t new_size() const { return std::ssize(after_); }

  [[nodiscard]] Step best_step(const Reach& reach, std::ptrdiff_t diagonal) const {
    Step step;
    const auto by_insertion = reach[index(diagonal + 1)];
    if (by_insertion != kNowhere && by_insertion - diagonal <= new_size()) step = {by_insertion, true};
    const auto from = reach[index(diagonal - 1)];
    if (from != kNowhere && from < old_size() && from + 1 > step.in_old) step = {from + 1, false};
    return step;
  }

  // Is the end reached?
  bool advance(std::ptrdiff_t edits) {
    for (auto diagonal = -edits; diagonal <= edits; diagonal += 2) {
      auto in_old = edits == 0 ? 0 : best_step(rounds_.back(), diagonal).in_old;
      ++work_;
      if (in_old == kNowhere) {
        reach_[index(diagonal)] = kNowhere;
        continue;
      }
      auto in_new = in_old - diagonal;
      while (in_old < old_size() && in_new < new_size() &&
             before_[static_cast<std::size_t>(in_old)] == after_[static_cast<std::size_t>(in_new)]) {
        ++in_old;
        ++in_new;
        ++work_;
      }
      reach_[index(diagonal)] = in_old;
      if (in_old == old_size() && in_new == new_size()) return true;
    }
    return false;
  }

  std::vector<Anchor> trace_back(std::ptrdiff_t edits) const {
    std::vector<Anchor> equal;
    auto in_old = old_size();
    auto in_new = new_size();
    const auto go_back_to = [&](std::ptrdiff_t start) {
      while (in_old > start) equal.push_back({static_cast<std::size_t>(--in_old), static_cast<std::size_t>(--in_new)});
    };
    for (; edits > 0; --edits) {
      const auto step = best_step(rounds_[static_cast<std::size_t>(edits)], in_old - in_new);
      go_back_to(step.in_old);
      step.is_insertion ? --in_new : --in_old;
    }
    go_back_to(0);
    std::ranges::reverse(equal);
    return equal;
  }

  std::span<const std::uint32_t> before_, after_;
  std::size_t most_work_;
  Reach reach_;
  std::vector<Reach> rounds_;  // as it was before each of them
  std::size_t work_ = 0;
};

class LineDiffer {
 public:
  LineDiffer(Ids before, Ids after, std::uint32_t ids)
      : before_(std::move(before)), after_(std::move(after)), in_old_(ids), in_new_(ids) {}

  std::vector<LineChange> run() {
    todo_.push_back({0, before_.size(), 0, after_.size()});
    while (!todo_.empty()) {
      auto stretch = todo_.back();
      todo_.pop_back();
      trim(stretch);
      if (stretch.is_change()) compare(stretch);
    }
    return std::move(changes_);
  }

 private:
  // How often a line stands in a stretch, and where last.
  struct Seen {
    std::uint32_t times = 0;
    std::size_t last = 0;
  };

  void trim(Stretch& stretch) {
    while (stretch.old_begin < stretch.old_end && stretch.new_begin < stretch.new_end &&
           before_[stretch.old_begin] == after_[stretch.new_begin]) {
      ++stretch.old_begin;
      ++stretch.new_begin;
    }
    while (stretch.old_begin < stretch.old_end && stretch.new_begin < stretch.new_end &&
           before_[stretch.old_end - 1] == after_[stretch.new_end - 1]) {
      --stretch.old_end;
      --stretch.new_end;
    }
  }

  void compare(const Stretch& stretch) {
    const bool one_sided = stretch.old_begin == stretch.old_end || stretch.new_begin == stretch.new_end;
    if (one_sided || work_ >= kMaxWork) return replace(stretch);
    work_ = std::min(kMaxWork, work_ + stretch.size());
    if (const auto anchors = longest_run(common_once(stretch)); !anchors.empty()) return split(stretch, anchors);
    ShortestEdit edit(part(before_, stretch.old_begin, stretch.old_end),
                      part(after_, stretch.new_begin, stretch.new_end), kMaxWork - work_);
    auto equal = edit.equal_lines();
    work_ = std::min(kMaxWork, work_ + edit.work());
    if (!equal) return replace(stretch);
    for (auto& anchor : *equal) {
      anchor.in_old += stretch.old_begin;
      anchor.in_new += stretch.new_begin;
    }
    // It is settled: what lies between these lines has nothing in common.
    Stretch gap = stretch;
    for (const auto& anchor : *equal) {
      replace({gap.old_begin, anchor.in_old, gap.new_begin, anchor.in_new});
      gap.old_begin = anchor.in_old + 1;
      gap.new_begin = anchor.in_new + 1;
    }
    replace(gap);
  }

  static std::span<const std::uint32_t> part(const Ids& ids, std::size_t begin, std::size_t end) {
    return std::span(ids).subspan(begin, end - begin);
  }

  // The lines that stand once in the old stretch and once in the new one.
  std::vector<Anchor> common_once(const Stretch& stretch) {
    for (auto i = stretch.old_begin; i < stretch.old_end; ++i) in_old_[before_[i]] = {in_old_[before_[i]].times + 1, i};
    for (auto i = stretch.new_begin; i < stretch.new_end; ++i) in_new_[after_[i]] = {in_new_[after_[i]].times + 1, i};
    std::vector<Anchor> anchors;
    for (auto i = stretch.old_begin; i < stretch.old_end; ++i) {
      const auto& there = in_new_[before_[i]];
      if (in_old_[before_[i]].times == 1 && there.times == 1) anchors.push_back({i, there.last});
    }
    for (auto i = stretch.old_begin; i < stretch.old_end; ++i) in_old_[before_[i]] = {};
    for (auto i = stretch.new_begin; i < stretch.new_end; ++i) in_new_[after_[i]] = {};
    return anchors;
  }

  // The last gap first, so that the changes come in order.
  void split(const Stretch& stretch, const std::vector<Anchor>& anchors) {
    auto end = stretch;
    for (auto i = anchors.size(); i-- > 0;) {
      todo_.push_back({anchors[i].in_old + 1, end.old_end, anchors[i].in_new + 1, end.new_end});
      end.old_end = anchors[i].in_old;
      end.new_end = anchors[i].in_new;
    }
    todo_.push_back(end);
  }

  void replace(const Stretch& stretch) {
    if (!stretch.is_change()) return;
    changes_.push_back({stretch.old_begin, stretch.old_end - stretch.old_begin, stretch.new_begin,
                        stretch.new_end - stretch.new_begin});
  }

  Ids before_, after_;
  std::vector<Seen> in_old_, in_new_;  // by id; empty between two stretches
  std::vector<Stretch> todo_;
  std::vector<LineChange> changes_;
  std::size_t work_ = 0;
};

}  // namespace

std::vector<LineChange> diff_lines(const std::vector<std::string_view>& before,
                                   const std::vector<std::string_view>& after) {
  std::uint32_t count = 0;
  auto [old_ids, new_ids] = number(before, after, count);
  return LineDiffer(std::move(old_ids), std::move(new_ids), count).run();
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

}  // namespace sallyport::action
