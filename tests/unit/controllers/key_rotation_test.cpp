#include "controllers/key_rotation.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/checkpoint.hpp"
#include "keys_fixture.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::vector<std::string> kNames = {"localhost"};

// A file on a mount that hangs: whoever opens it waits until it is answered, or the test has gone wrong for long.
class HungFile {
 public:
  explicit HungFile(fs::path path) : path_(std::move(path)) {
    fs::remove(path_);
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  }
  ~HungFile() { let_go(); }
  HungFile(const HungFile&) = delete;
  HungFile& operator=(const HungFile&) = delete;
  void answer(std::string_view content) const { std::ofstream(path_) << content; }

 private:
  // Whoever waits for it reads that it is empty.
  void let_go() const {
    if (const int file = ::open(path_.c_str(), O_RDWR | O_NONBLOCK); file >= 0) ::close(file);
  }
  void let_go_after_long(const std::stop_token& stop) const {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, 60s, [] { return false; });
    if (!stop.stop_requested()) let_go();
  }

  fs::path path_;
  std::jthread rescue_{[this](const std::stop_token& stop) { let_go_after_long(stop); }};
};

// A replica with its key files, and a Secret whose path is old enough to be replaced.
struct KeyRotationTest : KeysFixture {
  KeyRotationTest() {
    write("seal.key", kSealBytes);
    write("log.key", first_log_key);
    EXPECT_TRUE(own.take_seal_key(Secret(kSealBytes)));
    auto keys = keys::make_keys(kNames, clock.now() - 1min);
    EXPECT_TRUE(keys);
    put_in_secret(*keys);
    EXPECT_TRUE(done(shared.load()));
  }
  // With what is read from `certificate_dir` and `client_ca` of the directory; "": nothing.
  void make(const std::string& certificate_dir = "", const std::string& client_ca = "") {
    const auto in_directory = [this](const std::string& name) {
      return name.empty() ? "" : (directory / name).string();
    };
    files = std::make_unique<keys::KeyFiles>(keys::KeyFileNames{
        in_directory("seal.key"), in_directory("log.key"), in_directory(certificate_dir), in_directory(client_ca)});
    rotation =
        std::make_unique<KeyRotation>(runner, log, KeyRotation::Parts{own, shared, certificate, *tls, *files, started},
                                      [this](const keys::SharedKeys& keys) { published.push_back(keys.path); });
  }

  std::shared_ptr<std::optional<Result<void>>> begin(boost::asio::awaitable<Result<void>> work) {
    auto result = std::make_shared<std::optional<Result<void>>>();
    boost::asio::co_spawn(io, std::move(work),
                          [result](const std::exception_ptr&, Result<void> made) { *result = std::move(made); });
    return result;
  }
  Result<void> done(boost::asio::awaitable<Result<void>> work) {
    const auto result = begin(std::move(work));
    if (!until([&] { return result->has_value(); })) return fail(ErrorCode::internal, "it does not end");
    return **result;
  }
  bool knows(const std::string& path) {
    std::optional<bool> known;
    clock.advance(1s);  // so that the Secret may be looked at again
    boost::asio::co_spawn(io, rotation->knows_path(path),
                          [&](const std::exception_ptr&, bool is_known) { known = is_known; });
    EXPECT_TRUE(until([&] {
      clock.advance(20ms);
      return known.has_value();
    }));
    return known.value_or(false);
  }

  // As somebody writes a Secret of type kubernetes.io/tls, which the kubelet mounts by a link.
  std::string mount(const std::string& name) {
    fs::create_directories(directory / name);
    const auto ca = keys::make_ca(name, clock.now(), 24h);
    const auto made = keys::make_server_certificate(*ca, kNames, clock.now(), 24h);
    write(name + "/tls.crt", made->pem);
    write(name + "/tls.key", made->key_pem.reveal());
    write(name + "/ca.crt", ca->pem);
    fs::create_directory_symlink(name, directory / "next");
    fs::rename(directory / "next", directory / "mounted");
    return made->pem;
  }
  static std::string log_key() { return std::string(SigningKey::make()->pem()->reveal()); }
  static PublicKey public_key(const std::string& pem) { return SigningKey::read(Secret(pem))->public_key(); }

  std::string first_log_key = log_key();
  Instant started = clock.now();
  std::unique_ptr<keys::KeyFiles> files;
  std::unique_ptr<KeyRotation> rotation;
};

