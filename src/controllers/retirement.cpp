#include "controllers/retirement.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "journal/file_names.hpp"
#include "logs/closed_files.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// When its last line was written.
std::optional<Instant> written_last(const std::string& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return std::nullopt;
  return std::chrono::floor<Duration>(fs::file_time_type::clock::to_sys(time));
}

// In every way that it is there: one that stayed would be a file of lines that are gone. What is left of a compression
// goes first, since it is by the others that the file is found again after a crash.
Result<void> remove_closed(const std::string& path) {
  const std::string plain(journal::without_compressed(path));
  for (const auto ending : {journal::kCompressing, journal::kCompressed, std::string_view()}) {
    std::error_code error;
    fs::remove(plain + std::string(ending), error);
    if (error) {
      return fail(ErrorCode::unavailable, fmt::format("removing {}{}: {}", plain, ending, error.message()));
    }
  }
  return {};
}

// The first that is not known stays, with all that follow it.
Result<void> leave_known(std::vector<logs::ClosedFile>& files) {
  const auto unknown = std::ranges::find_if(files, [](const auto& file) { return file.why_unknown.has_value(); });
  if (unknown == files.end()) return {};
  auto stopped = fail(ErrorCode::bad_input,
                      fmt::format("{}: {}; it stays, with all that follow it", unknown->path, *unknown->why_unknown));
  files.erase(unknown, files.end());
  return stopped;
}

}  // namespace

Result<Retirement::Found> Retirement::remove_and_look(std::string_view stream, Instant now) {
  auto files = logs::closed_files(dir_, stream);
  if (!files) return fail(files.error());
  Found found{.stopped = leave_known(*files)};
  const auto taken = taken_up_to_(std::string(stream));
  // The newest stays: what follows it may be closed at this moment.
  for (std::size_t index = 0; index + 1 < files->size(); ++index) {
    const auto& path = (*files)[index].path;
    const auto& next = (*files)[index + 1];
    if (next.first_seq <= retired_up_to_ + 1) {
      if (const auto removed = remove_closed(path); !removed) return fail(removed.error());
      continue;
    }
    const auto written = written_last(path);
    if (!written || now - *written < keep_ || next.first_seq - 1 > taken) break;
    found.due = Due{next.first_seq - 1, next.head_before};
  }
  return found;
}

asio::awaitable<Result<void>> Retirement::pass(journal::Journal& journal, Instant now) {
  // Whether what it said last was signed is not known then.
  if (auto why = journal.why_failed()) co_return fail(ErrorCode::unavailable, std::move(*why));
  // The caller's thread is the engine's, on which every held call would wait for the disk.
  const auto on_own_thread = [](Retirement* self, std::string stream, Instant at) -> asio::awaitable<Result<Found>> {
    co_return self->remove_and_look(stream, at);
  };
  auto found = co_await asio::co_spawn(thread_, on_own_thread(this, journal.stream(), now), asio::use_awaitable);
  if (!found) co_return fail(found.error());
  if (!found->due) co_return found->stopped;
  const auto to = found->due->to;
  model::LogRecord record{"retired"};
  record.fields.set("to", to).set("head", std::move(found->due->head));
  const auto logged = co_await journal.append(std::move(record));
  if (!logged) co_return fail(logged.error());
  retired_up_to_ = to;
  co_return found->stopped;
}

}  // namespace sallyport::controllers
