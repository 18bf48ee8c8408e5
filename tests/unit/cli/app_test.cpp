#include "cli/app.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/complete.hpp"

namespace sallyport::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using Of = Completion::Of;

struct AppTest : testing::Test {
  AppTest() { add_commands(app, {program_of("/usr/bin/kubectl-sallyport", "1.2.3"), machine, chosen}, nullptr); }

  SystemClock clock;
  SystemRandom random;
  Machine machine{clock, random};
  CLI::App app;
  Chosen chosen;
};

TEST(Program, KnowsHowItWasCalled) {
  EXPECT_EQ(program_of("/usr/bin/kubectl-sallyport", "1").name, "kubectl sallyport");
  EXPECT_EQ(program_of("./sallyport", "1").name, "sallyport");
}

TEST_F(AppTest, EveryCommandDocumentsItsExitCodes) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_group().empty() || command->get_name() == "completion") continue;
    if (command->get_name() == "check" || command->get_name() == "ask") continue;  // their codes say more
    if (!command->get_subcommands({}).empty()) continue;                           // each of these has its own
    EXPECT_THAT(command->help(),
                testing::HasSubstr("Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 timed "
                                   "out, 4 the API server"));
  }
}

TEST_F(AppTest, CompletesCommandsOfCommandsAndFiles) {
  EXPECT_THAT(complete(app, {"policy", ""}).words, Contains("test"));
  EXPECT_EQ(complete(app, {"policy", "test", "x"}).of, Of::files);
  EXPECT_EQ(complete(app, {"policy", "test", "policies", "--junit", ""}).of, Of::files);
  EXPECT_THAT(complete(app, {"policy", "test", "-o", ""}).words, ElementsAre("text", "json"));
}

TEST_F(AppTest, CompletesCommandsOptionsAndWords) {
  const auto commands = complete(app, {""});
  EXPECT_EQ(commands.of, Of::words);
  EXPECT_THAT(commands.words, Contains("approve"));
  EXPECT_THAT(commands.words, Not(Contains("__docs")));
  EXPECT_THAT(complete(app, {"show", "--"}).words, Contains("--namespace"));
  EXPECT_THAT(complete(app, {"show", "--"}).words, Not(Contains("--as")));
  EXPECT_THAT(complete(app, {"list", "-o", "j"}).words, ElementsAre("table", "wide", "json", "yaml", "name"));
  EXPECT_THAT(complete(app, {"wait", "x", "--for", ""}).words, ElementsAre("approved", "decided", "used"));
  EXPECT_THAT(complete(app, {"completion", ""}).words, ElementsAre("bash", "zsh", "fish"));
  EXPECT_EQ(complete(app, {"nonsense", ""}).of, Of::nothing);
  EXPECT_EQ(complete(app, {"approve", "-m", ""}).of, Of::nothing);
  EXPECT_EQ(complete(app, {"approve", "x", ""}).of, Of::names);  // one more
  EXPECT_EQ(complete(app, {"show", "x", ""}).of, Of::nothing);
  EXPECT_THAT(complete(app, {"list", "--state", ""}).words, Contains("pending"));
  EXPECT_THAT(complete(app, {"list", "--sort", ""}).words, Contains("oldest"));
  EXPECT_EQ(complete(app, {}).of, Of::words);
}

TEST_F(AppTest, CompletesNamesWhereTheWordsBeforePoint) {
  const auto names = complete(app, {"approve", "-y", "-n", "shop", "--context=prod", "--kubeconfig", "f", "pro"});
  EXPECT_EQ(names.of, Of::names);
  EXPECT_EQ(names.state, "Pending");
  EXPECT_EQ(names.typed, "pro");
  EXPECT_EQ(names.namespace_name, "shop");
  EXPECT_EQ(names.context, "prod");
  EXPECT_EQ(names.kubeconfig, "f");
  const auto as_bash_splits = complete(app, {"approve", "--context", "=", "prod", "pro"});
  EXPECT_EQ(as_bash_splits.of, Of::names);
  EXPECT_EQ(as_bash_splits.context, "prod");
  EXPECT_EQ(complete(app, {"revoke", ""}).state, "Approved");
  EXPECT_EQ(complete(app, {"show", ""}).state, "");
  EXPECT_EQ(complete(app, {"list", "-n", ""}).of, Of::namespaces);
  EXPECT_EQ(complete(app, {"list", "--context", ""}).of, Of::contexts);
  EXPECT_EQ(complete(app, {"list", "--kubeconfig", ""}).of, Of::files);
  EXPECT_EQ(complete(app, {"list", "--agent", ""}).of, Of::agents);
  EXPECT_EQ(complete(app, {"approve", "--agent", ""}).of, Of::agents);
  EXPECT_EQ(complete(app, {"list", ""}).of, Of::nothing);
}

TEST_F(AppTest, DecidesWhatIsNamedOrSelectedNotBoth) {
  const auto why = [this](const std::string& line) -> std::string {
    CLI::App fresh;
    add_commands(fresh, {program_of("sallyport", "1.2.3"), machine, chosen}, nullptr);
    try {
      fresh.parse(line);
      return "";
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(why("approve a b c"), "");
  EXPECT_EQ(why("deny --older-than 10m -l agent=deployer"), "");
  EXPECT_EQ(why("approve --agent deployer --yes-to 12"), "");
  EXPECT_THAT(why("approve"), testing::HasSubstr("NAME, --plan, --agent or --older-than"));
  EXPECT_THAT(why("approve a --agent deployer"), testing::HasSubstr("NAME excludes --plan, --agent and --older-than"));
  EXPECT_THAT(why("approve a -y --yes-to 1"), testing::HasSubstr("excludes"));
  EXPECT_THAT(why("approve a --yes-to x"), testing::HasSubstr("x"));
}

TEST(WordsToComplete, AreAskedForByAShellOrByKubectl) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_to_complete("sallyport", {"__complete", "list", ""}), (Words{"list", ""}));
  EXPECT_EQ(words_to_complete("/bin/kubectl_complete-sallyport", {"list", ""}), (Words{"list", ""}));
  EXPECT_EQ(words_to_complete("sallyport", {"list"}), std::nullopt);
}

}  // namespace
}  // namespace sallyport::cli
