#include "audit/read_logs.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "journal/line.hpp"
#include "journal/line_reader.hpp"
#include "logs/stored_file.hpp"

namespace sallyport::audit {
namespace {

// One file, line after line; what cannot be read ends it.
class OpenFile {
 public:
  explicit OpenFile(const logs::LogFile& file)
      : path_(file.path), file_(logs::open(file)), source_(file_.as_source()), lines_(source_) {}

  // Nothing: it has ended, and `why` says so if not by itself.
  std::optional<Record> next() {
    const auto raw = lines_.next();
    if (!raw) why_ = raw.error().message();
    if (!raw || raw->bytes.empty()) return std::nullopt;
    auto line = journal::parse_line(raw->bytes);
    if (line && raw->bytes.ends_with('\n')) return Record{std::string(raw->bytes), std::move(*line), path_, ++number_};
    why_ = "a line cannot be read";
    return std::nullopt;
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  std::string path_;
  logs::StoredFile file_;
  journal::ReadSome source_;
  journal::LineReader lines_;
  std::uint64_t number_ = 0;
  std::string why_;
};

// One stream, file after file: however many there are, one is open.
class Cursor {
 public:
  Cursor(const std::vector<logs::LogFile>& files, std::vector<logs::Unreadable>& unreadable)
      : files_(files), unreadable_(unreadable) {
    advance();
  }

  // Nothing: the stream is over.
  [[nodiscard]] const std::optional<Record>& record() const { return record_; }
  Record take() {
    auto taken = std::move(*record_);
    advance();
    return taken;
  }

 private:
  void advance() {
    record_.reset();
    while (!record_ && (open_ || next_ < files_.size())) {
      if (!open_) open_ = std::make_unique<OpenFile>(files_[next_++]);
      record_ = open_->next();
      if (record_) return;
      if (!open_->why().empty()) unreadable_.push_back({open_->path(), open_->why()});
      open_.reset();
    }
  }

  const std::vector<logs::LogFile>& files_;
  std::vector<logs::Unreadable>& unreadable_;
  std::size_t next_ = 0;
  std::unique_ptr<OpenFile> open_;
  std::optional<Record> record_;
};

}  // namespace

std::vector<logs::Unreadable> read_logs(const std::vector<std::string>& places, const TakeRecord& take) {
  return read_logs(logs::find_logs(places), take);
}

std::vector<logs::Unreadable> read_logs(const logs::FoundLogs& logs, const TakeRecord& take) {
  auto unreadable = logs.unreadable;
  std::vector<Cursor> cursors;
  cursors.reserve(logs.streams.size());
  for (const auto& stream : logs.streams) cursors.emplace_back(stream.files, unreadable);
  for (;;) {
    // Few streams: the next line is that with the earliest time of all.
    Cursor* next = nullptr;
    for (auto& cursor : cursors) {
      if (!cursor.record()) continue;
      if (next == nullptr || cursor.record()->line["time"].text() < next->record()->line["time"].text()) next = &cursor;
    }
    if (next == nullptr) return unreadable;
    take(next->take());
  }
}

}  // namespace sallyport::audit
