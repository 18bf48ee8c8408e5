#pragma once

#include <functional>

namespace sallyport::journal {

// fdatasync(2): 0, or -1 and errno.
using SyncData = std::function<int(int descriptor)>;

// Test builds only (SALLYPORT_FAILPOINTS), set by environment variables as they are now:
//   SALLYPORT_FAILPOINT=fsync-fails:<n>       the n-th call and all later ones report EIO
//   SALLYPORT_FAILPOINT=fsync-takes:<ms>      every call takes so long
//   SALLYPORT_FSYNC_FAILS_WHEN=<path>         a call reports EIO while there is such a file
// Other builds give back fdatasync itself.
[[nodiscard]] SyncData make_sync_data();

}  // namespace sallyport::journal
