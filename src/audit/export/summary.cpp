#include "audit/export/summary.hpp"

#include <string_view>

#include <fmt/format.h>

#include "action/escape.hpp"
#include "audit/report_words.hpp"

namespace sallyport::audit {
namespace {

using action::escape_for_people;

std::string heading(std::string_view title) {
  return fmt::format("\n{}\n{:-<{}}\n", title, "", title.size());
}

std::string shown_or_dash(std::string_view text) {
  return text.empty() ? "-" : escape_for_people(text);
}

// What somebody must know before all else.
std::string verdict_words(const Contents& contents) {
  switch (verdict_of(contents.report)) {
    case Verdict::broken:
      return "BROKEN: the logs that this was taken from are not what was written. What is wrong:\n";
    case Verdict::unreadable:
      return "NOT ALL COULD BE READ of what this was taken from:\n";
    default:
      break;
  }
  return contents.by_given_keys ? "Every line of the logs that this was taken from followed from the one before it, "
                                  "and the checkpoints in "
                                  "them were signed by the keys in keys/given.pub.\n"
                                : "Every line of the logs that this was taken from followed from the one before it. "
                                  "Who signed them was not "
                                  "checked: no key was given (--key).\n";
}

std::string check_of(const Contents& contents) {
  auto text = verdict_words(contents);
  const auto add = [&text](const std::string& words) { text += "  " + escape_for_people(words) + "\n"; };
  for (const auto& stream : contents.report.streams) {
    for (const auto& fault : stream.faults) add(words_of(fault));
  }
  for (const auto& [path, why, damaged, has_begun] : contents.report.unreadable) add(path + ": " + why);
  return text;
}

std::string what_was_asked_for(const Filter& filter) {
  auto text = heading("What was asked for");
  const auto add = [&text](std::string_view what, std::string_view value) {
    if (!value.empty()) text += fmt::format("{:<10} {}\n", what, escape_for_people(value));
  };
  add("since", filter.since() ? format_instant(*filter.since()) : "the beginning");
  add("until", filter.until() ? format_instant(*filter.until()) : "the end");
  add("agent", filter.wanted().agent);
  add("namespace", filter.wanted().namespace_name);
  add("request", filter.wanted().request);
  add("verdict", filter.wanted().verdict);
  add("event", filter.wanted().event);
  return text;
}

std::string records_of(const Tally& tally) {
  auto text = heading("What was found");
  text += fmt::format("{} records, {} to {}: see records.csv\n\n", tally.records(),
                      escape_for_people(tally.first_time()), escape_for_people(tally.last_time()));
  for (const auto& [event, count] : tally.by_event()) text += fmt::format("{:>10}  {}\n", count, event);
  return text;
}

std::string decisions_of(const Tally& tally) {
  auto text = heading("Decided and revoked");
  const auto decisions = tally.decisions();
  if (decisions.empty()) return text + "nothing\n";
  for (const auto& one : decisions) {
    text += fmt::format("{}  {:<9} {} by {}{}{}\n", one.time, one.verdict, one.request, one.who.empty() ? "-" : one.who,
                        one.why.empty() ? "" : ": " + one.why,
                        one.result == "done" ? ""
                        : one.result.empty() ? " (what became of it is not in these logs)"
                                             : " (" + one.result + ": docs/log-format.md)");
    if (!one.agent.empty() || !one.action.empty())
      text += fmt::format("    {}: {}\n", one.agent.empty() ? "-" : one.agent, one.action);
  }
  if (tally.more_decisions() > 0) text += fmt::format("and {} more: see records.csv\n", tally.more_decisions());
  return text;
}

std::string streams_of(const Contents& contents) {
  auto text = heading("Streams");
  for (const auto& stream : contents.report.streams) {
    text += escape_for_people(words_of(stream, contents.by_given_keys)) + "\n";
    bool any = false;
    for (const auto& log : contents.logs) {
      if (log.stream != stream.stream) continue;
      text += fmt::format("        {}: from line {} on, {} records chosen\n", log.entry, log.first_seq, log.chosen);
      any = true;
    }
    if (!any) text += "        nothing of it was asked for, and it is not in this bundle\n";
  }
  return text;
}

std::string policies_of(const Contents& contents, const PolicyNeeds& needs) {
  auto text = heading("Policies that these records refer to");
  if (contents.policies.empty()) text += "none\n";
  for (const auto& [key, entry] : contents.policies) {
    text +=
        fmt::format("{} {}{}{}, generation {}: {}\n", shown_or_dash(key.kind), escape_for_people(key.namespace_name),
                    key.namespace_name.empty() ? "" : "/", shown_or_dash(key.name), key.generation,
                    entry.empty() ? "no line of these logs has it" : entry);
  }
  if (!needs.is_all()) text += "There are more than this program keeps: not all are here.\n";
  return text;
}

constexpr std::string_view kInstructions = R"(Evidence from the logs of Sallyport
===================================

What is here
------------
SUMMARY.txt   what was asked for and found; if something was wrong with the logs, it says so first
logs/         files of the logs, byte for byte: from the first record that was asked for up to a checkpoint behind the
              last one. Lines only follow from each other without a gap, so there are others between and around them
records.csv   the records that were asked for, as a table
heads/        of each stream the last checkpoint in logs/: a signed note (https://c2sp.org/signed-note)
keys/         given.pub: the public keys that whoever made this has named; named-by-the-logs.pub: those that stand in the logs
policies/     of each policy that the records refer to, the text in that generation, and the line of the log that has it
SHA256SUMS    the hash of each of these files

SUMMARY.txt, records.csv, heads/, keys/ and policies/ are taken out of the logs for your convenience. Only logs/ can be checked.

How to check it
---------------
1. That nothing was damaged on its way:

     sha256sum -c SHA256SUMS

2. That the lines are what Sallyport wrote. Use a public key that you have from elsewhere (log.pub of the Secret sallyport-keys,
   kept by yourself since the beginning of the period); a key out of this bundle proves nothing, since who made the bundle could
   have made the key:

     sallyport log verify --extract --key log.pub logs/

3. The same without any program of ours, for each stream, with docs/verify.sh of Sallyport's sources (not from whoever gave
   you this):

)";

constexpr std::string_view kLimits = R"(
   Where a key was replaced in that time, leave --key out and compare the keys in logs/ (events log_key and rotated) yourself.

4. --witness compares the lines with what others have seen: the API server's audit log, or the requests' status.

What this cannot show
----------------------
It is an extract. The check shows that its lines are what was written, and that none between them is missing. It cannot show
what stood before the first and after the last of them, nor that there were no other streams: for that take the whole logs,
and a witness. What no log can prove stands in docs/audit.md.
)";

}  // namespace

std::string summary_of(const Contents& contents, const Survey& survey, const Filter& filter) {
  return check_of(contents) + what_was_asked_for(filter) + records_of(survey.tally) + decisions_of(survey.tally) +
         streams_of(contents) + policies_of(contents, survey.policies);
}

std::string instructions_for(const Contents& contents) {
  std::string commands;
  std::string_view stream;
  for (const auto& log : contents.logs) {
    if (commands.empty() || log.stream != stream)
      commands += std::string(commands.empty() ? "" : "\n") + "     verify.sh --extract --key \"$(cat log.pub)\"";
    commands += " " + log.entry;
    stream = log.stream;
  }
  return std::string(kInstructions) + commands + "\n" + std::string(kLimits);
}

}  // namespace sallyport::audit
