#include "audit/read_logs.hpp"

#include <memory>
#include <utility>

#include "audit/file_reader.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"

namespace sallyport::audit {
namespace {

// One file, line after line; what can not be read ends it.
class Cursor {
 public:
  explicit Cursor(const LogFile& file)
      : path_(file.path), file_(open(file)), source_(file_.as_source()), lines_(source_) {
    advance();
  }

  void advance() {
    const auto raw = lines_.next();
    text_ = raw ? raw->bytes : "";
    auto parsed = text_.empty() ? fail(ErrorCode::not_found, "") : journal::parse_line(text_);
    over_ = !parsed || !text_.ends_with('\n');
    why_ = raw ? (text_.empty() || !over_ ? "" : "a line can not be read") : raw.error().message();
    ++number_;
    line_ = parsed ? std::move(*parsed) : json::Value();
  }

  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] const std::string& why() const { return why_; }  // "": it has ended
  [[nodiscard]] const json::Value& line() const { return line_; }
  [[nodiscard]] Record record() { return {std::move(text_), std::move(line_), path_, number_}; }  // before `advance`

 private:
  std::string path_;
  std::uint64_t number_ = 0;
  FileReader file_;
  journal::ReadSome source_;
  journal::LineReader lines_;
  std::string text_, why_;
  json::Value line_;
  bool over_ = false;
};

}  // namespace

std::vector<Unreadable> read_logs(const std::vector<std::string>& places, const TakeRecord& take) {
  return read_logs(find_logs(places), take);
}

std::vector<Unreadable> read_logs(const FoundLogs& logs, const TakeRecord& take) {
  std::vector<std::pair<std::string, std::unique_ptr<Cursor>>> cursors;
  for (const auto& stream : logs.streams) {
    for (const auto& file : stream.files) cursors.emplace_back(file.path, std::make_unique<Cursor>(file));
  }
  for (;;) {
    // Few streams: the next line is that with the earliest time of all.
    Cursor* next = nullptr;
    for (auto& [path, cursor] : cursors) {
      if (!cursor->over() && (next == nullptr || cursor->line()["time"].text() < next->line()["time"].text()))
        next = cursor.get();
    }
    if (next == nullptr) break;
    take(next->record());
    next->advance();
  }
  auto unreadable = logs.unreadable;
  for (const auto& [path, cursor] : cursors) {
    if (!cursor->why().empty()) unreadable.push_back({path, cursor->why()});
  }
  return unreadable;
}

}  // namespace sallyport::audit
