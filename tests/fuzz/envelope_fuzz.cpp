// Whatever the bytes: no crash, and where the envelope can be read early, the whole review says the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/admission.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto uid = sallyport::wire::readable_uid(body);
  const auto envelope = sallyport::wire::read_envelope(body);
  if (!envelope) return 0;
  require(uid == envelope->uid || !uid);
  const auto review = sallyport::wire::read_admission(body);
  if (!review) return 0;
  require(envelope->uid == review->uid);
  require(envelope->kind == review->kind);
  require(envelope->resource == review->resource);
  require(envelope->namespace_name == review->namespace_name);
  require(envelope->name == review->name);
  require(envelope->operation == review->operation);
  require(envelope->user.username == review->user.username);
  require(envelope->user.uid == review->user.uid);
  require(envelope->user.groups == review->user.groups);
  require(envelope->user.pod == review->user.pod);
  require(envelope->user.node == review->user.node);
  require(envelope->user.credential_id == review->user.credential_id);
  return 0;
}
