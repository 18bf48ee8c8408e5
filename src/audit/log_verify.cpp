// `sallyport log verify`: arguments to values, the report to people or programs.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "action/escape.hpp"
#include "audit/command_flags.hpp"
#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/keys.hpp"
#include "audit/progress.hpp"
#include "audit/report_words.hpp"
#include "audit/verify.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

struct VerifyOptions {
  std::vector<std::string> places;
  std::vector<std::string> keys;  // each a key as in the Secret's log.pub, or a file that holds some
  std::vector<std::string> witnesses;
  bool extract = false;  // of `log export`: not all is here
  bool as_json = false;
};

using action::escape_for_people;

constexpr int kUsageError = 2;

void print(const Fault& fault) {
  std::puts(escape_for_people("  " + words_of(fault)).c_str());
}

void print(const StreamReport& stream, bool by_given_keys) {
  std::puts(escape_for_people(words_of(stream, by_given_keys)).c_str());
  for (const auto& fault : stream.faults) print(fault);
}

void print_unless_signed(const Expectations& expectations) {
  if (!expectations.keys.empty()) return;
  std::puts(
      "  not checked: who signed it. Give the public key (--key): whoever can write the files can write them anew");
}

void print(const Report& report, const Expectations& expectations) {
  for (const auto& stream : report.streams) print(stream, !expectations.keys.empty());
  for (const auto& fault : report.missing) print(fault);
  for (const auto& each : report.unreadable) print(Fault{each.path, 0, each.why});
  switch (verdict_of(report)) {
    case Verdict::extract:
      std::puts("extract: every line that is here follows from the one before it");
      print_unless_signed(expectations);
      std::puts("  not checked: what stood before and after these lines, and in streams that are not here");
      break;
    case Verdict::clean:
      std::puts("clean: every line follows from the one before it");
      print_unless_signed(expectations);
      if (expectations.witnesses.empty())
        std::puts("  not checked: whether lines at the end were cut off. Give what others have seen (--witness)");
      break;
    case Verdict::broken:
      std::puts("BROKEN: this is not what was written");
      break;
    case Verdict::unreadable:
      std::puts("not all could be read");
      break;
  }
}

json::Value to_json(const Fault& fault) {
  json::Value value;
  value.set("file", fault.file).set("line", fault.line).set("what", fault.what);
  return value;
}

json::Value to_json(const StreamReport& stream, bool extract) {
  json::Value::Array files(stream.files.begin(), stream.files.end());
  json::Value::Array faults;
  for (const auto& fault : stream.faults) faults.push_back(to_json(fault));
  json::Value value;
  value.set("stream", stream.stream).set("clean", stream.faults.empty() && !extract).set("files", std::move(files));
  value.set("retired", stream.retired)
      .set("notHere", stream.not_here)
      .set("lines", stream.lines)
      .set("head", stream.head)
      .set("firstTime", stream.first_time)
      .set("lastTime", stream.last_time);
  value.set("checkpoints", stream.checkpoints)
      .set("signedUpTo", stream.signed_up_to)
      .set("witnessedUpTo", stream.witnessed_up_to);
  value.set("faults", std::move(faults));
  return value;
}

void print_as_json(const Report& report, const Expectations& expectations) {
  json::Value::Array streams, missing, unreadable;
  for (const auto& stream : report.streams) streams.push_back(to_json(stream, report.extract));
  for (const auto& fault : report.missing) missing.push_back(to_json(fault));
  for (const auto& each : report.unreadable) unreadable.push_back(to_json(Fault{each.path, 0, each.why}));
  constexpr std::string_view words[] = {"clean", "broken", "unreadable", "extract"};
  json::Value whole;
  whole.set("verdict", words[static_cast<std::size_t>(verdict_of(report))]);
  whole.set("keysGiven", std::uint64_t{expectations.keys.size()}).set("streams", std::move(streams));
  whole.set("missing", std::move(missing)).set("unreadable", std::move(unreadable));
  std::puts(json::write_pretty(whole).c_str());
}

int exit_code(Verdict verdict) {
  constexpr int codes[] = {0, 1, 3, 0};
  return codes[static_cast<std::size_t>(verdict)];
}

int log_verify(const VerifyOptions& options) {
  auto keys = read_keys(options.keys);
  if (!keys) {
    complain(keys.error());
    return kUsageError;
  }
  Expectations expectations{.keys = std::move(*keys), .witnesses = {}, .extract = options.extract};
  for (const auto& witness : options.witnesses) {
    if (const auto added = add_witness(witness, expectations.witnesses); !added) {
      complain(added.error());
      return exit_code(Verdict::unreadable);
    }
  }
  const auto logs = logs::find_logs(options.places);
  const auto report = options.as_json ? verify(logs, expectations, {}) : verify_with_progress(logs, expectations);
  options.as_json ? print_as_json(report, expectations) : print(report, expectations);
  return exit_code(verdict_of(report));
}

}  // namespace

void add_verify(CLI::App& log, const Registry& registry) {
  const auto options = std::make_shared<VerifyOptions>();
  auto* const command =
      log.add_subcommand("verify", "Say whether logs are what was written, without trusting whoever has them");
  add_places(*command, options->places);
  add_keys(*command, options->keys, "Whose");
  command
      ->add_option("--witness", options->witnesses,
                   "What others have seen of the log: the API server's audit log, or the output of `kubectl get "
                   "approvalrequests -A -o json`; may be given again")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_flag("--extract", options->extract,
                    "It is an extract, as `log export` makes one: lines before the first and after the last one, and "
                    "other streams, may exist and are not here");
  add_output(*command, options->as_json);
  command->footer("Exit codes: 0 clean, or a sound extract, 1 broken, 2 wrong usage, 3 something could not be read.");
  command->callback([options, &chosen = registry.chosen] { chosen = [options] { return log_verify(*options); }; });
}

}  // namespace sallyport::audit
