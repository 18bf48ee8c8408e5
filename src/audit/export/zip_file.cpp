#include "audit/export/zip_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <minizip/zip.h>
#include <zlib.h>

#include "audit/export/entry_name.hpp"

namespace sallyport::audit {
namespace {

constexpr uLong kFirstDayOfDos = 1u << 21 | 1u << 16;  // 1980-01-01, as far back as a zip file can tell
constexpr uLong kMadeByUnix = 3u << 8 | 45;
constexpr uLong kModeOfFile = 0100600ul << 16;
constexpr std::size_t kPiece = std::size_t{1} << 20;

void* is_open_already(void* file, const void*, int) {
  return file;
}

int stays_open(void*, void*) {
  return 0;
}

std::unexpected<Error> not_written() {
  return fail(ErrorCode::unavailable,
              "the zip file cannot be written: " +
                  (errno == 0 ? std::string("its writer failed") : std::system_category().message(errno)));
}

Result<void> written_if(bool well) {
  if (!well) return not_written();
  return {};
}

}  // namespace

void ZipFile::Close::operator()(void* zip) const {
  zipClose(zip, nullptr);
}

ZipFile::ZipFile(std::FILE* file) {
  zlib_filefunc64_def functions;
  fill_fopen64_filefunc(&functions);
  functions.opaque = file;
  functions.zopen64_file = is_open_already;
  functions.zclose_file = stays_open;
  zip_.reset(zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &functions));
}

Result<void> ZipFile::begin(const std::string& name) {
  if (!zip_) return not_written();
  if (!is_safe_entry(name) || !names_.insert(name).second)
    return fail(ErrorCode::internal, "a bundle may have no entry called \"" + name + "\", or no second one");
  errno = 0;
  zip_fileinfo facts{.tmz_date = {}, .dosDate = kFirstDayOfDos, .internal_fa = 0, .external_fa = kModeOfFile};
  constexpr int kLarge = 1;  // may have more than 4 GiB
  return written_if(zipOpenNewFileInZip4_64(zip_.get(), name.c_str(), &facts, nullptr, 0, nullptr, 0, nullptr,
                                            Z_DEFLATED, Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL,
                                            Z_DEFAULT_STRATEGY, nullptr, 0, kMadeByUnix, 0, kLarge) == ZIP_OK);
}

Result<void> ZipFile::write(std::string_view bytes) {
  errno = 0;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kPiece);
    if (zipWriteInFileInZip(zip_.get(), piece.data(), static_cast<unsigned>(piece.size())) != ZIP_OK)
      return not_written();
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<void> ZipFile::end() {
  errno = 0;
  return written_if(zipCloseFileInZip(zip_.get()) == ZIP_OK);
}

Result<void> ZipFile::finish() {
  errno = 0;
  return written_if(zip_ && zipClose(zip_.release(), nullptr) == ZIP_OK);
}

}  // namespace sallyport::audit
