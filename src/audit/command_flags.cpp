#include "audit/command_flags.hpp"

#include <CLI/CLI.hpp>

namespace sallyport::audit {

void add_places(CLI::App& command, std::vector<std::string>& places) {
  command.add_option("places", places, "Files of logs, and directories with some (*.jsonl, *.jsonl.gz)")
      ->required()
      ->type_name("DIR|FILE");
}

void add_wanted(CLI::App& command, Wanted& wanted) {
  command.add_option("--agent", wanted.agent, "Of this agent alone");
  command.add_option("-n,--namespace", wanted.namespace_name, "In this namespace alone");
}

void add_period(CLI::App& command, Wanted& wanted) {
  command.add_option("--since", wanted.since, "From then on: a time (2026-11-21T10:00:00Z), or how long ago (2h30m)");
  command.add_option("--until", wanted.until, "Up to then");
}

void add_request(CLI::App& command, Wanted& wanted) {
  command.add_option("--request", wanted.request, "About this request alone: NAME or NAMESPACE/NAME");
}

void add_verdict(CLI::App& command, Wanted& wanted) {
  command.add_option("--verdict", wanted.verdict,
                     "Reviews that say so (Approve, Deny, Withdraw, Revoke), or all records of requests that ended so "
                     "(Approved, Denied, Withdrawn, Expired, Revoked)");
}

void add_wanted_events(CLI::App& command, Wanted& wanted) {
  add_wanted(command, wanted);
  add_request(command, wanted);
  add_verdict(command, wanted);
  command.add_option("--event", wanted.event, "One kind of event, such as review_accepted (docs/log-format.md)");
}

void add_keys(CLI::App& command, std::vector<std::string>& keys, const std::string& whose) {
  command
      .add_option("--key", keys,
                  whose +
                      " signatures count: the log's public key (log.pub in the Secret), or a file that holds one or "
                      "more; may be given again")
      ->type_name("KEY|FILE")
      ->allow_extra_args(false);
}

void add_output(CLI::App& command, bool& as_json) {
  command
      .add_option_function<std::string>(
          "-o,--output", [&as_json](const std::string& format) { as_json = format == "json"; }, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
}

}  // namespace sallyport::audit
