// sallyport keys backup and restore: what a person does, so that the keys outlive their Secrets.
#include <iostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/files.hpp"
#include "cli/commands.hpp"
#include "keys/commands.hpp"
#include "keys/new_file.hpp"
#include "keys/secrets.hpp"

namespace sallyport::cli {
namespace {

constexpr auto kDefaultNamespace = "sallyport-system";

struct KeysFlags {
  Access access;
  keys::Place place;
  std::string file;
  bool yes = false;
};

Outcome<void> write_backup_to(const std::string& file, const Secret& backup) {
  if (file == "-") {
    print(std::string(backup.reveal()));
    return {};
  }
  const auto written = keys::write_new_file(file, backup);
  if (!written) return failed(Exit::refused, safe(written.error().message()));
  return {};
}

Task<Exit> backup(Session& session, const KeysFlags* flags) {
  if (const auto local = co_await keys::check_core_api(session.api()); !local) {
    co_return std::unexpected(explain(local.error(), session.server()));
  }
  const auto found = co_await keys::read_secrets(session.api(), flags->place);
  if (!found) co_return std::unexpected(explain(found.error(), session.server()));
  if (!found->contains(keys::kSealKey)) {
    co_return failed(Exit::refused, flags->place.words(flags->place.secret_of(keys::kSealKey)) +
                                        " is not there; is Sallyport in another namespace (-n), or under another name "
                                        "(--name)?");
  }
  for (const auto& [name, key] : *found) {
    if (const auto sound = keys::check_key(name, key); !sound) {
      co_return failed(Exit::refused, safe(flags->place.words(flags->place.secret_of(name)) +
                                           " holds no key: " + sound.error().message()));
    }
  }
  const auto written = write_backup_to(flags->file, Secret(keys::write_backup(*found)));
  if (!written) co_return std::unexpected(written.error());
  if (flags->file == "-") co_return Exit::done;
  for (const auto& [name, key] : *found) print(name + " " + keys::fingerprint(key) + " is in " + flags->file + "\n");
  print(
      "Whoever has this file can forge approvals and the log. Keep it where nobody reads it, and not in this "
      "cluster.\n");
  co_return Exit::done;
}

// What would be written where, for people; "": all of it is there already.
std::string plan(const KeysFlags& flags, const keys::Material& saved, const keys::Material& stands) {
  std::string text;
  for (const auto& [name, key] : saved) {
    const auto where = flags.place.words(flags.place.secret_of(name)) + ": " + name + " ";
    const auto found = stands.find(name);
    const bool there = found != stands.end();
    if (there && equal_in_constant_time(found->second.reveal(), key.reveal())) continue;
    const auto state = !there                  ? " (the Secret is gone)"
                       : found->second.empty() ? " (the Secret holds none)"
                                               : " in place of " + keys::fingerprint(found->second) +
                                                     ", and what was sealed or signed with that one is then of "
                                                     "another key";
    text += "  " + where + keys::fingerprint(key) + state + "\n";
  }
  return text;
}

Outcome<bool> is_sure(const KeysFlags& flags) {
  if (flags.yes) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    return failed(Exit::usage, "stdin is no terminal, so nobody can be asked; in scripts, add --yes");
  }
  print("Write this? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

Task<Exit> restore(Session& session, const KeysFlags* flags) {
  auto text = read_file(flags->file);
  if (!text) co_return failed(Exit::usage, safe(text.error().message()));
  const auto saved = keys::read_backup(Secret(*text));
  if (!saved) co_return failed(Exit::usage, safe(flags->file + ": " + saved.error().message()));
  if (const auto local = co_await keys::check_core_api(session.api()); !local) {
    co_return std::unexpected(explain(local.error(), session.server()));
  }
  const auto stands = co_await keys::read_secrets(session.api(), flags->place);
  if (!stands) co_return std::unexpected(explain(stands.error(), session.server()));
  const auto due = plan(*flags, *saved, *stands);
  if (due.empty()) {
    print("all keys of " + flags->file + " are there: nothing to do\n");
    co_return Exit::done;
  }
  print("At " + safe(session.server().url) + "\n" + due);
  const auto sure = is_sure(*flags);
  if (!sure) co_return std::unexpected(sure.error());
  if (!*sure) co_return failed(Exit::refused, "nothing was written");
  for (const auto& [name, key] : *saved) {
    const auto found = stands->find(name);
    if (found != stands->end() && equal_in_constant_time(found->second.reveal(), key.reveal())) continue;
    const auto written = co_await keys::write_secret(session.api(), flags->place, name, &key);
    if (!written) co_return std::unexpected(explain(written.error(), session.server()));
    print(flags->place.words(flags->place.secret_of(name)) + " is written\n");
  }
  print("Pods have it within two minutes. The metric sallyport_keys_missing is 0 then.\n");
  co_return Exit::done;
}

using Command = Task<Exit> (*)(Session&, const KeysFlags*);

CLI::App* add(CLI::App& app, const Registry& registry, const char* name, const char* description,
              const std::shared_ptr<KeysFlags>& flags, Command command) {
  auto* const added = app.add_subcommand(name, description);
  added->add_option("--name", flags->place.name, "What Sallyport's objects begin with")->capture_default_str();
  add_access(*added, flags->access, registry);
  added->callback([flags, command, &chosen = registry.chosen] {
    if (flags->access.namespace_name.empty()) flags->access.namespace_name = kDefaultNamespace;
    flags->place.namespace_name = flags->access.namespace_name;
    chosen = [flags, command] {
      return run(flags->access, [&](Session& session) { return command(session, flags.get()); });
    };
  });
  return added;
}

}  // namespace

void add_keys(CLI::App& app, const Registry& registry) {
  auto* const command = app.add_subcommand("keys", "Make, keep and put back the keys of seals and of the log");
  command->group(kKeysCommands);
  command->require_subcommand(1);
  keys::add_create(*command, registry);
  auto flags = std::make_shared<KeysFlags>();
  add(*command, registry, "backup", "Keep a copy of the keys outside the cluster", flags, backup)
      ->add_option("--to", flags->file, "The file, which must not exist yet; - for standard output")
      ->required()
      ->type_name("FILE");
  flags = std::make_shared<KeysFlags>();
  auto* const put_back =
      add(*command, registry, "restore", "Put the keys of a backup back, after showing where", flags, restore);
  put_back->add_option("--from", flags->file, "The file that keys backup has written")->required()->type_name("FILE");
  put_back->add_flag("-y,--yes", flags->yes, "Do not ask; for scripts");
}

}  // namespace sallyport::cli
