// `sallyport log verify`: arguments to values, the report to people or programs.
#include <cstdio>
#include <fstream>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "action/escape.hpp"
#include "audit/commands.hpp"
#include "audit/verify.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

using action::escape_for_people;

constexpr int kUsageError = 2;

Result<void> add_keys(const std::string& given, std::vector<journal::VerifierKey>& keys) {
  if (auto key = journal::read_verifier_key(given)) {
    keys.push_back(std::move(*key));
    return {};
  }
  std::ifstream file(given);
  std::string line;
  bool any = false;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    auto key = journal::read_verifier_key(line);
    if (!key) return fail(key.error().while_doing("--key " + given));
    keys.push_back(std::move(*key));
    any = true;
  }
  if (any) return {};
  return fail(ErrorCode::bad_input,
              "--key " + given +
                  " is neither a log's public key nor a file with some. The Secret that holds it tells: "
                  "kubectl -n sallyport-system get secret sallyport-keys -o jsonpath='{.data.log\\.pub}' | base64 -d");
}

void show_progress(std::uint64_t done, std::uint64_t of) {
  std::fprintf(stderr, "\r%3.0f %% of %llu MiB",
               of == 0 ? 100.0 : 100.0 * static_cast<double>(done) / static_cast<double>(of),
               static_cast<unsigned long long>(of >> 20));
}

std::string place_of(const Fault& fault) {
  if (fault.file.empty()) return "";
  return fault.line == 0 ? fault.file + ": " : fmt::format("{}:{}: ", fault.file, fault.line);
}

void print(const Fault& fault) {
  std::puts(escape_for_people("  " + place_of(fault) + fault.what).c_str());
}

std::string signed_words(const StreamReport& stream, bool by_given_keys) {
  if (stream.checkpoints == 0) return "nothing in it is signed";
  const auto rest = stream.retired + stream.lines - stream.signed_up_to;
  return fmt::format("{}signed up to line {}{}", by_given_keys ? "" : "by its own word ", stream.signed_up_to,
                     rest > 1 ? fmt::format(" ({} later ones are not yet)", rest - 1) : "");
}

void print(const StreamReport& stream, bool by_given_keys) {
  const auto seen = stream.witnessed_up_to == 0 ? "" : fmt::format("; witnessed up to line {}", stream.witnessed_up_to);
  const auto gone = stream.retired == 0 ? "" : fmt::format("; lines 1 to {} were retired", stream.retired);
  std::puts(
      escape_for_people(fmt::format("{:<7} {}: {} lines, {} to {}; {}{}{}", stream.faults.empty() ? "ok" : "BROKEN",
                                    stream.stream, stream.lines, stream.first_time, stream.last_time,
                                    signed_words(stream, by_given_keys), seen, gone))
          .c_str());
  for (const auto& fault : stream.faults) print(fault);
}

void print(const Report& report, const Expectations& expectations) {
  for (const auto& stream : report.streams) print(stream, !expectations.keys.empty());
  for (const auto& fault : report.missing) print(fault);
  for (const auto& [path, why] : report.unreadable) print(Fault{path, 0, why});
  switch (verdict_of(report)) {
    case Verdict::clean:
      std::puts("clean: every line follows from the one before it");
      if (expectations.keys.empty())
        std::puts(
            "  not checked: who signed it. Give the public key (--key): whoever can write the files can write them "
            "anew");
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

json::Value to_json(const StreamReport& stream) {
  json::Value::Array files(stream.files.begin(), stream.files.end());
  json::Value::Array faults;
  for (const auto& fault : stream.faults) faults.push_back(to_json(fault));
  json::Value value;
  value.set("stream", stream.stream).set("clean", stream.faults.empty()).set("files", std::move(files));
  value.set("retired", stream.retired)
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
  for (const auto& stream : report.streams) streams.push_back(to_json(stream));
  for (const auto& fault : report.missing) missing.push_back(to_json(fault));
  for (const auto& [path, why] : report.unreadable) unreadable.push_back(to_json(Fault{path, 0, why}));
  constexpr std::string_view words[] = {"clean", "broken", "unreadable"};
  json::Value whole;
  whole.set("verdict", words[static_cast<std::size_t>(verdict_of(report))]);
  whole.set("keysGiven", std::uint64_t{expectations.keys.size()}).set("streams", std::move(streams));
  whole.set("missing", std::move(missing)).set("unreadable", std::move(unreadable));
  std::puts(json::write_pretty(whole).c_str());
}

int exit_code(Verdict verdict) {
  constexpr int codes[] = {0, 1, 3};
  return codes[static_cast<std::size_t>(verdict)];
}

}  // namespace

int log_verify(const VerifyOptions& options) {
  Expectations expectations;
  for (const auto& key : options.keys) {
    if (const auto added = add_keys(key, expectations.keys); !added) {
      std::fprintf(stderr, "sallyport: %s\n", added.error().message().c_str());
      return kUsageError;
    }
  }
  for (const auto& witness : options.witnesses) {
    if (const auto added = add_witness(witness, expectations.witnesses); !added) {
      std::fprintf(stderr, "sallyport: %s\n", escape_for_people(added.error().message()).c_str());
      return exit_code(Verdict::unreadable);
    }
  }
  const bool on_terminal = ::isatty(STDERR_FILENO) != 0 && !options.as_json;
  const auto report =
      verify(find_logs(options.places), expectations, on_terminal ? Progress(show_progress) : Progress());
  if (on_terminal) std::fputs("\r\033[K", stderr);
  options.as_json ? print_as_json(report, expectations) : print(report, expectations);
  return exit_code(verdict_of(report));
}

}  // namespace sallyport::audit
