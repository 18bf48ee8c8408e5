#include "audit/verify.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "journal/file_names.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"
#include "json/check.hpp"
#include "logs/stored_file.hpp"

namespace sallyport::audit {
namespace {

using journal::LineStart;
using journal::VerifierKey;

constexpr std::uint64_t kTellEvery = std::uint64_t{4} << 20;

// One stream, line by line.
class Chain {
 public:
  Chain(StreamReport& report, const Expectations& expectations)
      : report_(report), keys_(expectations.keys), extract_(expectations.extract) {
    const auto seen = expectations.witnesses.find(report.stream);
    if (seen != expectations.witnesses.end()) next_sighting_ = seen->second.begin(), end_ = seen->second.end();
    only_given_ = !keys_.empty();
    head_ = journal::kBeginning;
  }

  // Why the line is not the next one; nothing: it is.
  std::optional<std::string> take(std::string_view bytes) {
    if (!bytes.ends_with('\n')) return "it ends in the middle of a line: a crash has left it so, or it was cut off";
    const auto start = journal::read_start(bytes);
    const auto text = bytes.substr(0, bytes.size() - 1);
    if (!start) return "it is no line of a log of format 1";
    if (const auto sound = json::check_object(text, journal::kDepthLimit); !sound) return sound.error().message();
    if (report_.first_time.empty()) begin(*start);
    if (start->prev != head_ || start->seq != seq_ + 1) return why_not_next(*start);
    if (start->stream != report_.stream) return "it belongs to another stream, " + std::string(start->stream);
    if (auto why = look_at(*start, text)) return why;
    head_ = journal::head_of(bytes);
    ++seq_;
    if (report_.first_time.empty()) report_.first_time = start->time;
    last_time_.assign(start->time);
    return why_not_as_seen();
  }

  // What can only be said at its end.
  std::optional<std::string> finish() {
    const auto why_later = why_it_may_not_begin_later();
    report_.lines = seq_ - retired_;
    (why_later ? report_.not_here : report_.retired) = retired_;
    report_.head = head_;
    report_.last_time = last_time_;
    if (next_sighting_ != end_ && !extract_) {
      return fmt::format("it was cut off or put back: line {} of it stood in {}, and the last one here is {}",
                         std::prev(end_)->seq, std::prev(end_)->where, seq_);
    }
    if (why_later && !extract_) return why_later;
    if (only_given_ && report_.checkpoints == 0) return "nothing in it is signed";
    return std::nullopt;
  }

 private:
  // A log may begin later than it began: what was retired is gone. That it was, a later line must say.
  void begin(const LineStart& start) {
    if (start.seq <= 1 || start.prev == journal::kBeginning) return;
    retired_ = seq_ = start.seq - 1;
    head_ = start.prev;
    while (next_sighting_ != end_ && next_sighting_->seq <= retired_) ++next_sighting_;
  }

  std::optional<std::string> why_it_may_not_begin_later() const {
    if (retired_ > said_retired_) {
      return fmt::format(
          "lines 1 to {} are missing, and no line says that they were retired (of an extract say so: --extract)",
          retired_);
    }
    if (said_retired_at_ > report_.signed_up_to) {
      return fmt::format("lines 1 to {} are missing, and line {}, which says why, is not signed yet", retired_,
                         said_retired_at_);
    }
    return std::nullopt;
  }

  std::string why_not_next(const LineStart& start) const {
    if (start.seq > seq_ + 1) return fmt::format("lines {} to {} are missing before it", seq_ + 1, start.seq - 1);
    if (start.seq <= seq_) return fmt::format("line {} stands here again, or in the wrong place", start.seq);
    return "it does not follow from the line before: one of the two was changed after it was written";
  }

  std::optional<std::string> look_at(const LineStart& start, std::string_view text) {
    if (start.event == "checkpoint") return check_note(text);
    if (start.event == "retired" && retired_ > said_retired_) return look_at_retired(start.seq, text);
    if ((start.event == "log_key" || start.event == "rotated") && !only_given_) return look_at_key(text);
    return std::nullopt;
  }

  std::optional<std::string> look_at_retired(std::uint64_t seq, std::string_view text) {
    const auto line = journal::parse_line(text);
    if (!line) return line.error().message();
    said_retired_ = (*line)["to"].unsigned_integer().value_or(0);
    said_retired_at_ = seq;
    return std::nullopt;
  }

  std::optional<std::string> look_at_key(std::string_view text) {
    const auto line = journal::parse_line(text);
    if (!line) return line.error().message();
    const auto name = (*line)["key"].text();
    if (name.empty()) return std::nullopt;  // a file begun before there was one
    const auto key = journal::read_verifier_key(name);
    if (!key) return key.error().message();
    keys_.assign(1, *key);
    return std::nullopt;
  }

