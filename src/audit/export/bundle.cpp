#include "audit/export/bundle.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "audit/export/bundle_file.hpp"
#include "audit/export/csv.hpp"
#include "audit/export/entry_name.hpp"
#include "audit/export/lines.hpp"
#include "audit/export/summary.hpp"
#include "audit/export/survey.hpp"
#include "audit/progress.hpp"
#include "audit/read_logs.hpp"
#include "journal/line.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

// Its parts in the order in which they are written: texts last, since they tell of all others.
class Bundle {
 public:
  Bundle(std::FILE* file, const logs::FoundLogs& all, const Selection& wanted, Survey survey)
      : file_(file), all_(all), chosen_(wanted), survey_(std::move(survey)) {}

  Result<void> write(const std::vector<journal::VerifierKey>& given, Report report) {
    contents_.report = std::move(report);
    contents_.by_given_keys = !given.empty();
    if (auto done = write_records(); !done) return done;
    if (auto done = write_logs(); !done) return done;
    if (auto done = write_keys(given); !done) return done;
    if (auto done = write_policies(); !done) return done;
    if (auto done = file_.add("SUMMARY.txt", summary_of(contents_, survey_, chosen_.filter())); !done) return done;
    if (auto done = file_.add("README.txt", instructions_for(contents_)); !done) return done;
    return file_.finish();
  }

 private:
  Result<void> write_records() {
    logs::FoundLogs chosen;
    for (const auto& stream : survey_.streams) {
      logs::LogStream files{stream.name, {}};
      for (const auto& file : stream.files) files.files.push_back(file.file);
      chosen.streams.push_back(std::move(files));
    }
    if (auto begun = file_.begin("records.csv"); !begun) return begun;
    auto written = file_.write(csv_heading());
    auto unread = read_logs(chosen, [&](const Record& record) {
      if (written && chosen_.passes(record.line)) written = file_.write(csv_row(record, chosen_.asked(record.line)));
    });
    // What follows a line that is none is in logs/ alone; `log verify` has told of the line itself.
    for (auto& each : unread)
      contents_.report.unreadable.push_back(
          {std::move(each.path), std::move(each.why) + ": what follows it in this file is not in records.csv"});
    if (!written) return written;
    if (const auto ended = file_.end(); !ended) return fail(ended.error());
    return {};
  }

  Result<void> write_logs() {
    for (std::size_t number = 1; const auto& stream : survey_.streams) {
      const std::string* note = nullptr;
      for (const auto& file : stream.files) {
        if (auto copied = copy(file, unused(log_entry(stream.name, number, file.file.first_seq)), stream.name); !copied)
          return copied;
        if (!file.note.empty()) note = &file.note;
      }
      if (note != nullptr) {
        if (auto added = file_.add(unused(head_entry(stream.name, number)), *note); !added) return added;
      }
      ++number;
    }
    return {};
  }

  // Two files may claim the same lines, and a stream may be called like our number of another: that is for
  // `log verify` to tell of.
  std::string unused(const std::string& entry) {
    const auto dot = entry.rfind('.');
    auto name = entry;
    for (std::size_t copy = 2; !entries_.insert(name).second; ++copy)
      name = fmt::format("{}.copy-{}{}", entry.substr(0, dot), copy, entry.substr(dot));
    return name;
  }

  Result<void> copy(const SurveyedFile& from, const std::string& entry, const std::string& stream) {
    if (auto begun = file_.begin(entry); !begun) return begun;
    const auto copied = read_bytes(from.file, [this](std::string_view bytes) { return file_.write(bytes); });
    if (!copied) return copied;
    const auto sum = file_.end();
    if (!sum) return fail(sum.error());
    if (*sum != from.sha256)
      return fail(ErrorCode::conflict, from.file.path + " has changed while it was read: try again, or take a copy");
    contents_.logs.push_back({entry, stream, from.file.first_seq, from.chosen});
    return {};
  }

  Result<void> write_keys(const std::vector<journal::VerifierKey>& given) {
    std::string named, by_hand;
    for (const auto& key : survey_.keys) named += key + "\n";
    for (const auto& key : given) by_hand += journal::write_verifier_key(key) + "\n";
    if (!given.empty()) {
      if (auto added = file_.add("keys/given.pub", by_hand); !added) return added;
    }
    return named.empty() ? Result<void>() : file_.add("keys/named-by-the-logs.pub", named);
  }

