#include "sink/commands.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "sink/forward.hpp"

namespace sallyport::sink {
namespace {

constexpr int kUsageError = 2;

struct ForwardFlags {
  std::string log_dir;
  std::string config_file;
  std::string sink;
  std::string cursor_dir;
  bool follow = false;
};

Result<Settings> find_sink(const ForwardFlags& flags, ReadSinks read_sinks) {
  const auto sinks = read_sinks(flags.config_file);
  if (!sinks) return fail(sinks.error());
  const auto is_meant = [&](const Settings& sink) { return flags.sink.empty() || sink.name == flags.sink; };
  if (std::ranges::count_if(*sinks, is_meant) != 1) {
    return fail(ErrorCode::bad_input, flags.config_file + ": " +
                                          (flags.sink.empty() ? "log.sinks must have one sink, or --sink say which"
                                                              : "log.sinks has none called " + flags.sink));
  }
  return *std::ranges::find_if(*sinks, is_meant);
}

int log_forward(const ForwardFlags& flags, ReadSinks read_sinks, const Machine& machine) {
  auto sink = find_sink(flags, read_sinks);
  if (!sink) {
    std::fprintf(stderr, "sallyport: %s\n", sink.error().message().c_str());
    return kUsageError;
  }
  return forward({flags.log_dir, flags.cursor_dir, std::move(*sink), flags.follow}, machine);
}

}  // namespace

void add_forward(CLI::App& log, const Registry& registry, ReadSinks read_sinks) {
  const auto flags = std::make_shared<ForwardFlags>();
  auto* const command = log.add_subcommand("forward", "Deliver logs to where others are: a SIEM, an archive");
  command->add_option("dir", flags->log_dir, "A directory with logs (*.jsonl, *.jsonl.gz)")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--config", flags->config_file,
                   "The configuration that has the sink under log.sinks (docs/sinks.md)")
      ->required()
      ->type_name("FILE");
  command->add_option("--sink", flags->sink, "The sink's name; may be left out where there is only one");
  command
      ->add_option("--cursors", flags->cursor_dir,
                   "Directory in which to keep what has been delivered. Not one that a replica writes to")
      ->required()
      ->type_name("DIR");
  command->add_flag("--follow", flags->follow, "Go on with what comes, until it is stopped");
  command->footer("Exit codes: 0 all is delivered, 1 not all, 2 wrong usage.");
  command->callback([flags, read_sinks, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [flags, read_sinks, &machine] { return log_forward(*flags, read_sinks, machine); };
  });
}

}  // namespace sallyport::sink
