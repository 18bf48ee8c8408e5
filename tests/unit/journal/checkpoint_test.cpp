#include "journal/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "support.hpp"

namespace sallyport::journal {
namespace {

using namespace std::chrono_literals;

const Checkpoint kCheckpoint{"r-0-aaaaaaaa", 7, std::string(64, 'a')};

SigningKey key() {
  return std::move(*SigningKey::make());
}

VerifierKey verifier(const SigningKey& key) {
  return {.key = key.public_key()};
}

TEST(Checkpoint, IsReadBackAndBelievedByItsKeyAlone) {
  const auto mine = key();
  const auto note = sign_note(kCheckpoint, mine).value();
  EXPECT_THAT(note, testing::StartsWith("sallyport.dev/log/r-0-aaaaaaaa\n7\n"));
  const auto read = SignedNote::read(note);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->checkpoint(), kCheckpoint);
  EXPECT_TRUE(read->is_signed_by(verifier(mine)));
  EXPECT_FALSE(read->is_signed_by(verifier(key())));
}

TEST(Checkpoint, NoByteOfItCanBeAnother) {
  const auto mine = key();
  const auto note = sign_note(kCheckpoint, mine).value();
  for (std::size_t at = 0; at < note.size(); ++at) {
    for (const char other : {'\n', '8', 'B', ' '}) {
      if (note[at] == other) continue;
      auto changed = note;
      changed[at] = other;
      const auto read = SignedNote::read(changed);
      const bool same = read && read->checkpoint() == kCheckpoint;
      // A base64 text's last character has bits that mean nothing.
      EXPECT_FALSE(read && read->is_signed_by(verifier(mine)) && !same) << at << " " << changed;
      if (at < note.find("\n\n")) EXPECT_FALSE(read && read->is_signed_by(verifier(mine))) << at << " " << changed;
    }
    EXPECT_FALSE(SignedNote::read(note.substr(0, at)) &&
                 SignedNote::read(note.substr(0, at))->is_signed_by(verifier(mine)));
  }
}

TEST(Checkpoint, ForeignTextsAreNoNotes) {
  const std::string signature = "\n\xE2\x80\x94 sallyport.dev/log AAAA\n";
  for (const std::string& text : {"", "x", "\n\n", "other/log/s\n1\nAAAA\n", "sallyport.dev/log\n1\nAAAA\n",
                                  "sallyport.dev/log/s\nmany\nAAAA\n", "sallyport.dev/log/s\n1\nAAAA\n"}) {
    EXPECT_FALSE(SignedNote::read(text + signature)) << text;
  }
  EXPECT_FALSE(SignedNote::read(std::string(1 << 20, '\n')));
}

TEST(Checkpoint, AKeyIsWrittenAsTheSpecificationHasIt) {
  const auto mine = verifier(key());
  const auto text = write_verifier_key(mine);
  EXPECT_THAT(text, testing::MatchesRegex(R"(sallyport\.dev/log\+[0-9a-f]{8}\+AR?[A-Za-z0-9+/]+=*)"));
  EXPECT_EQ(read_verifier_key(text).value(), mine);
  for (const std::string& bad :
       {std::string(), std::string("a+b"), text.substr(1), text.substr(0, text.size() - 1), text + "A"}) {
    EXPECT_FALSE(read_verifier_key(bad)) << bad;
  }
}

// --- in a log ---

std::vector<json::Value> events(const std::string& path, std::string_view event) {
  std::vector<json::Value> found;
  for (const auto& line : lines_of(read_file(path))) {
    auto value = json::parse(line).value();
    if (value["event"].text() == event) found.push_back(std::move(value));
  }
  return found;
}

TEST(Signing, WhatALogHoldsIsSignedWhenItEndsAndItsKeyIsNamedOnce) {
  const TempDir dir;
  const auto mine = key();
  for (int run = 0; run < 2; ++run) {
    auto opened = open(dir.path(), "r-0");
    ASSERT_TRUE(opened) << opened.error().message();
    opened->journal->sign_with(SigningKey::read(mine.pem().value()).value());
    ASSERT_TRUE(append(*opened->journal, record("one")));
  }
  const auto path = dir / "r-0.jsonl";
  EXPECT_EQ(events(path, "log_key").size(), 1u);
  const auto notes = events(path, "checkpoint");
  ASSERT_EQ(notes.size(), 2u);
  const auto lines = lines_of(read_file(path));
  for (const auto& line : notes) {
    const auto note = SignedNote::read(line["note"].text());
    ASSERT_TRUE(note);
    EXPECT_TRUE(note->is_signed_by(verifier(mine)));
    const auto before = line["seq"].unsigned_integer().value() - 1;
    EXPECT_EQ(note->checkpoint(), (Checkpoint{std::string(line["stream"].text()), before, head_of(lines[before - 1])}));
  }
  EXPECT_TRUE(scan_bytes(read_file(path)));
}

TEST(Signing, ANewKeyIsNamedWithTheOneBefore) {
  const TempDir dir;
  const auto first = key();
  const auto second = key();
  {
    auto opened = open(dir.path(), "r-0");
    for (const auto* one : {&first, &second}) {
      opened->journal->sign_with(SigningKey::read(one->pem().value()).value());
      ASSERT_TRUE(append(*opened->journal, record("one")));
    }
  }
  const auto named = events(dir / "r-0.jsonl", "log_key");
  ASSERT_EQ(named.size(), 2u);
  EXPECT_EQ(named[1]["key"].text(), write_verifier_key(verifier(second)));
  EXPECT_EQ(named[1]["previous"].text(), write_verifier_key(verifier(first)));
}

bool ends_with_checkpoint(const std::string& path) {
  const auto lines = lines_of(read_file(path));
  return lines.back().find(R"("event":"checkpoint")") != std::string::npos;
}

// Each line is followed by a checkpoint, and by no second one, however long the log is at rest before the next line.
TEST(Signing, ALogThatGrowsIsSignedAgainAndAgainAndOneAtRestIsNot) {
  constexpr int kLines = 50;
  const TempDir dir;
  const auto path = dir / "r-0.jsonl";
  {
    auto opened = open(dir.path(), "r-0", {.sign_every = 0ms});
    opened->journal->sign_with(key());
    for (int line = 0; line < kLines; ++line) {
      ASSERT_TRUE(append(*opened->journal, record("one")));
      ASSERT_TRUE(becomes([&] { return ends_with_checkpoint(path); })) << line;
    }
  }
  EXPECT_GE(events(path, "checkpoint").size(), kLines);
  bool after_checkpoint = false;
  for (const auto& line : lines_of(read_file(path))) {
    const bool is_checkpoint = line.find(R"("event":"checkpoint")") != std::string::npos;
    EXPECT_FALSE(is_checkpoint && after_checkpoint) << "signed though nothing was added: " << line;
    after_checkpoint = is_checkpoint;
  }
}

TEST(Signing, TheLastLineIsSignedThoughNothingFollowsIt) {
  const TempDir dir;
  auto opened = open(dir.path(), "r-0", {.sign_every = 50ms});
  opened->journal->sign_with(key());
  ASSERT_TRUE(append(*opened->journal, record("one")));
  EXPECT_TRUE(becomes([&] { return ends_with_checkpoint(dir / "r-0.jsonl"); }));
}

}  // namespace
}  // namespace sallyport::journal
