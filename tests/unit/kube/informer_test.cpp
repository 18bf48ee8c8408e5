#include "kube/informer.hpp"

#include <gmock/gmock.h>

#include "fake_api_server.hpp"
#include "json/json.hpp"

namespace sallyport::kube {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::ElementsAre;
using Answer = FakeApiServer::Answer;
using Call = FakeApiServer::Call;

// Writes down what it is told: "+a" added, "~a" modified, "-a" deleted, "=7" synced, "!" restored.
struct Notes final : Observer {
  void on_added(json::Value object) override { told.push_back("+" + name(object)); }
  void on_modified(json::Value object) override { told.push_back("~" + name(object)); }
  void on_deleted(const ObjectId& object) override { told.push_back("-" + object.name); }
  void on_synced(std::uint64_t version) override { told.push_back("=" + std::to_string(version)); }
  void on_restored(const std::string&) override { told.emplace_back("!"); }
  void on_trouble(const Error& error) override { troubles.push_back(error.message()); }

  static std::string name(const json::Value& object) { return std::string(object["metadata"]["name"].text()); }
  std::vector<std::string> take() { return std::exchange(told, {}); }

  std::vector<std::string> told;
  std::vector<std::string> troubles;
};

std::string object(std::string_view name, int version, std::string_view uid = {}) {
  return fmt::format(R"({{"metadata":{{"namespace":"n","name":"{}","uid":"{}","resourceVersion":"{}"}}}})", name,
                     uid.empty() ? name : uid, version);
}

std::string event(std::string_view type, std::string_view about) {
  return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, about);
}

std::string list(int version, const std::vector<std::string>& items, std::string_view more = {}) {
  return fmt::format(R"({{"kind":"ThingList","metadata":{{"resourceVersion":"{}","continue":"{}"}},"items":[{}]}})",
                     version, more, fmt::join(items, ","));
}

// A store with a list and a watch; tests change the store and feed the watch, together or not.
struct InformerTest : testing::Test {
  void SetUp() override {
    api = server.make_api(io.get_executor(), {}, held.worker());
    informer = std::make_unique<Informer>(io.get_executor(), *api, Informer::Settings{kNamespaces, 2}, notes);
    boost::asio::co_spawn(io, informer->run(), [this](std::exception_ptr) { ended = true; });
  }
  void TearDown() override {
    held.let_go();
    informer->stop();
    EXPECT_TRUE(run_until(io, [this] { return ended; }));
  }

  Answer handle(const Call& call) {
    if (call.has("watch=true")) {
      if (watch_status != 200) return {.status = watch_status, .body = R"({"reason":"Expired"})", .headers = {}};
      return {.kind = Answer::Kind::stream, .body = {}, .headers = {}};
    }
    if (call.has("PartialObjectMetadataList")) ++confirms;
    if (!answer_instead.empty()) return {.body = answer_instead, .headers = {}};
    if (list_status != 200) return {.status = list_status, .body = {}, .headers = {}};
    if (items.size() > 2 && !call.has("continue="))
      return {.body = list(version, {items[0], items[1]}, "more"), .headers = {}};
    if (call.has("continue=more")) return {.body = list(version, {items.begin() + 2, items.end()}), .headers = {}};
    return {.body = list(version, items), .headers = {}};
  }
  bool synced_and_watching() {
    return run_until(io, [this] { return informer->confirmed_at() != Duration{} && server.open_streams() == 1; });
  }
  std::size_t lists() const {
    return std::ranges::count_if(server.calls(),
                                 [](const Call& call) { return call.is("GET /api/v1/namespaces?limit"); });
  }

  boost::asio::io_context io;
  int version = 10;
  int list_status = 200;
  int watch_status = 200;
  int confirms = 0;
  std::string answer_instead;
  std::vector<std::string> items;
  Notes notes;
  bool ended = false;
  FakeApiServer server{io, [this](const Call& call) { return handle(call); }};
  HeldWorker held;
  std::unique_ptr<Api> api;
  std::unique_ptr<Informer> informer;
};

