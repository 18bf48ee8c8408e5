// Objects of every shape through the readers of reviews, policies and requests: no crash, and what a request reads as
// is written and read back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/json.hpp"
#include "wire/admission.hpp"
#include "wire/policy.hpp"
#include "wire/request.hpp"

namespace {

void read_object(const sallyport::json::Value& object) {
  using namespace sallyport;
  (void)wire::read_policy(object);
  (void)wire::read_slot(object["spec"]["decision"]);
  const auto request = wire::read_request(object);
  if (!request) return;
  const json::Value written = wire::write_status(*request, request->status);
  const auto again = wire::read_request(written);
  if (!again || !(wire::write_status(*again, again->status) == written)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto review = sallyport::wire::read_admission(body)) {
    read_object(review->object);
    read_object(review->old_object);
  }
  if (const auto object = sallyport::json::parse(body)) read_object(*object);
  return 0;
}
