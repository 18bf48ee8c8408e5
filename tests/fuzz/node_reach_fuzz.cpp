// The judge of pods and the quick look at a review's text on any pod spec, at each place where the look finds one: what
// the judge says is outside the Pod Security baseline, the look does not take for plain.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/json.hpp"
#include "policy/node_reach.hpp"
#include "wire/admission.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string pod(reinterpret_cast<const char*>(data), size);  // {"metadata":...,"spec":...}
  const auto parsed = sallyport::json::parse(pod, {.depth = 100});
  if (!parsed || !parsed->is_object()) return 0;
  if (!sallyport::policy::outside_baseline((*parsed)["metadata"], (*parsed)["spec"])) return 0;
  for (const std::string_view around :
       {"@", R"({"spec":{"template":@}})", R"({"spec":{"jobTemplate":{"spec":{"template":@}}}})"}) {
    std::string object(around);
    object.replace(object.find('@'), 1, pod);
    const auto fields = sallyport::wire::read_selector_fields(R"({"request":{"object":)" + object + "}}");
    if (fields && !fields->beyond_baseline) std::abort();
  }
  return 0;
}
