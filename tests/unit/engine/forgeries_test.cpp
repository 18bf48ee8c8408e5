#include "engine/forgeries.hpp"

#include <gtest/gtest.h>

#include "seams/memory.hpp"

namespace sallyport::engine {
namespace {

struct Told {
  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  seams::MemoryCluster cluster{io, clock};
  seams::MemoryJournal journal{clock};
  Forgeries forgeries{cluster, journal};

  void report(const std::string& uid, const std::string& what) {
    model::ApprovalRequest request;
    request.uid = uid;
    Sealed sealed;
    sealed.forged = {what};
    forgeries.report(request, sealed);
  }
};

TEST(Forgeries, AreToldOnceEach) {
  Told told;
  for (int i = 0; i < 3; ++i) told.report("one", "status.decision");
  told.report("one", "spec");
  told.report("two", "spec");
  EXPECT_EQ(told.journal.count("forged"), 3u);
  told.forgeries.forget("two");
  told.report("two", "spec");
  EXPECT_EQ(told.journal.count("forged"), 4u);
}

// Whoever can write requests can write other forgeries into one for ever.
TEST(Forgeries, OfOneRequestSoManyAreToldAndRemembered) {
  Told told;
  for (int i = 0; i < 1000; ++i) told.report("one", "reviews[0] by somebody-" + std::to_string(i));
  EXPECT_EQ(told.journal.count("forged"), Forgeries::kMostOfOne);
}

TEST(Forgeries, SoManyRequestsAreRemembered) {
  Told told;
  for (std::size_t i = 0; i < Forgeries::kMostRequests; ++i) told.report(std::to_string(i), "spec");
  EXPECT_EQ(told.forgeries.remembered(), Forgeries::kMostRequests);
  told.report("one more", "spec");
  EXPECT_EQ(told.forgeries.remembered(), 1u);
}

}  // namespace
}  // namespace sallyport::engine
