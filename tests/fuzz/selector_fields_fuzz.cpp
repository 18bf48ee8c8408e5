// A fields and the whole review see the same labels and accounts; what the parser takes for JSON, the fields's scanner
// takes, too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "json/json.hpp"
#include "json/scanner.hpp"
#include "wire/admission.hpp"

namespace {

using sallyport::json::Value;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_same(const std::vector<sallyport::model::SelectorFields::Label>& glanced, const Value& object) {
  const auto labels = object["metadata"]["labels"].members();
  require(glanced.size() == labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(glanced[i].key == labels[i].key);
    require(glanced[i].value == labels[i].value.text());
  }
}

bool holds(const std::vector<std::string>& accounts, const Value& pod_spec, std::string_view key) {
  const Value* account = pod_spec.find(key);
  if (account == nullptr || account->is_null()) return true;
  for (const auto& seen : accounts) {
    if (seen == account->text()) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  sallyport::json::Scanner scanner(body);
  scanner.skip_value();
  scanner.finish();
  require(!scanner.failed() || !sallyport::json::parse(body));

  const auto fields = sallyport::wire::read_selector_fields(body);
  const auto review = sallyport::wire::read_admission(body);
  if (!fields || !review) return 0;
  require_same(fields->labels, review->object);
  require_same(fields->old_labels, review->old_object);
  const Value& spec = review->object["spec"];
  for (const Value* pod_spec : {&spec, &spec["template"]["spec"], &spec["jobTemplate"]["spec"]["template"]["spec"]}) {
    require(holds(fields->service_accounts, *pod_spec, "serviceAccountName"));
    require(holds(fields->service_accounts, *pod_spec, "serviceAccount"));
  }
  return 0;
}
