#include "audit/export/zip_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <minizip/zip.h>
#include <zlib.h>

#include "audit/export/entry_name.hpp"
#include "audit/export/zip_stream.hpp"

namespace sallyport::audit {
namespace {

constexpr uLong kFirstDayOfDos = 1u << 21 | 1u << 16;  // 1980-01-01, as far back as a zip file can tell
constexpr uLong kMadeByUnix = 3u << 8 | 45;
constexpr uLong kModeOfFile = 0100600ul << 16;
constexpr uLong kHasDescriptor = 1u << 3;
constexpr std::string_view kDescriptorSign = "PK\x07\x08";
constexpr std::size_t kPiece = std::size_t{1} << 20;

std::unexpected<Error> not_written() {
  return fail(ErrorCode::unavailable,
              "the zip file cannot be written: " +
                  (errno == 0 ? std::string("its writer failed") : std::system_category().message(errno)));
}

// As zip files have them: the lowest byte first.
void add_number(std::string& bytes, std::uint64_t number, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
}

Result<void> written_if(bool well) {
  if (!well) return not_written();
  return {};
}

}  // namespace

void ZipFile::Close::operator()(void* zip) const {
  zipClose(zip, nullptr);
}

ZipFile::ZipFile(std::FILE* file) : stream_(std::make_unique<ZipStream>(file)) {
  auto functions = stream_->functions();
  zip_.reset(zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &functions));
}

ZipFile::~ZipFile() {
  if (zip_) stream_->abandon();
}

Result<void> ZipFile::begin(const std::string& name) {
  if (!zip_) return not_written();
  if (!is_safe_entry(name) || !names_.insert(name).second)
    return fail(ErrorCode::internal, "a bundle may have no entry called \"" + name + "\", or no second one");
  errno = 0;
  zip_fileinfo facts{.tmz_date = {}, .dosDate = kFirstDayOfDos, .internal_fa = 0, .external_fa = kModeOfFile};
  constexpr int kLarge = 1;  // may have more than 4 GiB
  const bool well =
      zipOpenNewFileInZip4_64(zip_.get(), name.c_str(), &facts, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED,
                              Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, nullptr, 0,
                              kMadeByUnix, kHasDescriptor, kLarge) == ZIP_OK;
  entry_ = {.begin = stream_->end(), .bytes = 0, .crc32 = crc32(0, nullptr, 0)};
  return written_if(well);
}

Result<void> ZipFile::write(std::string_view bytes) {
  errno = 0;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kPiece);
    if (zipWriteInFileInZip(zip_.get(), piece.data(), static_cast<unsigned>(piece.size())) != ZIP_OK)
      return not_written();
    entry_.bytes += piece.size();
    entry_.crc32 = crc32_z(entry_.crc32, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<void> ZipFile::end() {
  errno = 0;
  if (zipCloseFileInZip(zip_.get()) != ZIP_OK) return not_written();
  std::string descriptor(kDescriptorSign);
  add_number(descriptor, entry_.crc32, 4);
  add_number(descriptor, stream_->end() - entry_.begin, 8);
  add_number(descriptor, entry_.bytes, 8);
  return written_if(stream_->append(descriptor));
}

Result<void> ZipFile::finish() {
  errno = 0;
  return written_if(zip_ && zipClose(zip_.release(), nullptr) == ZIP_OK && stream_->flush());
}

}  // namespace sallyport::audit
