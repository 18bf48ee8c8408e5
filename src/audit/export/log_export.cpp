// `sallyport log export`: what happened, as a table, as lines, or as a bundle that can be checked.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/command_flags.hpp"
#include "audit/complaints.hpp"
#include "audit/export/bundle.hpp"
#include "audit/export/commands.hpp"
#include "audit/export/csv.hpp"
#include "audit/export/output_file.hpp"
#include "audit/keys.hpp"
#include "audit/read_logs.hpp"
#include "audit/selection.hpp"

namespace sallyport::audit {
namespace {

enum class Format { csv, json, bundle };

struct ExportOptions {
  std::vector<std::string> places;
  Wanted wanted;
  Format format = Format::bundle;
  std::string to;                 // a file, or "-"
  std::vector<std::string> keys;  // each a key as in the Secret's log.pub, or a file that holds some
  bool force = false;
};

constexpr int kBroken = 1;
constexpr int kUsageError = 2;
constexpr int kUnreadable = 3;

Result<void> check_usage(const ExportOptions& options) {
  const bool bundle = options.format == Format::bundle;
  if (options.to.empty()) return fail(ErrorCode::bad_input, "--to needs a file, or - for standard output");
  if (!bundle && !options.keys.empty())
    return fail(ErrorCode::bad_input, "--key is for --format bundle: a table and lines alone are not checked");
  return {};
}

int export_records(const ExportOptions& options, const logs::FoundLogs& logs, const Selection& wanted,
                   std::FILE* file) {
  const bool as_table = options.format == Format::csv;
  bool well = !as_table || std::fputs(csv_heading().c_str(), file) >= 0;
  const auto unreadable = read_logs(logs, [&](const Record& record) {
    if (!well || !wanted.passes(record.line)) return;
    const auto text = as_table ? csv_row(record, wanted.asked(record.line)) : record.text;
    well = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  });
  if (!well || std::fflush(file) != 0) {
    complain(
        Error(ErrorCode::unavailable, options.to + " cannot be written: " + std::system_category().message(errno)));
    return -1;
  }
  return complain(unreadable) ? kUnreadable : 0;
}

int export_bundle(const logs::FoundLogs& logs, const Selection& wanted, const std::vector<journal::VerifierKey>& keys,
                  std::FILE* file) {
  const auto report = write_bundle(file, logs, wanted, keys);
  if (!report) {
    complain(report.error());
    return -1;
  }
  complain(report->unreadable);
  switch (verdict_of(*report)) {
    case Verdict::broken:
      std::fputs(
          "sallyport: these logs are BROKEN: they are exported as they are, and the bundle's SUMMARY.txt says it "
          "first\n",
          stderr);
      return kBroken;
    case Verdict::unreadable:
      return kUnreadable;
    default:
      return 0;
  }
}

int usage_error(const Error& error) {
  complain(error);
  return kUsageError;
}

int log_export(const ExportOptions& options, Instant now) {
  const auto usage = check_usage(options);
  if (!usage) return usage_error(usage.error());
  const auto keys = read_keys(options.keys);
  if (!keys) return usage_error(keys.error());
  const auto logs = logs::find_logs(options.places);
  const auto wanted = Selection::make(options.wanted, now, logs);
  if (!wanted) return usage_error(wanted.error());
  std::optional<OutputFile> output;
  if (options.to != "-") {
    auto created = OutputFile::create(options.to, options.force);
    if (!created) {
      complain(created.error());
      return created.error().code() == ErrorCode::already_exists ? kUsageError : kUnreadable;
    }
    output.emplace(std::move(*created));
  }
  auto* const file = output ? output->file() : stdout;
  const int code = options.format == Format::bundle ? export_bundle(logs, *wanted, *keys, file)
                                                    : export_records(options, logs, *wanted, file);
  if (code < 0) return kUnreadable;
  if (output) {
    if (const auto published = output->publish(); !published) {
      complain(published.error());
      return kUnreadable;
    }
  }
  return code;
}

}  // namespace

void add_export(CLI::App& log, const Registry& registry) {
  const auto options = std::make_shared<ExportOptions>();
  auto* const command =
      log.add_subcommand("export", "Write what happened to a file: a table, lines, or evidence to be checked");
  add_places(*command, options->places);
  const auto format_of = [](const std::string& name) {
    if (name == "csv") return Format::csv;
    return name == "json" ? Format::json : Format::bundle;
  };
  command
      ->add_option_function<std::string>(
          "--format", [options, format_of](const std::string& name) { options->format = format_of(name); },
          "csv: a table for spreadsheets; json: the log's own lines; bundle: a zip file that an auditor can check")
      ->required()
      ->check(CLI::IsMember({"csv", "json", "bundle"}));
  command->add_option("--to", options->to, "Where to write it; - for standard output")->required()->type_name("FILE");
  command->add_flag("--force", options->force, "Replace the file if there is one already");
  add_period(*command, options->wanted);
  add_wanted_events(*command, options->wanted);
  add_keys(*command, options->keys, "For a bundle, whose");
  command->footer(
      "A file is for its owner alone (mode 0600), and is there whole or not at all. Exit codes: 0 exported, 1 "
      "exported "
      "and the logs are broken (a bundle's logs are checked), 2 wrong usage, or the file is there already, 3 not all "
      "could "
      "be read, or nothing could be written.");
  command->callback([options, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [options, &machine] { return log_export(*options, machine.clock.now()); };
  });
}

}  // namespace sallyport::audit
