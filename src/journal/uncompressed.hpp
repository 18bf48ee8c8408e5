#pragma once

#include "journal/scan.hpp"

namespace sallyport::journal {

// The lines of a closed file as they were written. It may be stored in gzip's format, by us or by whoever keeps it;
// that shows in its first byte, with which no line begins. An Error of the result (bad_input): it is damaged or cut
// off; what came before it is then not proven to be what was compressed. Holds no more than some 100 KiB.
[[nodiscard]] ReadSome uncompressed(ReadSome stored);

}  // namespace sallyport::journal
