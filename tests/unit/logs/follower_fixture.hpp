#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "logs/follower.hpp"
#include "unit/logs/support.hpp"

namespace sallyport::logs {

constexpr auto kName = "r-0-abcdefgh";

// A directory with the log of one replica, and what is told of it.
struct FollowerTest : testing::Test {
  Follower follow(std::vector<Position> positions = {}) {
    return make(Follower::Purpose::deliver, std::move(positions));
  }
  Follower show() { return make(Follower::Purpose::show, {}); }
  Follower make(Follower::Purpose purpose, std::vector<Position> positions) {
    return Follower(purpose, {dir.path()}, std::move(positions), [this](std::string_view) { return on_disk; },
                    {.gap = [this](const std::string&, const std::string&, std::uint64_t first,
                                   std::uint64_t last) { gaps.emplace_back(first, last); },
                     .unreadable = [this](const std::string&, const std::string& why) { complaints.insert(why); }});
  }
  // The numbers of all lines that come, each batch taken.
  static std::vector<std::uint64_t> all(Follower& follower, const BatchLimits& limits = {}) {
    std::vector<std::uint64_t> seqs;
    for (;;) {
      const auto batch = follower.next(limits);
      EXPECT_TRUE(batch);
      if (!batch || !*batch) return seqs;
      for (const auto& line : (*batch)->lines) seqs.push_back(journal::read_start(line)->seq);
      follower.taken(**batch);
    }
  }
  void rotate(std::uint64_t first_seq) const {
    std::filesystem::create_hard_link(active, dir / (kName + ("." + std::to_string(first_seq)) + ".jsonl"));
    append(dir / "new", "");
    std::filesystem::rename(dir / "new", active);
  }

  using Seqs = std::vector<std::uint64_t>;
  TempDir dir;
  std::string active = dir / "r-0.jsonl";
  Stream stream{kName};
  std::optional<std::uint64_t> on_disk;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  std::set<std::string> complaints;
};

}  // namespace sallyport::logs
