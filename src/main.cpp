// sallyport: the subcommands.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/export/commands.hpp"
#include "audit/replay/commands.hpp"
#include "base/first_process.hpp"
#include "cli/app.hpp"
#include "cli/complete.hpp"
#include "cli/policy_suites.hpp"
#include "doctor/doctor.hpp"
#include "keys/material.hpp"
#include "serve/app.hpp"
#include "serve/config.hpp"
#include "sink/forward.hpp"

namespace {

using sallyport::serve::Config;

constexpr int kUsageError = 2;

// Flags that say again what the configuration file says; the flag wins.
struct ServeFlags {
  std::string config_file;
  std::string kubeconfig;
  std::string name;
  std::string webhook_address;
  std::string certificate_dir;
  std::string health_address;
  std::string metrics_address;
  std::string log_dir;
  std::string keys_dir;
  std::size_t threads = 0;
};

void add_serve(CLI::App& app, ServeFlags& flags) {
  app.add_option("--config", flags.config_file,
                 "The configuration, a YAML file (the chart's ConfigMap sallyport-config)")
      ->required();
  app.add_option("--kubeconfig", flags.kubeconfig,
                 "How to reach the API server; without it, as a pod does (service account and environment)");
  app.add_option("--name", flags.name,
                 "This replica's name: its log's stream is called after it (in a pod: the pod's name)");
  app.add_option("--webhook-address", flags.webhook_address, "host:port of the webhooks, instead of webhook.address");
  app.add_option("--webhook-certificate-dir", flags.certificate_dir,
                 "Directory with tls.crt, tls.key and ca.crt, instead of webhook.certificateDir; by default Sallyport "
                 "makes its own");
  app.add_option("--health-address", flags.health_address,
                 "host:port of /livez and /readyz, instead of health.address");
  app.add_option("--metrics-address", flags.metrics_address, "host:port of /metrics, instead of metrics.address");
  app.add_option("--log-dir", flags.log_dir, "Directory of this replica's log, instead of log.dir");
  app.add_option("--keys-dir", flags.keys_dir,
                 "Directory with seal.key and log.key, instead of sealKeyFile and log.keyFile");
  app.add_option("--threads", flags.threads, "I/O threads; default: as many as there are processors, at most 4")
      ->check(CLI::Range(1, 64));
}

void add_output(CLI::App& app, bool& as_json) {
  app.add_option_function<std::string>(
         "-o,--output", [&as_json](const std::string& format) { as_json = format == "json"; }, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
}

struct DoctorFlags {
  std::string config_file;
  std::string kubeconfig;
  bool as_json = false;
  unsigned within = 0;
};

void add_doctor(CLI::App& app, DoctorFlags& flags) {
  app.add_option("--config", flags.config_file, "The configuration that `serve` runs with")->required();
  app.add_option("--kubeconfig", flags.kubeconfig,
                 "How to reach the API server; without it, as a pod does (service account and environment)");
  app.add_option("--within", flags.within, "Try again for so many seconds, until all is well")
      ->check(CLI::Range(0, 3600));
  add_output(app, flags.as_json);
  app.footer(
      "Exit codes: 0 all is well, 1 something is not, 2 wrong usage. It needs what the chart's ClusterRole for "
      "its test has.");
}

void add_log_verify(CLI::App& app, sallyport::audit::VerifyOptions& options) {
  app.add_option("places", options.places, "Files of logs, and directories with some (*.jsonl, *.jsonl.gz)")
      ->required()
      ->type_name("DIR|FILE");
  app.add_option("--key", options.keys,
                 "Whose signatures count: the log's public key (log.pub in the Secret), or a file that holds one or "
                 "more; may be given again")
      ->type_name("KEY|FILE")
      ->allow_extra_args(false);
  app.add_option("--witness", options.witnesses,
                 "What others have seen of the log: the API server's audit log, or the output of `kubectl get "
                 "approvalrequests -A -o json`; may be given again")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_flag("--extract", options.extract,
               "It is an extract, as `log export` makes one: lines before the first and after the last one, and other "
               "streams, may exist and are not here");
  add_output(app, options.as_json);
  app.footer("Exit codes: 0 clean, or a sound extract, 1 broken, 2 wrong usage, 3 something could not be read.");
}

void add_places(CLI::App& app, std::vector<std::string>& places) {
  app.add_option("places", places, "Files of logs, and directories with some (*.jsonl, *.jsonl.gz)")
      ->required()
      ->type_name("DIR|FILE");
}

// Which records: what all commands that read logs can be asked.
void add_wanted(CLI::App& app, sallyport::audit::Wanted& wanted) {
  app.add_option("--agent", wanted.agent, "Of this agent alone");
  app.add_option("-n,--namespace", wanted.namespace_name, "In this namespace alone");
}

void add_period(CLI::App& app, sallyport::audit::Wanted& wanted) {
  app.add_option("--since", wanted.since, "From then on: a time (2026-11-21T10:00:00Z), or how long ago (2h30m)");
  app.add_option("--until", wanted.until, "Up to then");
}

void add_wanted_events(CLI::App& app, sallyport::audit::Wanted& wanted) {
  add_wanted(app, wanted);
  app.add_option("--request", wanted.request, "About this request alone: NAME or NAMESPACE/NAME");
  app.add_option("--verdict", wanted.verdict,
                 "Approve, Deny, Withdraw, Revoke; of decisions Approved, Denied, Withdrawn");
  app.add_option("--event", wanted.event, "One kind of event, such as review_accepted (docs/log-format.md)");
}

void add_log_show(CLI::App& app, sallyport::audit::ShowOptions& options) {
  add_places(app, options.places);
  add_period(app, options.wanted);
  add_wanted_events(app, options.wanted);
  add_output(app, options.as_json);
  app.footer("-o json prints the log's own lines. Exit codes: 0 shown, 2 wrong usage, 3 something could not be read.");
}

void add_log_tail(CLI::App& app, sallyport::audit::TailOptions& options) {
  add_places(app, options.places);
  app.add_flag("-f,--follow", options.follow, "Then print each record as it is written, until Ctrl-C");
  app.add_option("--lines", options.lines, "So many of the last records, out of each stream's two newest files")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  add_wanted_events(app, options.wanted);
  add_output(app, options.as_json);
  app.footer(
      "Files that were compressed before are passed over: log show reads them. -o json prints the log's own lines. "
      "Exit codes: 0 shown, "
      "2 wrong usage, 3 something could not be read.");
}

void add_log_export(CLI::App& app, sallyport::audit::ExportOptions& options) {
  using sallyport::audit::Format;
  add_places(app, options.places);
  const auto format_of = [](const std::string& name) {
    if (name == "csv") return Format::csv;
    return name == "json" ? Format::json : Format::bundle;
  };
  app.add_option_function<std::string>(
         "--format", [&options, format_of](const std::string& name) { options.format = format_of(name); },
         "csv: a table for spreadsheets; json: the log's own lines; bundle: a zip file that an auditor can check")
      ->required()
      ->check(CLI::IsMember({"csv", "json", "bundle"}));
  app.add_option("--to", options.to, "Where to write it; - for standard output, other than a bundle")
      ->required()
      ->type_name("FILE");
  app.add_flag("--force", options.force, "Replace the file if there is one already");
  add_period(app, options.wanted);
  add_wanted_events(app, options.wanted);
  app.add_option("--key", options.keys,
                 "For a bundle, whose signatures count: the log's public key (log.pub in the Secret), or a file that "
                 "holds one or more; may be given again")
      ->type_name("KEY|FILE")
      ->allow_extra_args(false);
  app.footer(
      "The file is for its owner alone (mode 0600), and is there whole or not at all. Exit codes: 0 exported, 1 "
      "exported "
      "and the logs are broken (a bundle's logs are checked), 2 wrong usage, or the file is there already, 3 not all "
      "could "
      "be read, or nothing could be written.");
}

void add_policy_report(CLI::App& app, sallyport::audit::ReportOptions& options) {
  add_places(app, options.places);
  add_period(app, options.wanted);
  add_wanted(app, options.wanted);
  add_output(app, options.as_json);
  app.footer("Exit codes: 0 reported, 2 wrong usage, 3 something could not be read.");
}

struct ReplayFlags {
  sallyport::audit::ReplayOptions options;
  std::vector<std::string> policies;
};

void add_log_replay(CLI::App& app, ReplayFlags& flags) {
  add_places(app, flags.options.places);
  app.add_option("--policies", flags.policies,
                 "Decide by these policies instead: a file, a folder, or - for standard input, as `kubectl get "
                 "approvalpolicies,clusterapprovalpolicies -A -o json` writes them; may be given again")
      ->type_name("DIR|FILE")
      ->allow_extra_args(false);
  add_period(app, flags.options.wanted);
  add_wanted(app, flags.options.wanted);
  app.add_option("--request", flags.options.wanted.request, "About this request alone: NAME or NAMESPACE/NAME");
  add_output(app, flags.options.as_json);
  app.footer(
      "Exit codes: 0 all the same, 1 something differs, 2 wrong usage, 3 something could not be read, 4 nothing "
      "differs, "
      "but not all can be told.");
}

struct ForwardFlags {
  std::string log_dir;
  std::string config_file;
  std::string sink;
  std::string cursor_dir;
  bool follow = false;
};

void add_log_forward(CLI::App& app, ForwardFlags& flags) {
  app.add_option("dir", flags.log_dir, "A directory with logs (*.jsonl, *.jsonl.gz)")->required()->type_name("DIR");
  app.add_option("--config", flags.config_file, "The configuration that has the sink under log.sinks (docs/sinks.md)")
      ->required()
      ->type_name("FILE");
  app.add_option("--sink", flags.sink, "The sink's name; may be left out where there is only one");
  app.add_option("--cursors", flags.cursor_dir,
                 "Directory in which to keep what has been delivered. Not one that a replica writes to")
      ->required()
      ->type_name("DIR");
  app.add_flag("--follow", flags.follow, "Go on with what comes, until it is stopped");
  app.footer("Exit codes: 0 all is delivered, 1 not all, 2 wrong usage.");
}

void override_by(Config& config, const ServeFlags& flags) {
  const auto given = [](std::string& into, const std::string& flag) {
    if (!flag.empty()) into = flag;
  };
  given(config.name, flags.name);
  given(config.webhook.address, flags.webhook_address);
  given(config.webhook.certificate_dir, flags.certificate_dir);
  given(config.health_address, flags.health_address);
  given(config.metrics_address, flags.metrics_address);
  given(config.log_dir, flags.log_dir);
  if (!flags.keys_dir.empty()) {
    config.seal_key_file = flags.keys_dir + "/" + sallyport::keys::kSealKey;
    config.log_key_file = flags.keys_dir + "/" + sallyport::keys::kLogKey;
  }
  if (!flags.kubeconfig.empty()) config.kubeconfig = flags.kubeconfig;
  config.threads = flags.threads;
}

std::optional<Config> load(const std::string& file) {
  auto config = sallyport::serve::load_config(file);
  if (config) return std::move(*config);
  std::fprintf(stderr, "sallyport: %s\n", config.error().message().c_str());
  return std::nullopt;
}

int serve(const ServeFlags& flags) {
  auto config = load(flags.config_file);
  if (!config) return kUsageError;
  override_by(*config, flags);
  if (const auto checked = sallyport::serve::check_config(*config); !checked) {
    std::fprintf(stderr, "sallyport: %s: %s\n", flags.config_file.c_str(), checked.error().message().c_str());
    return kUsageError;
  }
  return sallyport::serve::run(std::move(*config));
}

int doctor(const DoctorFlags& flags) {
  auto config = load(flags.config_file);
  if (!config) return kUsageError;
  if (!flags.kubeconfig.empty()) config->kubeconfig = flags.kubeconfig;
  return sallyport::doctor::run(*config, {flags.as_json, std::chrono::seconds(flags.within)});
}

int replay(ReplayFlags& flags) {
  if (!flags.policies.empty()) {
    auto policies = sallyport::cli::read_policies(flags.policies);
    if (!policies) {
      sallyport::audit::complain(policies.error());
      return kUsageError;
    }
    flags.options.policies = std::move(*policies);
  }
  return sallyport::audit::log_replay(std::move(flags.options));
}

int forward(const ForwardFlags& flags) {
  const auto config = load(flags.config_file);
  if (!config) return kUsageError;
  const auto is_meant = [&](const auto& sink) { return flags.sink.empty() || sink.name == flags.sink; };
  if (std::ranges::count_if(config->sinks, is_meant) != 1) {
    std::fprintf(stderr, "sallyport: %s: %s\n", flags.config_file.c_str(),
                 flags.sink.empty() ? "log.sinks must have one sink, or --sink say which"
                                    : ("log.sinks has none called " + flags.sink).c_str());
    return kUsageError;
  }
  const auto sink = std::ranges::find_if(config->sinks, is_meant);
  return sallyport::sink::forward({flags.log_dir, flags.cursor_dir, *sink, flags.follow});
}

struct ServiceFlags {
  ServeFlags serve;
  DoctorFlags doctor;
  sallyport::audit::VerifyOptions verify;
  sallyport::audit::ShowOptions show;
  sallyport::audit::TailOptions tail;
  sallyport::audit::ExportOptions export_options;
  sallyport::audit::ReportOptions report;
  ReplayFlags replay;
  ForwardFlags forward;
};

// Parsing sets `chosen`.
void add_services(CLI::App& app, ServiceFlags& flags, sallyport::cli::Chosen& chosen) {
  const auto runs = [&chosen](CLI::App& command, auto run) { command.callback([&chosen, run] { chosen = run; }); };
  auto* serve_command = app.add_subcommand("serve", "Answer the API server's webhooks: one replica of Sallyport");
  serve_command->group("In the cluster");
  add_serve(*serve_command, flags.serve);
  runs(*serve_command, [&flags] { return serve(flags.serve); });
  auto* doctor_command = app.add_subcommand("doctor", "Say whether an installation works, and what to do where not");
  doctor_command->group("In the cluster");
  add_doctor(*doctor_command, flags.doctor);
  runs(*doctor_command, [&flags] { return doctor(flags.doctor); });

  auto* log_command = app.add_subcommand("log", "Check, read, export and forward the logs of what was decided");
  log_command->group("Logs");
  log_command->require_subcommand(1);
  auto* verify_command =
      log_command->add_subcommand("verify", "Say whether logs are what was written, without trusting whoever has them");
  add_log_verify(*verify_command, flags.verify);
  runs(*verify_command, [&flags] { return sallyport::audit::log_verify(flags.verify); });
  auto* show_command = log_command->add_subcommand("show", "Show what happened, by time, agent, namespace or request");
  add_log_show(*show_command, flags.show);
  runs(*show_command, [&flags] { return sallyport::audit::log_show(flags.show); });
  auto* tail_command =
      log_command->add_subcommand("tail", "Show the last of what happened, and what happens from now on");
  add_log_tail(*tail_command, flags.tail);
  runs(*tail_command, [&flags] { return sallyport::audit::log_tail(flags.tail); });
  auto* export_command =
      log_command->add_subcommand("export", "Write what happened to a file: a table, lines, or evidence to be checked");
  add_log_export(*export_command, flags.export_options);
  runs(*export_command, [&flags] { return sallyport::audit::log_export(flags.export_options); });

  auto* replay_command = log_command->add_subcommand(
      "replay", "Decide everything in the logs again, and list where the answer would differ");
  add_log_replay(*replay_command, flags.replay);
  runs(*replay_command, [&flags] { return replay(flags.replay); });

  auto* report_command = app.get_subcommand("policy")->add_subcommand(
      "report", "Show what policies in Warn and Audit would have asked for, from the logs");
  add_policy_report(*report_command, flags.report);
  runs(*report_command, [&flags] { return sallyport::audit::policy_report(flags.report); });

  auto* forward_command =
      log_command->add_subcommand("forward", "Deliver logs to where others are: a SIEM, an archive");
  add_log_forward(*forward_command, flags.forward);
  runs(*forward_command, [&flags] { return forward(flags.forward); });
}

}  // namespace

int main(int argc, char** argv) {
  sallyport::end_by_signals_as_first_process();
  const auto program = sallyport::cli::program_of(argv[0], SALLYPORT_VERSION);
  CLI::App app{"Sallyport: a person's judgement at the privileged actions of AI agents on Kubernetes."};
  app.name(program.name);
  app.require_subcommand(1);
  sallyport::cli::Chosen chosen;
  sallyport::cli::add_commands(app, program, chosen);
  ServiceFlags flags;
  add_services(app, flags, chosen);

  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto words = sallyport::cli::words_to_complete(argv[0], arguments)) {
    return sallyport::cli::print_completions(app, *words);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return sallyport::cli::explain_usage(app, error, arguments);
  }
  return chosen();
}