  std::optional<std::string> check_note(std::string_view text) {
    const auto line = journal::parse_line(text);
    if (!line) return line.error().message();
    const auto note = journal::SignedNote::read((*line)["note"].text());
    if (!note) return note.error().message();
    if (note->checkpoint() != journal::Checkpoint{report_.stream, seq_, head_}) {
      return fmt::format("its checkpoint says that line {} of {} is {}, and line {} here is {}", note->checkpoint().seq,
                         note->checkpoint().stream, note->checkpoint().head, seq_, head_);
    }
    if (std::ranges::none_of(keys_, [&](const VerifierKey& key) { return note->is_signed_by(key); })) {
      return only_given_ ? "its checkpoint is signed by none of the keys given"
                         : "its checkpoint is not signed by the key that the log names";
    }
    ++report_.checkpoints;
    report_.signed_up_to = seq_;
    return std::nullopt;
  }

  std::optional<std::string> why_not_as_seen() {
    for (; next_sighting_ != end_ && next_sighting_->seq <= seq_; ++next_sighting_) {
      if (next_sighting_->seq == seq_ && next_sighting_->head != head_) {
        return fmt::format("{} has seen another line here: its hash was {}, and is {}", next_sighting_->where,
                           next_sighting_->head, head_);
      }
      report_.witnessed_up_to = seq_;
    }
    return std::nullopt;
  }

  StreamReport& report_;
  std::vector<VerifierKey> keys_;
  bool extract_;
  bool only_given_ = false;
  std::vector<Sighting>::const_iterator next_sighting_{}, end_{};
  std::uint64_t seq_ = 0;
  std::uint64_t retired_ = 0;       // up to this line it is not here
  std::uint64_t said_retired_ = 0;  // up to this it may not be
  std::uint64_t said_retired_at_ = 0;
  std::string head_;
  std::string last_time_;
};

// "<replica>.jsonl" holds the stream "<replica>-<8 characters>"; closed, it has the stream's name and its first line's.
// Whoever keeps them may have compressed either.
bool is_named_after(const logs::LogFile& file, const std::string& stream) {
  const auto name = std::filesystem::path(file.path).filename().string();
  const auto uncompressed = journal::without_compressed(name);
  return uncompressed == journal::written_file_name(stream) ||
         uncompressed == journal::closed_file_name(stream, file.first_seq);
}

class Verification {
 public:
  Verification(const logs::FoundLogs& logs, const Expectations& expectations, const Progress& progress)
      : expectations_(expectations), progress_(progress) {
    for (const auto& stream : logs.streams) {
      for (const auto& file : stream.files) of_ += file.bytes;
    }
  }

  StreamReport read(const logs::LogStream& stream) {
    StreamReport report;
    report.stream = stream.name;
    Chain chain(report, expectations_);
    for (const auto& file : stream.files) {
      report.files.push_back(file.path);
      if (report.faults.empty()) read_file(file, chain, report);
      done_ += file.bytes;
    }
    const auto& last = stream.files.back().path;
    auto why = chain.finish();
    if (why && report.faults.empty()) report.faults.push_back({last, 0, std::move(*why)});
    return report;
  }

 private:
  void read_file(const logs::LogFile& file, Chain& chain, StreamReport& report) {
    if (!is_named_after(file, report.stream)) {
      report.faults.push_back({file.path, 0, "it holds the stream " + report.stream + ", and is not named after it"});
      return;
    }
    auto reader = logs::open(file);
    const auto source = reader.as_source();
    journal::LineReader lines(source);
    std::uint64_t told = 0;
    for (;;) {
      const auto line = lines.next();
      if (!line) {
        report.faults.push_back({file.path, 0, line.error().message()});
        return;
      }
      if (line->bytes.empty()) return;
      if (auto why = chain.take(line->bytes)) {
        report.faults.push_back({file.path, line->number, std::move(*why)});
        return;
      }
      if (progress_ && reader.bytes_read() >= told + kTellEvery) {
        told = reader.bytes_read();
        progress_(done_ + told, of_);
      }
    }
  }

  const Expectations& expectations_;
  const Progress& progress_;
  std::uint64_t done_ = 0;
  std::uint64_t of_ = 0;
};

}  // namespace

Verdict verdict_of(const Report& report) {
  const auto is_broken = [](const StreamReport& stream) { return !stream.faults.empty(); };
  if (!report.missing.empty() || std::ranges::any_of(report.streams, is_broken) ||
      std::ranges::any_of(report.unreadable, &logs::Unreadable::damaged)) {
    return Verdict::broken;
  }
  if (!report.unreadable.empty() || report.streams.empty()) return Verdict::unreadable;
  return report.extract ? Verdict::extract : Verdict::clean;
}

Report verify(const logs::FoundLogs& logs, const Expectations& expectations, const Progress& progress) {
  Report report;
  report.extract = expectations.extract;
  report.unreadable = logs.unreadable;
  Verification verification(logs, expectations, progress);
  for (const auto& stream : logs.streams) report.streams.push_back(verification.read(stream));
  if (report.extract) return report;
  for (const auto& [stream, sightings] : expectations.witnesses) {
    if (std::ranges::find(logs.streams, stream, &logs::LogStream::name) != logs.streams.end()) continue;
    const auto& last = sightings.back();
    report.missing.push_back(
        {"", 0, fmt::format("the stream {} is missing: line {} of it stood in {}", stream, last.seq, last.where)});
  }
  return report;
}

}  // namespace sallyport::audit
