#include "journal/scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace sallyport::journal {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string line_number(std::size_t index) {
  return "line " + std::to_string(index + 1);
}

void expect_broken(const std::vector<std::string>& lines, const std::string& says) {
  const auto scanned = scan_bytes(join(lines));
  ASSERT_FALSE(scanned) << says;
  EXPECT_EQ(scanned.error().code(), ErrorCode::bad_input);
  EXPECT_THAT(scanned.error().message(), StartsWith(says + " "));
}

void expect_broken(const std::vector<std::string>& lines, std::size_t index) {
  expect_broken(lines, line_number(index));
}

TEST(Scan, ReadsAWholeStream) {
  const auto bytes = sample_stream(9);
  const auto scanned = scan_bytes(bytes);
  ASSERT_TRUE(scanned) << scanned.error().message();
  EXPECT_EQ(scanned->stream, "unit-aaaaaaaa");
  EXPECT_EQ(scanned->seq, 9u);
  EXPECT_EQ(scanned->head, head_of(lines_of(bytes).back()));
  EXPECT_EQ(scanned->bytes, bytes.size());
  EXPECT_FALSE(scanned->torn);
}

TEST(Scan, NothingIsTheBeginningOfAStream) {
  const auto scanned = scan_bytes("");
  ASSERT_TRUE(scanned);
  EXPECT_EQ(scanned->seq, 0u);
  EXPECT_EQ(scanned->head, kBeginning);
}

// Whatever size the pieces have in which it comes.
TEST(Scan, DoesNotDependOnHowBytesCome) {
  const auto bytes = sample_stream(12);
  for (std::size_t piece = 1; piece < 400; piece += 7) {
    std::string_view rest = bytes;
    const auto scanned = scan([&](std::span<char> buffer) -> Result<std::size_t> {
      const auto count = rest.copy(buffer.data(), std::min(piece, buffer.size()));
      rest.remove_prefix(count);
      return count;
    });
    ASSERT_TRUE(scanned) << piece;
    EXPECT_EQ(scanned->seq, 12u);
  }
}

TEST(Scan, ATailCutAtAnyByteIsTorn) {
  const auto whole = sample_stream(4);
  const auto tail = sample_stream(5).substr(whole.size());
  for (std::size_t cut = 1; cut < tail.size(); ++cut) {
    const auto scanned = scan_bytes(whole + tail.substr(0, cut));
    ASSERT_TRUE(scanned) << cut << scanned.error().message();
    EXPECT_EQ(scanned->seq, 4u);
    EXPECT_EQ(scanned->bytes, whole.size());
    ASSERT_TRUE(scanned->torn) << cut;
    EXPECT_EQ(scanned->torn->bytes, cut);
    EXPECT_EQ(scanned->torn->sha256, head_of(tail.substr(0, cut)));
  }
}

// A page that the disk never got reads as zeros; the newline after it may be there.
TEST(Scan, ALastLineThatIsNoJsonIsTorn) {
  const auto whole = sample_stream(4);
  for (const std::string& tail :
       {std::string(5000, '\0'), std::string("{\"seq\":5,\0\0\0}\n", 14), std::string("\n")}) {
    const auto scanned = scan_bytes(whole + tail);
    ASSERT_TRUE(scanned);
    ASSERT_TRUE(scanned->torn);
    EXPECT_EQ(scanned->torn->bytes, tail.size());
    EXPECT_FALSE(scan_bytes(whole + tail + "\n" + whole));
  }
}

TEST(Scan, AFlippedBitIsFoundWhereItIs) {
  const auto lines = lines_of(sample_stream(5));
  // The last line has no successor to vouch for it (the heads that others hold do that), and without the newline before
  // it the last two are one that is no JSON: a torn tail.
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const bool before_last = i + 2 == lines.size();
    for (std::size_t at = 0; at + before_last < lines[i].size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        auto changed = lines;
        changed[i][at] = static_cast<char>(changed[i][at] ^ (1 << bit));
        const auto scanned = scan_bytes(join(changed));
        ASSERT_FALSE(scanned) << line_number(i) << " byte " << at << " bit " << bit;
        // Named alone where it shows by itself, else with the line that no longer follows from it.
        EXPECT_THAT(scanned.error().message(),
                    AnyOf(StartsWith(line_number(i) + " "), StartsWith(line_number(i) + ":"),
                          StartsWith(line_number(i + 1) + " does not follow from " + line_number(i) + ":")));
      }
    }
  }
}

TEST(Scan, DroppedRepeatedSwappedAndInsertedLinesAreFound) {
  const auto lines = lines_of(sample_stream(8));
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    auto dropped = lines;
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(i));
    i == 0 ? expect_broken(dropped, "lines 1 to 1 are missing,") : expect_broken(dropped, i);

    auto repeated = lines;
    repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    expect_broken(repeated, i + 1);

    auto swapped = lines;
    std::swap(swapped[i], swapped[i + 1]);
    i == 0 ? expect_broken(swapped, "line 3 does not follow from line 2:") : expect_broken(swapped, i);

    // One that was made to fit what stands before it.
    auto inserted = lines;
    const Place place{"unit-aaaaaaaa", i + 2, head_of(lines[i])};
    inserted.insert(inserted.begin() + static_cast<std::ptrdiff_t>(i + 1),
                    make_line(place, Instant{}, Duration{}, *encode(record("outcome"))));
    expect_broken(inserted, i + 2);
  }
}

TEST(Scan, SaysWhatItFound) {
  const auto lines = lines_of(sample_stream(5));
  const auto error = [](const std::vector<std::string>& changed) {
    return scan_bytes(join(changed)).error().message();
  };
  EXPECT_THAT(error({lines[0], lines[2], lines[3]}),
              HasSubstr("line 2 does not follow from line 1: lines between them"));
  EXPECT_THAT(error({lines[0], lines[1], lines[0], lines[3]}), HasSubstr("it stands in the wrong place"));
  EXPECT_THAT(error({lines[1], lines[2]}), HasSubstr("lines 1 to 1 are missing"));
  EXPECT_THAT(error({lines[0], "{\"seq\":2}\n"}), HasSubstr("line 2 is no line of a log: it lacks"));
  EXPECT_THAT(error({lines[0], "gap\n", lines[1]}), HasSubstr("line 2: not acceptable as JSON"));
  const auto line = [&](std::string stream, std::uint64_t seq) {
    return make_line({std::move(stream), seq, head_of(lines[0])}, Instant{}, Duration{}, *encode(record("outcome")));
  };
  EXPECT_THAT(error({lines[0], line("unit-bbbbbbbb", 2)}),
              HasSubstr("line 2 belongs to another stream (unit-bbbbbbbb)"));
  EXPECT_THAT(error({lines[0], line("unit-aaaaaaaa", 3)}), HasSubstr("line 2 says that it is number 3"));
}

TEST(Scan, ALineWithoutEndIsNotReadWhole) {
  std::size_t given = 0;
  const auto scanned = scan([&](std::span<char> buffer) -> Result<std::size_t> {
    std::ranges::fill(buffer, 'x');
    given += buffer.size();
    return buffer.size();
  });
  ASSERT_FALSE(scanned);
  EXPECT_THAT(scanned.error().message(), HasSubstr("line 1 is longer than 1048576 bytes"));
  EXPECT_LT(given, 2 * kLineLimit);
}

TEST(Scan, AReadThatFailsIsNoBrokenChain) {
  const auto scanned = scan([](std::span<char>) -> Result<std::size_t> { return fail(ErrorCode::unavailable, "EIO"); });
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace sallyport::journal
