#include "journal/retirement.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "journal/closed_files.hpp"
#include "journal/file.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"
#include "journal/uncompressed.hpp"

namespace sallyport::journal {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// The hash of the line before the file's first one.
Result<std::string> head_before(const std::string& path) {
  auto file = File::open_to_read(path);
  if (!file) return fail(file.error());
  const ReadSome read = uncompressed([&file](std::span<char> buffer) { return file->read(buffer); });
  LineReader lines(read);
  const auto line = lines.next();
  if (!line) return fail(line.error());
  const auto start = read_start(line->bytes);
  if (!start) return fail(ErrorCode::bad_input, path + " does not begin with a line of a log");
  return std::string(start->prev);
}

// When its last line was written.
std::optional<Instant> written_last(const std::string& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return std::nullopt;
  return std::chrono::floor<Duration>(fs::file_time_type::clock::to_sys(time));
}

}  // namespace

Result<std::optional<Retirement::Due>> Retirement::remove_and_look(std::string_view stream, Instant now) {
  auto files = closed_files(dir_, stream);
  if (!files) return fail(files.error());
  const auto taken = taken_up_to_(std::string(stream));
  const ClosedFile* stays = nullptr;  // the first file that does
  // The newest stays: what follows it may be closed at this moment.
  for (std::size_t index = 0; index + 1 < files->size(); ++index) {
    const auto& path = (*files)[index].path;
    const auto& next = (*files)[index + 1];
    if (next.first_seq <= retired_up_to_ + 1) {
      if (const auto removed = remove_closed((*files)[index]); !removed) return fail(removed.error());
      continue;
    }
    const auto written = written_last(path);
    if (!written || now - *written < keep_ || next.first_seq - 1 > taken) break;
    stays = &next;
  }
  if (stays == nullptr) return std::nullopt;
  auto head = head_before(stays->path);
  if (!head) return fail(head.error());
  return Due{stays->first_seq - 1, std::move(*head)};
}

asio::awaitable<Result<void>> Retirement::pass(Journal& journal, Instant now) {
  // The caller's thread is the engine's, on which every held call would wait for the disk.
  const auto on_own_thread = [](Retirement* self, std::string stream,
                                Instant at) -> asio::awaitable<Result<std::optional<Due>>> {
    co_return self->remove_and_look(stream, at);
  };
  auto due = co_await asio::co_spawn(thread_, on_own_thread(this, journal.stream(), now), asio::use_awaitable);
  if (!due) co_return fail(due.error());
  if (!*due) co_return Result<void>{};
  const auto to = (*due)->to;
  model::LogRecord record{"retired"};
  record.fields.set("to", to).set("head", std::move((*due)->head));
  const auto logged = co_await journal.append(std::move(record));
  if (!logged) co_return fail(logged.error());
  retired_up_to_ = to;
  co_return Result<void>{};
}

}  // namespace sallyport::journal
