#include "contract/seams_contract.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gtest/gtest.h>

#include "base/crypto.hpp"

namespace sallyport::contract {
namespace {

using engine::Awaitable;
using model::ApprovalRequest;
using model::LogPosition;
using model::RequestKey;
using namespace std::chrono_literals;

class Contract : public testing::Test {
 protected:
  Contract() : seams_(make_seams()) {}

  // No two tests, and no two runs, share a request.
  RequestKey new_key() {
    const auto random = random_secret(8);
    const auto bytes = random.reveal();
    return {seams_->namespace_name(),
            "contract-" + hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()})};
  }

  static model::RequestSpec spec() {
    model::RequestSpec spec;
    spec.requester = {{"system:serviceaccount:agents:deployer", "uid-1", {"system:serviceaccounts"}, "", "", ""},
                      "deployer"};
    spec.reason = "roll out the fix";
    spec.action.summary = "UPDATE deployments.apps/api: image 1 -> 2";
    spec.action.digest = "sha256:" + std::string(64, 'a');
    spec.action.kubernetes()->operation = model::Operation::update;
    spec.action.kubernetes()->target = {{"apps", "v1", "deployments", ""}, "prod", "api", "uid-2"};
    spec.action.changes = {{"spec.template.spec.containers[0].image", "api:1", "api:2", false, false},
                           {"metadata.labels['a.b/c']", std::nullopt, "x", false, false}};
    model::PolicyCopy policy;
    policy.ref = {"ApprovalPolicy", "prod", "promote-image", "uid-3", 3};
    policy.approval.requirements = {{"owner", 1, {{model::Approver::Kind::group, "oncall"}}}};
    spec.policies = {policy};
    spec.expires_at = Instant(std::chrono::microseconds(1'900'000'000'123'456));
    spec.seal = std::string(64, 'b');
    return spec;
  }

  Result<ApprovalRequest> create(const RequestKey& key) {
    return seams_->get<ApprovalRequest>([&] { return seams_->cluster().create_request(key, spec()); });
  }
  Result<ApprovalRequest> read(const RequestKey& key) {
    return seams_->get<ApprovalRequest>([&] { return seams_->cluster().read_request(key); });
  }
  Result<ApprovalRequest> replace(const ApprovalRequest& base, const model::RequestStatus& status) {
    return seams_->get<ApprovalRequest>([&] { return seams_->cluster().replace_status(base, status); });
  }

  Result<void> erase(const ApprovalRequest& base) {
    return seams_->get<void>([&] { return seams_->cluster().delete_request(base); });
  }

  static model::RequestStatus fenced(const ApprovalRequest& base, std::string fence) {
    auto status = base.status;
    status.fence = std::move(fence);
    return status;
  }

  std::unique_ptr<Seams> seams_;
};

TEST_F(Contract, WhatIsCreatedIsReadBackAsItWas) {
  const auto key = new_key();
  const auto created = create(key);
  ASSERT_TRUE(created) << created.error().message();
  EXPECT_FALSE(created->uid.empty());
  const auto found = read(key);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->uid, created->uid);
  EXPECT_EQ(found->resource_version, created->resource_version);
  EXPECT_EQ(found->spec.seal, spec().seal);
  EXPECT_EQ(found->spec.expires_at, spec().expires_at);
  EXPECT_EQ(found->spec.action.digest, spec().action.digest);
  ASSERT_EQ(found->spec.action.changes.size(), 2u);
  EXPECT_EQ(found->spec.action.changes[1].from, std::nullopt);
  EXPECT_EQ(found->spec.policies[0].ref, spec().policies[0].ref);
  EXPECT_EQ(found->spec.requester.user.groups, spec().requester.user.groups);
  EXPECT_EQ(found->status.state, model::State::pending);
}

TEST_F(Contract, ANameIsCreatedOnce) {
  const auto key = new_key();
  ASSERT_TRUE(create(key));
  const auto again = create(key);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::already_exists);
}

TEST_F(Contract, OfTwoThatCreateAtOnceOneWins) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto key = new_key();
  int won = 0;
  const auto one = [&]() -> boost::asio::awaitable<void> {
    won += (co_await seams_->cluster().create_request(key, spec())) ? 1 : 0;
  };
  seams_->run([&]() -> boost::asio::awaitable<void> { co_await (one() && one()); });
  EXPECT_EQ(won, 1);
}

TEST_F(Contract, WhatIsNotThereIsNotFound) {
  const auto found = read(new_key());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::not_found);
}

TEST_F(Contract, AStatusIsReplacedOnlyOnTheVersionItWasBasedOn) {
  const auto key = new_key();
  const auto base = create(key);
  ASSERT_TRUE(base);
  const auto first = replace(*base, fenced(*base, "first"));
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->status.fence, "first");
  EXPECT_NE(first->resource_version, base->resource_version);

  const auto second = replace(*base, fenced(*base, "second"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::conflict);
  EXPECT_EQ(read(key)->status.fence, "first");
}

TEST_F(Contract, OfManyThatReplaceAtOnceOneWins) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto base = create(new_key());
  ASSERT_TRUE(base);
  int won = 0;
  const auto one = [&](std::string name) -> boost::asio::awaitable<void> {
    won += (co_await seams_->cluster().replace_status(*base, fenced(*base, std::move(name)))) ? 1 : 0;
  };
  seams_->run([&]() -> boost::asio::awaitable<void> { co_await (one("a") && one("b") && one("c") && one("d")); });
  EXPECT_EQ(won, 1);
}