  Result<void> write_policies() {
    if (auto asked = ask_for_requests(); !asked) return asked;
    wanted_ = survey_.policies.needed();
    // Rather from a line that is in the bundle.
    for (const bool bundled : {true, false}) {
      if (auto done = write_policies_of(bundled); !done) return done;
    }
    for (const auto& key : wanted_) contents_.policies.push_back({key, ""});
    return {};
  }

  // A request may have been opened long before the first chosen record that is about it.
  Result<void> ask_for_requests() {
    for (const auto& stream : all_.streams) {
      for (const auto& file : stream.files) {
        if (!survey_.policies.asks_for_requests()) return {};
        const auto read = read_lines(file, [this](std::string_view line) {
          if (const auto opened = line_of(line, "request_opened")) survey_.policies.take_opened(*opened);
          return survey_.policies.asks_for_requests();
        });
        if (!read) return read;
      }
    }
    return {};
  }

  Result<void> write_policies_of(bool bundled) {
    for (const auto& stream : all_.streams) {
      for (const auto& file : stream.files) {
        if (wanted_.empty()) return {};
        if (is_bundled(file) != bundled) continue;
        Result<void> written;
        const auto read = read_lines(file, [&](std::string_view line) {
          if (const auto policy = line_of(line, "policy")) written = write_policy(*policy, line, bundled);
          return written && !wanted_.empty();
        });
        if (!read) return read;
        if (!written) return written;
      }
    }
    return {};
  }

  Result<void> write_policy(const json::Value& line, std::string_view bytes, bool bundled) {
    const auto key = policy_key(line);
    const bool has_text = line.find("spec") != nullptr || line.find("spec_bytes") != nullptr;
    if (!key || !has_text || wanted_.erase(*key) == 0) return {};
    json::Value from;
    from.set("stream", line["stream"]).set("seq", line["seq"]).set("sha256", journal::head_of(bytes));
    from.set("inThisBundle", bundled);
    json::Value policy;
    for (const auto* field : {"kind", "namespace", "name", "uid", "generation", "spec", "spec_bytes"}) {
      if (const auto* value = line.find(field)) policy.set(field, *value);
    }
    policy.set("from", std::move(from));
    const auto entry = policy_entry(key->name, contents_.policies.size() + 1);
    contents_.policies.push_back({*key, entry});
    return file_.add(entry, json::write_pretty(policy) + "\n");
  }

  // Most lines are others, and need not be read whole.
  static std::optional<json::Value> line_of(std::string_view line, std::string_view event) {
    const auto start = journal::read_start(line);
    if (!start || start->event != event) return std::nullopt;
    auto value = journal::parse_line(line);
    return value ? std::optional(std::move(*value)) : std::nullopt;
  }

  bool is_bundled(const logs::LogFile& file) const {
    return std::ranges::any_of(survey_.streams, [&](const SurveyedStream& stream) {
      return std::ranges::any_of(stream.files, [&](const SurveyedFile& each) { return each.file.path == file.path; });
    });
  }

  BundleFile file_;
  const logs::FoundLogs& all_;
  const Selection& chosen_;
  Survey survey_;
  Contents contents_;
  std::set<std::string> entries_;
  std::set<PolicyKey> wanted_;
};

}  // namespace

Result<Report> write_bundle(std::FILE* file, const logs::FoundLogs& logs, const Selection& wanted,
                            const std::vector<journal::VerifierKey>& keys) {
  auto surveyed = survey(logs, wanted);
  if (!surveyed) return fail(surveyed.error());
  if (surveyed->streams.empty()) return fail(ErrorCode::not_found, "these logs hold no such record");
  auto report = verify_with_progress(logs, {.keys = keys, .witnesses = {}, .extract = false});
  Bundle bundle(file, logs, wanted, std::move(*surveyed));
  if (const auto written = bundle.write(keys, report); !written) return fail(written.error());
  return report;
}

}  // namespace sallyport::audit