TEST_F(KeyRotationTest, AStartSignsTheLogShowsTheCertificateAndTellsThePath) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  EXPECT_EQ(log.signers, std::vector{public_key(first_log_key)});
  EXPECT_EQ(certificate.chain_pem(), shared.keys().server.pem);
  EXPECT_EQ(rotation->ca_pem(), shared.keys().ca_bundle());
  EXPECT_EQ(published, std::vector{shared.keys().path});
}

TEST_F(KeyRotationTest, WithoutTheLogsKeyThereIsNoStart) {
  fs::remove(directory / "log.key");
  make();
  const auto started = done(rotation->start());
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message().find("the log's key"), std::string::npos) << started.error().message();
  EXPECT_TRUE(published.empty());
}

TEST_F(KeyRotationTest, AnotherLogKeySignsFromNowOnAndIsTold) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  const auto second = log_key();
  write("log.key", second);
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(log.signers, (std::vector{public_key(first_log_key), public_key(second)}));
  const auto told = decode_base64(secret["data"]["log.pub"].text());
  EXPECT_EQ(told, journal::write_verifier_key({.key = public_key(second)}));
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(log.signers.size(), 2u) << "the same key again";
  EXPECT_EQ(rotation->missing(), "");
}

TEST_F(KeyRotationTest, AKeyThatIsGoneOrHalfIsMissingAndTheOneInUseStays) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  write("log.key", "half of a key");
  fs::remove(directory / "seal.key");
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(log.signers.size(), 1u);
  EXPECT_EQ(own.seal_key().reveal(), kSealBytes);
  const auto missing = rotation->missing();
  for (const auto* part : {"seal.key", "log.key", "the one in use stays", "sallyport keys restore"})
    EXPECT_NE(missing.find(part), std::string::npos) << missing;
  EXPECT_EQ(own.why_start_anew(), std::nullopt);
  write("seal.key", kSealBytes);
  write("log.key", first_log_key);
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(rotation->missing(), "");
}

TEST_F(KeyRotationTest, AnotherKeyOfSealsIsForANewProcess) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  write("seal.key", std::string(32, 'x'));
  ASSERT_TRUE(done(rotation->refresh()));
  ASSERT_TRUE(own.why_start_anew());
  EXPECT_EQ(own.seal_key().reveal(), kSealBytes);
}

TEST_F(KeyRotationTest, TheClientsCaFollowsItsFile) {
  const auto ca = [&] { return keys::make_ca("clients", clock.now(), 24h)->pem; };
  write("client-ca.crt", ca());
  make("", "client-ca.crt");
  ASSERT_TRUE(done(rotation->start()));
  const auto first = tls->generation();
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(tls->generation(), first) << "nothing has changed";
  write("client-ca.crt", "no certificate");
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(tls->generation(), first) << "the one in use stays";
  write("client-ca.crt", ca());
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(tls->generation(), first + 1);
}

TEST_F(KeyRotationTest, WithoutTheClientsCaThatIsConfiguredThereIsNoStart) {
  make("", "client-ca.crt");
  EXPECT_FALSE(done(rotation->start()));
  EXPECT_TRUE(published.empty());
}

TEST_F(KeyRotationTest, ACertificateFromADirectoryFollowsItsLink) {
  const auto first = mount("first");
  make("mounted");
  ASSERT_TRUE(done(rotation->start()));
  EXPECT_EQ(certificate.chain_pem(), first);
  const auto second = mount("second");
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(certificate.chain_pem(), second);
  const auto ca = rotation->ca_pem();
  write("second/tls.crt", "no certificate");
  write("second/ca.crt", keys::make_ca("third", clock.now(), 24h)->pem);
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(certificate.chain_pem(), second) << "what cannot be used leaves all of it as it was";
  EXPECT_EQ(rotation->ca_pem(), ca);
}

// The engine's thread goes on, and so does what needs no file: the path must be replaced whatever becomes of a disk.
TEST_F(KeyRotationTest, AMountThatHangsHoldsUpNothingButItsOwnThread) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  const auto path = shared.keys().path;
  const HungFile hung(directory / "log.key");
  const auto refreshed = begin(rotation->refresh());
  clock.advance(4s);
  ASSERT_FALSE(refreshed->has_value());
  clock.advance(1s);
  ASSERT_TRUE(until([&] { return refreshed->has_value(); }));
  EXPECT_TRUE(**refreshed);
  EXPECT_NE(shared.keys().path, path) << "as it is after each start";
  ASSERT_NE(rotation->missing().find("their disk does not answer"), std::string::npos) << rotation->missing();

  // The next one waits for the same read: a second would find nobody to answer it.
  const auto again = begin(rotation->refresh());
  clock.settle();
  const auto second = log_key();
  hung.answer(second);
  ASSERT_TRUE(until([&] { return again->has_value(); }));
  EXPECT_EQ(rotation->missing(), "");
  EXPECT_EQ(log.signers.back(), public_key(second));
}

