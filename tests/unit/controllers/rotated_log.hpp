#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "journal/file_names.hpp"
#include "journal/journal.hpp"
#include "unit/logs/support.hpp"

namespace sallyport::controllers {

// A replica's log whose every line has filled a file: closed are those of the lines 1; 2 and 3; 4 and 5; and so on.
class RotatedLog {
 public:
  explicit RotatedLog(int closed) {
    opened_ = journal::open(dir.path(), "r-0", clock_, random_, {.file_bytes = 1}).value();
    while (closed-- > 0) append();
    open_anew();  // what comes next goes on in one file
    stream = journal().stream();
  }

  [[nodiscard]] journal::Journal& journal() const { return *opened_->journal; }
  // Of the closed file with this line first.
  [[nodiscard]] std::string path(std::uint64_t first_seq) const {
    return dir / journal::closed_file_name(stream, first_seq);
  }
  // The first lines of the closed files that are there in some way, and the names of all that is there.
  [[nodiscard]] std::set<std::uint64_t> closed() const {
    std::set<std::uint64_t> seqs;
    for (const auto& name : names()) {
      if (const auto seq = journal::first_seq_in(name, stream)) seqs.insert(*seq);
    }
    return seqs;
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path())) found.insert(entry.path().filename());
    return found;
  }
  // As a replica does it that starts; the one before it has stopped.
  void open_anew() {
    opened_.reset();
    opened_ = journal::open(dir.path(), "r-0", clock_, random_).value();
  }
  // Up to which line files may go, as the replica found it at its start.
  [[nodiscard]] std::uint64_t retired_up_to() const { return opened_->retired_up_to; }
  // How many lines there are, or why a replica does not start on them. The one that wrote them has stopped.
  [[nodiscard]] Result<std::uint64_t> records() {
    opened_.reset();
    const auto again = journal::open(dir.path(), "r-0", clock_, random_);
    if (!again) return fail(again.error());
    return again->records;
  }

  logs::TempDir dir;
  std::string stream;

 private:
  void append() const {
    boost::asio::io_context io;
    Result<model::LogPosition> appended;
    boost::asio::co_spawn(io, journal().append(model::LogRecord{"one"}),
                          [&](const std::exception_ptr&, const auto& at) { appended = at; });
    io.run();
    EXPECT_TRUE(appended);
  }

  SystemClock clock_;  // since what goes is judged by its files' times
  SystemRandom random_;
  std::optional<journal::Opened> opened_;
};

}  // namespace sallyport::controllers
