#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "controllers/runner.hpp"
#include "json/json.hpp"
#include "seams/memory.hpp"
#include "unit/kube/fake_api_server.hpp"

namespace sallyport::controllers {

// A controller's surroundings: a runner in virtual time, a journal in memory, and an API server whose answers a test
// names by "METHOD /path" (without the query). What it does not name is 404.
struct ApiFixture : testing::Test {
  using Answer = kube::FakeApiServer::Answer;
  using Call = kube::FakeApiServer::Call;

  ApiFixture() { clock.advance(std::chrono::seconds(1)); }  // at zero nothing was ever proven
  // Before the members of a test go, which the loops refer to.
  void TearDown() override {
    runner.stop();
    const bool all = until([this] { return ended(); });
    EXPECT_TRUE(all) << "a loop does not end";
  }

  Answer answer(const Call& call) {
    const auto method = call.head.find(' ');
    const auto path = call.head.substr(0, call.head.find_first_of(" ?", method + 1));
    const auto found = answers.find(path);
    if (found == answers.end()) return {.status = 404, .body = "{}", .headers = {}};
    return found->second(call);
  }
  static Answer ok(const json::Value& body) { return {.body = json::write(body), .headers = {}}; }
  static json::Value parsed(std::string_view text) {
    auto value = json::parse(text);
    EXPECT_TRUE(value) << text;
    return value.value_or(json::Value());
  }
  void give(const std::string& what, std::string_view body) {
    answers[what] = [body = parsed(body)](const Call&) { return ok(body); };
  }
  void fail_with(const std::string& what, int status) {
    answers[what] = [status](const Call&) { return Answer{.status = status, .body = "{}", .headers = {}}; };
  }

  // Runs what is under way, in real time, until the condition holds.
  bool until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.poll();
      clock.settle();
      if (!holds()) io.run_one_for(std::chrono::milliseconds(5));
    }
    return holds();
  }
  std::size_t calls(std::string_view start) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(server.calls(), [&](const Call& call) { return call.is(start); }));
  }

  bool ended() {
    bool all = false;
    boost::asio::co_spawn(io, runner.ended({}), [&](const std::exception_ptr&, bool done) { all = done; });
    clock.settle();
    return all;
  }

  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  seams::MemoryJournal journal{clock};
  Runner runner{io.get_executor(), clock};
  std::map<std::string, std::function<Answer(const Call&)>> answers;
  kube::FakeApiServer server{io, [this](const Call& call) { return answer(call); }};
  seams::MemoryRandom random;
  std::unique_ptr<kube::Api> api = server.make_api({io.get_executor(), clock, random});
};

}  // namespace sallyport::controllers
