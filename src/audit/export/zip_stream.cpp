#include "audit/export/zip_stream.hpp"

namespace sallyport::audit {

zlib_filefunc64_def ZipStream::functions() {
  zlib_filefunc64_def functions{};
  functions.opaque = this;
  functions.zopen64_file = [](void* opaque, const void*, int) { return opaque; };
  functions.zread_file = [](void*, void*, void*, uLong) -> uLong { return 0; };
  functions.zwrite_file = [](void* opaque, void*, const void* bytes, uLong size) {
    return of(opaque).write(bytes, size);
  };
  functions.ztell64_file = [](void* opaque, void*) -> ZPOS64_T { return of(opaque).at_; };
  functions.zseek64_file = [](void* opaque, void*, ZPOS64_T offset, int origin) {
    return of(opaque).seek(offset, origin);
  };
  functions.zclose_file = [](void*, void*) { return 0; };
  functions.zerror_file = [](void* opaque, void*) { return std::ferror(of(opaque).file_); };
  return functions;
}

bool ZipStream::append(std::string_view bytes) {
  if (!is_abandoned_ && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return false;
  end_ += bytes.size();
  at_ = end_;
  return true;
}

uLong ZipStream::write(const void* bytes, uLong size) {
  if (at_ < end_) {
    at_ += size;
    return size;
  }
  return append({static_cast<const char*>(bytes), size}) ? size : 0;
}

long ZipStream::seek(std::uint64_t offset, int origin) {
  if (origin == ZLIB_FILEFUNC_SEEK_SET) at_ = offset;
  if (origin == ZLIB_FILEFUNC_SEEK_CUR) at_ += offset;
  if (origin == ZLIB_FILEFUNC_SEEK_END) at_ = end_ + offset;
  return at_ <= end_ ? 0 : -1;
}

}  // namespace sallyport::audit
