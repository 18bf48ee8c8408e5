#pragma once

#include <string>

#include "base/result.hpp"
#include "journal/journal.hpp"
#include "serve/keys.hpp"

namespace sallyport::serve {

// Gives the log the key that signs it: the one of the keys' Secret or, so that whoever reads that Secret can not write
// the log anew, one of a file that others put there (PKCS #8 PEM, Ed25519). Engine's thread.
class LogSigner {
 public:
  explicit LogSigner(std::string key_file) : file_(std::move(key_file)) {}

  // Takes the key that is there now, if it is another. With an error, which names the file, the one in use stays.
  [[nodiscard]] Result<void> refresh(journal::Journal& journal, const Keys& keys);

 private:
  std::string file_;
  std::string name_;  // of the key in use, as in journal/checkpoint.hpp; "": none yet
};

}  // namespace sallyport::serve
