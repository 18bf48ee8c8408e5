#include "logs/snapshot.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "journal/file_names.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"

namespace sallyport::logs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{64} << 10;

// What is wrong with the compressed one, if it does not hold what the other does. That one may be gone, if it has been
// compressed by now, or not be readable, which is told of it alone.
std::optional<Unreadable> difference(const std::string& plain, const std::string& compressed) {
  StoredFile one(plain), other(compressed);
  const auto read_one = one.as_source(), read_other = other.as_source();
  std::vector<char> piece(kPiece), other_piece(kPiece);
  for (;;) {
    const auto count = read_one(piece);
    const auto other_count = read_other(other_piece);
    if (!count) return std::nullopt;
    if (!other_count) return Unreadable{compressed, other_count.error().message(), other.is_damaged()};
    if (std::string_view(piece.data(), *count) != std::string_view(other_piece.data(), *other_count)) {
      return Unreadable{compressed, "it does not hold what " + plain + " does", true};
    }
    if (*count == 0) return std::nullopt;
  }
}

// What is just being compressed is there twice for a moment; for longer, if that was cut short.
class Twins {
 public:
  explicit Twins(const std::set<std::string>& paths) {
    std::ranges::copy_if(paths, std::inserter(twins_, twins_.end()), [&](const auto& path) {
      const std::string plain(journal::without_compressed(path));
      return plain != path && paths.contains(plain);
    });
  }

  [[nodiscard]] bool is_one(const std::string& path) const { return twins_.contains(path); }
  void add_differences(std::vector<Unreadable>& unreadable) const {
    for (const auto& path : twins_) {
      if (auto why = difference(std::string(journal::without_compressed(path)), path)) {
        unreadable.push_back(std::move(*why));
      }
    }
  }

 private:
  std::set<std::string> twins_;
};

// One look at all places, with each file once. (For a moment, a file that is being closed has two names.)
FoundLogs look_at(Directory& directory) {
  FoundLogs found;
  auto streams = directory.look();
  const Twins twins(directory.paths());
  twins.add_differences(found.unreadable);
  std::ranges::copy_if(directory.unreadable(), std::back_inserter(found.unreadable),
                       [&](const auto& each) { return !twins.is_one(each.path); });
  std::ranges::copy(directory.not_listed(), std::back_inserter(found.unreadable));
  for (auto& [name, files] : streams) {
    std::set<std::pair<FileIdentity, std::uint64_t>> known;
    std::erase_if(files, [&](const auto& file) {
      return twins.is_one(file.path) || !known.emplace(file.identity, file.first_seq).second;
    });
    if (!files.empty()) found.streams.push_back({name, std::move(files)});
  }
  return found;
}

// A file that gets another name while a directory is read can be missed there. Now it has one that stays, and others
// that follow it were found.
void add_missed(const std::vector<LogFile>& later, std::vector<LogFile>& files) {
  std::set<std::uint64_t> firsts;
  for (const auto& file : files) firsts.insert(file.first_seq);
  std::ranges::copy_if(later, std::back_inserter(files), [&firsts](const auto& file) {
    return file.first_seq < *firsts.rbegin() && !firsts.contains(file.first_seq);
  });
}

bool holds(StoredFile& stored, const LogFile& file) {
  const auto source = stored.as_source();
  journal::LineReader lines(source);
  const auto first = lines.next();
  const auto start = first ? journal::read_start(first->bytes) : std::nullopt;
  return start && start->stream == file.stream && start->seq == file.first_seq;
}

}  // namespace

FoundLogs find_logs(const std::vector<std::string>& places) {
  Directory directory(places, {});
  auto found = look_at(directory);
  std::ranges::move(directory.without_logs(), std::back_inserter(found.unreadable));
  auto later = look_at(directory);
  for (auto& [name, files] : found.streams) {
    const auto again = std::ranges::find(later.streams, name, &LogStream::name);
    if (again != later.streams.end()) add_missed(again->files, files);
    std::ranges::sort(files, {}, &LogFile::first_seq);
  }
  return found;
}

StoredFile open(const LogFile& file) {
  const auto closed = fs::path(file.path).replace_filename(journal::closed_file_name(file.stream, file.first_seq));
  for (const auto& path : {file.path, closed.string()}) {
    StoredFile stored(path, file.bytes);
    if (holds(stored, file) || stored.is_damaged()) return stored;
  }
  StoredFile stored(compressed_name(closed));
  return holds(stored, file) || stored.is_damaged() ? std::move(stored) : StoredFile(closed);
}

}  // namespace sallyport::logs