TEST_F(InformerTest, ListsInPagesAndWatchesFromThere) {
  items = {object("a", 3), object("b", 5), object("c", 9)};
  ASSERT_TRUE(synced_and_watching());
  EXPECT_THAT(notes.take(), ElementsAre("+a", "+b", "+c", "=10"));
  EXPECT_TRUE(server.calls()[0].is("GET /api/v1/namespaces?limit=2 "));
  EXPECT_TRUE(server.calls()[1].is("GET /api/v1/namespaces?limit=2&continue=more "));
  EXPECT_TRUE(server.calls()[2].has("watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds="));

  server.feed(event("ADDED", object("d", 11)) + event("MODIFIED", object("a", 12)));
  server.feed(event("DELETED", object("b", 13)).substr(0, 20));
  server.feed(event("DELETED", object("b", 13)).substr(20));
  ASSERT_TRUE(run_until(io, [this] { return notes.told.size() == 3; }));
  EXPECT_THAT(notes.take(), ElementsAre("+d", "~a", "-b"));
}

TEST_F(InformerTest, AnEndedWatchGoesOnFromTheLastBookmark) {
  ASSERT_TRUE(synced_and_watching());
  server.feed(event("BOOKMARK", R"({"metadata":{"resourceVersion":"40"}})"));
  io.restart();
  io.run_for(50ms);
  server.end_streams();
  ASSERT_TRUE(run_until(io, [this] { return server.open_streams() == 1; }));
  EXPECT_TRUE(server.calls().back().has("resourceVersion=40&"));
  EXPECT_EQ(lists(), 1u);
}

TEST_F(InformerTest, WhatWasHeardAlreadyIsNotToldAgain) {
  items = {object("a", 3)};
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  server.feed(event("ADDED", object("a", 3)) + event("MODIFIED", object("a", 2)) + event("DELETED", object("a", 1)) +
              event("ADDED", object("b", 11)));
  ASSERT_TRUE(run_until(io, [this] { return !notes.told.empty(); }));
  EXPECT_THAT(notes.take(), ElementsAre("+b"));
}

TEST_F(InformerTest, AnotherObjectOfTheSameNameIsADeletionAndAnAddition) {
  items = {object("a", 3, "uid-1")};
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  server.feed(event("ADDED", object("a", 11, "uid-2")));
  ASSERT_TRUE(run_until(io, [this] { return notes.told.size() == 2; }));
  EXPECT_THAT(notes.take(), ElementsAre("-a", "+a"));
}

TEST_F(InformerTest, AnExpiredVersionIsListedAgain) {
  items = {object("a", 3), object("b", 4)};
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  version = 30;
  items = {object("b", 20), object("c", 21)};
  server.feed(event("ERROR", R"({"kind":"Status","code":410,"reason":"Expired"})"));
  ASSERT_TRUE(run_until(io, [this] { return notes.told.size() == 4; }));
  EXPECT_THAT(notes.take(), ElementsAre("~b", "+c", "-a", "=30"));
  EXPECT_THAT(notes.troubles, ElementsAre());
}

TEST_F(InformerTest, ABrokenEventIsListedAgain) {
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  version = 12;
  items = {object("a", 12)};
  server.feed("{\"type\":\"ADDED\",\"object\":\n");
  ASSERT_TRUE(run_until(io, [this] { return notes.told.size() == 2; }));
  EXPECT_THAT(notes.take(), ElementsAre("+a", "=12"));
  EXPECT_EQ(notes.troubles.size(), 1u);
}

TEST_F(InformerTest, FailuresAreTriedAgainUntilTheyPass) {
  list_status = 500;
  ASSERT_TRUE(run_until(io, [this] { return notes.troubles.size() == 2; }));
  EXPECT_EQ(informer->confirmed_at(), Duration{});
  const auto early = run(io, informer->confirm());
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code(), ErrorCode::unavailable);
  list_status = 200;
  watch_status = 503;
  ASSERT_TRUE(run_until(io, [this] { return notes.troubles.size() >= 4; }));
  watch_status = 200;
  ASSERT_TRUE(synced_and_watching());
}

