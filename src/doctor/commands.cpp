#include "doctor/commands.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/commands.hpp"
#include "cli/words.hpp"
#include "doctor/installation.hpp"
#include "doctor/view.hpp"

namespace sallyport::doctor {
namespace {

namespace asio = boost::asio;
using cli::Exit;
using cli::Session;

constexpr Duration kAgainAfter = std::chrono::seconds(2);

struct DoctorFlags {
  cli::Access access;
  std::string config_file;
  std::string output = "text";
  unsigned within = 0;
};

// The faults are what the installation has; that it cannot be asked is a failure of the command.
cli::Failure not_found(const Session& session, const Error& error) {
  if (error.code() == ErrorCode::not_found) return {Exit::refused, cli::safe(error.message())};
  if (error.code() == ErrorCode::bad_input) return {Exit::usage, cli::safe(error.message())};
  return cli::explain(error, session.server());
}

cli::Task<Installation> find(Session& session, const DoctorFlags* flags) {
  auto config = flags->config_file.empty() ? co_await find_config(session.api(), flags->access.namespace_name)
                                           : serve::load_config(flags->config_file);
  if (!config) {
    if (!flags->config_file.empty()) co_return cli::failed(Exit::usage, cli::safe(config.error().message()));
    co_return std::unexpected(not_found(session, config.error()));
  }
  co_return Installation{.config = std::move(*config), .version = flags->access.version};
}

// In the order in which the checks build on each other.
asio::awaitable<Report> examine(kube::Api& api, Installation* installation) {
  Report report;
  installation->replicas = co_await kube::list_leases(api, installation->config.namespace_name);
  installation->policies = co_await read_policies(api);
  co_await check_gate(api, installation, &report);
  check_replicas(api, *installation, report);
  co_await check_cluster(api, installation, &report);
  co_await check_agents(api, installation, &report);
  check_calls(*installation, report);
  co_return report;
}

asio::awaitable<Report> examine_within(kube::Api& api, Installation* installation, Duration within) {
  const auto until = api.clock().steady() + within;
  for (;;) {
    auto report = co_await examine(api, installation);
    if (report.count(Mark::fault) == 0 || api.clock().steady() + kAgainAfter > until) co_return report;
    asio::steady_timer again(co_await asio::this_coro::executor, kAgainAfter);
    co_await again.async_wait(asio::use_awaitable);
  }
}

std::string describe(const Installation& installation, const Session& session) {
  const auto replicas = installation.replicas ? installation.replicas->size() : 0;
  return "Sallyport in namespace " + installation.config.namespace_name + ": " + cli::count_words(replicas, "replica") +
         ", " + cli::count_words(installation.config.agents.size(), "agent") + "; " + session.server().url;
}

cli::Task<Exit> doctor(Session& session, const DoctorFlags* flags) {
  auto found = co_await find(session, flags);
  if (!found) co_return std::unexpected(found.error());
  const auto report = co_await examine_within(session.api(), &*found, std::chrono::seconds(flags->within));
  cli::print(flags->output == "json" ? as_json(report)
                                     : screen(report, describe(*found, session), cli::page_for(flags->access)));
  co_return report.count(Mark::fault) == 0 ? Exit::done : Exit::refused;
}

}  // namespace

void add_commands(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<DoctorFlags>();
  auto* const command = app.add_subcommand(
      "doctor",
      "Look at an installation, and say what is wrong with it and what to do: the gate, the replicas, the ways "
      "around that each agent has");
  command->group(cli::kInstallationCommands);
  command
      ->add_option("--config", flags->config_file,
                   "The configuration that `serve` runs with, where it is no ConfigMap of the chart's")
      ->type_name("FILE");
  command->add_option("--within", flags->within, "Repeat the checks for up to SECONDS, until there is no fault")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 3600));
  cli::add_output(*command, flags->output, {"text", "json"}, "text or json");
  cli::add_access(*command, flags->access, registry);
  command->footer(
      "It finds the installation by itself; -n says which, where there are several. It reads, asks the API server what "
      "others may do, and makes a policy as a dry run: nothing changes. What you may not read is a warning.\n\n"
      "Exit codes: 0 no fault (there may be warnings), 1 a fault, or it may not be looked at, 2 wrong usage, 4 the API "
      "server cannot be reached or "
      "does not let you in.");
  command->callback([flags, &chosen = registry.chosen] {
    chosen = [flags] {
      return cli::run(flags->access, [flags](Session& session) { return doctor(session, flags.get()); });
    };
  });
}

}  // namespace sallyport::doctor