TEST_F(Contract, AReplacementNeverLandsOnAnotherObjectOfThatName) {
  const auto key = new_key();
  const auto base = create(key);
  ASSERT_TRUE(base);
  seams_->remove(key);
  ASSERT_TRUE(create(key));
  const auto stale = replace(*base, fenced(*base, "stale"));
  ASSERT_FALSE(stale);
  EXPECT_TRUE(stale.error().code() == ErrorCode::conflict || stale.error().code() == ErrorCode::not_found);
  EXPECT_EQ(read(key)->status.fence, "");
}

TEST_F(Contract, ARequestIsDeletedOnlyAtTheVersionThatWasRead) {
  const auto base = create(new_key());
  ASSERT_TRUE(base);
  const auto changed = replace(*base, fenced(*base, "changed"));
  ASSERT_TRUE(changed);
  const auto stale = erase(*base);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code(), ErrorCode::conflict) << stale.error().message();
  EXPECT_TRUE(read(base->key));

  const auto erased = erase(*changed);
  ASSERT_TRUE(erased) << erased.error().message();
  EXPECT_EQ(read(base->key).error().code(), ErrorCode::not_found);
  EXPECT_EQ(erase(*changed).error().code(), ErrorCode::not_found);
}

TEST_F(Contract, ADeletionNeverMeetsAnotherObjectOfThatName) {
  const auto key = new_key();
  const auto base = create(key);
  ASSERT_TRUE(base);
  seams_->remove(key);
  const auto next = create(key);
  ASSERT_TRUE(next);
  EXPECT_EQ(erase(*base).error().code(), ErrorCode::conflict);
  auto of_this_version = *base;
  of_this_version.resource_version = next->resource_version;
  EXPECT_EQ(erase(of_this_version).error().code(), ErrorCode::conflict);
  EXPECT_TRUE(read(key));
}

TEST_F(Contract, OfManyThatDeleteAtOnceOneWins) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto base = create(new_key());
  ASSERT_TRUE(base);
  int won = 0;
  const auto one = [&]() -> boost::asio::awaitable<void> {
    won += (co_await seams_->cluster().delete_request(*base)) ? 1 : 0;
  };
  seams_->run([&]() -> boost::asio::awaitable<void> { co_await (one() && one() && one()); });
  EXPECT_EQ(won, 1);
}

TEST_F(Contract, AStatusLeavesTheSpecAlone) {
  const auto base = create(new_key());
  ASSERT_TRUE(base);
  auto altered = *base;
  altered.spec.reason = "something else";
  const auto replaced = replace(altered, fenced(*base, "x"));
  ASSERT_TRUE(replaced) << replaced.error().message();
  EXPECT_EQ(replaced->status.fence, "x");
  EXPECT_EQ(replaced->spec.reason, spec().reason);
  EXPECT_EQ(read(base->key)->spec.reason, spec().reason);
}

TEST_F(Contract, TheLogGivesEachRecordItsOwnPlaceInOrder) {
  const auto append = [&] {
    return seams_->get<LogPosition>(
        [&] { return seams_->journal().append({"answered", json::Value::object().set("n", 1)}); });
  };
  const auto first = append();
  seams_->journal().append_async({"answered", json::Value::object().set("n", 2)});
  const auto third = append();
  ASSERT_TRUE(first && third);
  EXPECT_EQ(first->stream, third->stream);
  EXPECT_FALSE(first->head.empty());
  EXPECT_NE(first->head, third->head);
  EXPECT_EQ(third->seq, first->seq + 2);
}

TEST_F(Contract, WhatTheLogHasTakenIsThereWhenTheProcessStartsAgain) {
  const auto append = [&](model::LogRecord record) {
    return seams_->get<LogPosition>([&] { return seams_->journal().append(record); });
  };
  const auto about = [](std::string_view id) {
    return json::Value::object().set("request", "prod/a").set("request_uid", "u").set("intent", id);
  };
  const auto first = append({"intent", about("first")});
  const auto second = append({"intent", about("second")});
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(append({"outcome", about("first").set("result", "done")}));
  auto open = seams_->restart();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0]["intent"].text(), "second");
  EXPECT_EQ(open[0]["stream"].text(), second->stream);
  EXPECT_EQ(open[0]["seq"].unsigned_integer().value_or(0), second->seq);

  const auto third = append({"outcome", about("second").set("result", "recovered")});
  ASSERT_TRUE(third);
  EXPECT_GT(third->seq, second->seq) << "the log goes on where it was";
  EXPECT_TRUE(seams_->restart().empty());
}

TEST_F(Contract, TheLogKnowsHowMuchEachAgentsRecordsTake) {
  const auto record = [](const std::string& agent) {
    return model::LogRecord{"answered", json::Value::object().set("agent", agent).set("why", std::string(1000, 'x'))};
  };
  auto& journal = seams_->journal();
  const auto before = journal.written_today("deployer");
  journal.append_async(record("deployer"));
  journal.append_async(record("other"));
  journal.append_async({"replica_started", json::Value::object().set("why", std::string(1000, 'x'))});
  ASSERT_TRUE(seams_->get<LogPosition>([&] { return journal.append(record("deployer")); }));
  EXPECT_GE(journal.written_today("deployer"), before + 2000);
  EXPECT_LT(journal.written_today("deployer"), before + 2500);
  EXPECT_EQ(journal.written_today("nobody"), 0u);
}

}  // namespace
}  // namespace sallyport::contract