TEST_F(InformerTest, AnAnswerThatIsNoListEmptiesNothing) {
  items = {object("a", 3)};
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  answer_instead = R"({"kind":"Status","status":"Success"})";
  EXPECT_FALSE(run(io, informer->confirm()));
  server.feed(event("ERROR", R"({"kind":"Status","code":410,"reason":"Expired"})"));
  ASSERT_TRUE(run_until(io, [this] { return !notes.troubles.empty(); }));
  EXPECT_THAT(notes.take(), ElementsAre());
  answer_instead.clear();
  ASSERT_TRUE(run_until(io, [this] { return !notes.told.empty(); }));
  EXPECT_THAT(notes.take(), ElementsAre("=10"));
}

TEST_F(InformerTest, ConfirmProvesWhatTheWatchHasBrought) {
  items = {object("a", 3), object("b", 4), object("c", 5)};
  ASSERT_TRUE(synced_and_watching());
  const Duration listed_at = informer->confirmed_at();
  version = 50;  // other collections move on
  const auto confirmed = run(io, informer->confirm());
  ASSERT_TRUE(confirmed) << confirmed.error().message();
  EXPECT_GT(*confirmed, listed_at);
  EXPECT_EQ(*confirmed, informer->confirmed_at());
  EXPECT_EQ(confirms, 2);
  EXPECT_EQ(lists(), 2u + 2u);
}

TEST_F(InformerTest, ConfirmNoticesAStalledWatch) {
  items = {object("a", 3), object("b", 4)};
  ASSERT_TRUE(synced_and_watching());
  const struct {
    std::vector<std::string> now;
    std::vector<std::string> told;
  } cases[] = {
      {{object("a", 21), object("b", 4)}, {"~a", "=21"}},
      {{object("b", 4)}, {"-a", "=22"}},
      {{object("b", 4), object("d", 23)}, {"+d", "=23"}},
      {{object("b", 24, "another"), object("d", 23)}, {"-b", "+b", "=24"}},
  };
  version = 20;
  for (const auto& c : cases) {  // none of it is told by the watch
    notes.take();
    ++version;
    items = c.now;
    const Duration before = informer->confirmed_at();
    const auto confirmed = run(io, informer->confirm());
    ASSERT_TRUE(confirmed) << confirmed.error().message();
    EXPECT_GT(*confirmed, before);
    EXPECT_EQ(notes.take(), c.told);
  }
  EXPECT_EQ(run_until(io, [this] { return server.calls().back().has("watch=true"); }), true);
  EXPECT_TRUE(server.calls().back().has("resourceVersion=24&"));
}

TEST_F(InformerTest, ConfirmSeesThatTheStoreWasRestored) {
  items = {object("a", 3)};
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  version = 2;  // below what was seen: even if all names were equal, the past is another one
  items = {object("a", 1)};
  ASSERT_TRUE(run(io, informer->confirm()));
  EXPECT_THAT(notes.take(), ElementsAre("!", "~a", "=2"));
}

TEST_F(InformerTest, AnObjectOlderThanItWasShowsARestoredStoreAsWell) {
  items = {object("a", 7), object("b", 4)};
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  version = 60;  // it has been written to since
  items = {object("a", 3), object("b", 4)};
  ASSERT_TRUE(run(io, informer->confirm()));
  EXPECT_THAT(notes.take(), ElementsAre("!", "~a", "=60"));
}

TEST_F(InformerTest, ConfirmFailsWhereTheServerDoes) {
  ASSERT_TRUE(synced_and_watching());
  const Duration before = informer->confirmed_at();
  list_status = 500;
  EXPECT_FALSE(run(io, informer->confirm()));
  EXPECT_EQ(informer->confirmed_at(), before);
}

TEST_F(InformerTest, LargeEventsAreParsedByTheWorkerAndToldInTheirOrder) {
  ASSERT_TRUE(synced_and_watching());
  notes.take();
  std::string large = object("large", 11);
  large.insert(large.size() - 1, ",\"text\":\"" + std::string(Worker::kWorthTheWay, 'x') + "\"");
  server.feed(event("ADDED", large) + event("ADDED", object("b", 12)));
  server.feed(event("MODIFIED", object("large", 13)));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(run(io, api->send(get("/small"))));  // the engine's thread is free
  EXPECT_THAT(notes.told, ElementsAre());
  held.let_go();
  ASSERT_TRUE(run_until(io, [this] { return notes.told.size() == 3; }));
  EXPECT_THAT(notes.take(), ElementsAre("+large", "+b", "~large"));
}