TEST_F(KeyRotationTest, ANewPathIsWantedUntilItIsMade) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  const auto first = shared.keys().path;
  const auto get = std::exchange(answers["GET " + kSecret],
                                 [](const Call&) { return Answer{.status = 503, .body = "{}", .headers = {}}; });
  EXPECT_FALSE(done(rotation->refresh()));
  EXPECT_EQ(shared.keys().path, first);
  answers["GET " + kSecret] = get;
  ASSERT_TRUE(done(rotation->refresh()));
  const auto second = shared.keys().path;
  EXPECT_NE(second, first);
  EXPECT_EQ(published, (std::vector{first, second}));
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(shared.keys().path, second) << "it is made once";
}

// What replaces a path that is younger than ten seconds would cut off the calls that began by the one before it.
TEST_F(KeyRotationTest, ANewPathThatIsNeededTooSoonIsMadeOnceItMayBe) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  ASSERT_TRUE(done(rotation->refresh()));
  const auto first = shared.keys().path;
  clock.advance(3s);
  rotation->need_new_path("replica r-1 is gone");
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(shared.keys().path, first);
  clock.advance(7s);
  ASSERT_TRUE(done(rotation->refresh()));
  const auto second = shared.keys().path;
  EXPECT_NE(second, first);
  clock.advance(1min);
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(shared.keys().path, second) << "it is made once";
}

TEST_F(KeyRotationTest, APathThatAnotherReplicaHasMadeSinceIsNewEnough) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  ASSERT_TRUE(done(rotation->refresh()));
  clock.advance(3s);
  rotation->need_new_path("replica r-1 is gone");
  ASSERT_TRUE(done(rotation->refresh()));
  clock.advance(1s);
  const auto others = renewed_by_another(shared.keys());
  clock.advance(1min);
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(shared.keys().path, others.path);
}

TEST_F(KeyRotationTest, AStartNeedsNoNewerPathThanTheOneMadeAtIt) {
  started = clock.now();
  clock.advance(1s);
  const auto others = renewed_by_another(shared.keys());
  make();
  ASSERT_TRUE(done(rotation->start()));
  clock.advance(1min);
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(shared.keys().path, others.path);
}

TEST_F(KeyRotationTest, ANewPathIsNeededUntilTheSecretIsBack) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  ASSERT_TRUE(done(rotation->refresh()));
  const auto first = shared.keys().path;
  clock.advance(1min);
  const auto get = std::exchange(answers["GET " + kSecret],
                                 [](const Call&) { return Answer{.status = 404, .body = "{}", .headers = {}}; });
  rotation->need_new_path("replica r-1 is gone");
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_EQ(shared.keys().path, first);
  answers["GET " + kSecret] = get;
  ASSERT_TRUE(done(rotation->refresh()));
  EXPECT_NE(shared.keys().path, first);
}

TEST_F(KeyRotationTest, WhoeverNeedsANewPathRingsForIt) {
  make();
  const auto bell = runner.make_alarm();
  rotation->ring_on_need(bell);
  rotation->need_new_path("replica r-1 is gone");
  std::optional<bool> rung;
  boost::asio::co_spawn(io, bell->wait(1h), [&](const std::exception_ptr&, bool was_rung) { rung = was_rung; });
  clock.settle();
  EXPECT_EQ(rung, true);
}

// Another replica has made it a moment ago, and the API server calls by it already.
TEST_F(KeyRotationTest, APathThatTheSecretHoldsByNowIsKnown) {
  make();
  ASSERT_TRUE(done(rotation->start()));
  EXPECT_FALSE(knows("not-ours"));
  const auto others = renewed_by_another(shared.keys());
  EXPECT_TRUE(knows(others.path));
  EXPECT_EQ(published.back(), others.path) << "the port takes it from now on";
}

}  // namespace
}  // namespace sallyport::controllers