TEST_F(InformerTest, WhatIsFollowedMayBeANamespaceAndAName) {
  Informer one(io.get_executor(), *api, {kApprovalRequests, 7, "n", "metadata.name=a"}, notes);
  bool one_ended = false;
  boost::asio::co_spawn(io, one.run(), [&one_ended](std::exception_ptr) { one_ended = true; });
  ASSERT_TRUE(run_until(io, [&] { return server.open_streams() == 2; }));
  const auto path = "GET /apis/sallyport.dev/v1alpha1/namespaces/n/approvalrequests?"s;
  const auto has = [&](const std::string& start, std::string_view part) {
    return std::ranges::any_of(server.calls(), [&](const Call& call) { return call.is(start) && call.has(part); });
  };
  EXPECT_TRUE(has(path + "limit=7", "&fieldSelector=metadata.name%3Da "));
  EXPECT_TRUE(has(path + "watch=true", "&fieldSelector=metadata.name%3Da "));
  one.stop();
  EXPECT_TRUE(run_until(io, [&] { return one_ended; }));
}

// A store of so many objects, in pages of what was asked for.
struct ManyKept : testing::Test {
  static constexpr std::size_t kKept = 3000;

  Answer handle(const Call& call) {
    if (call.has("watch=true")) return {.kind = Answer::Kind::stream, .body = {}, .headers = {}};
    const auto number_after = [&call](std::string_view word) {
      const auto at = call.head.find(word);
      return at == std::string::npos ? 0 : std::stoul(call.head.substr(at + word.size()));
    };
    const auto from = number_after("continue="), to = std::min(kKept, from + number_after("limit="));
    std::vector<std::string> page;
    for (auto i = from; i < to; ++i) page.push_back(object("r" + std::to_string(i), static_cast<int>(i) + 1));
    return {.body = list(version, page, to == kKept ? "" : std::to_string(to)), .headers = {}};
  }
  void SetUp() override {
    boost::asio::co_spawn(io, informer.run(), [this](std::exception_ptr) { ended = true; });
    ASSERT_TRUE(run_until(io, [this] { return server.open_streams() == 1; }));
    notes.take();
  }
  void TearDown() override {
    informer.stop();
    EXPECT_TRUE(run_until(io, [this] { return ended; }));
  }
  std::size_t calls_of(boost::asio::awaitable<Result<bool>> work, bool expected) {
    const auto before = server.calls().size();
    const auto confirmed = run(io, std::move(work));
    EXPECT_TRUE(confirmed) << confirmed.error().message();
    EXPECT_EQ(confirmed.value_or(!expected), expected);
    return server.calls().size() - before;
  }

  boost::asio::io_context io;
  int version = 9000;
  Notes notes;
  bool ended = false;
  FakeApiServer server{io, [this](const Call& call) { return handle(call); }};
  std::unique_ptr<Api> api = server.make_api(io.get_executor());
  Informer informer{io.get_executor(), *api, {kApprovalRequests, 50}, notes};
};

TEST_F(ManyKept, AreConfirmedInPagesOfNamesWhateverTheSizeOfObjects) {
  const auto before = server.calls().size();
  ASSERT_TRUE(run(io, informer.confirm()));
  EXPECT_EQ(server.calls().size() - before, kKept / 500);
}

TEST_F(ManyKept, CostOneCallWhileTheLastProofIsYoungEnough) {
  const auto proven = informer.confirmed_at();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(calls_of(informer.confirm_if_older(1h), false), 1u);
  EXPECT_TRUE(server.calls().back().has("?limit=1 ") && server.calls().back().has("PartialObjectMetadataList"));
  EXPECT_EQ(informer.confirmed_at(), proven);
  EXPECT_EQ(calls_of(informer.confirm_if_older(0s), true), kKept / 500);
  EXPECT_GT(informer.confirmed_at(), proven);
}

TEST_F(ManyKept, ShowARestoredStoreByTheOneCall) {
  version = 8000;
  (void)calls_of(informer.confirm_if_older(1h), true);
  EXPECT_THAT(notes.take(), testing::Contains("!"));
}

}  // namespace
}  // namespace sallyport::kube
