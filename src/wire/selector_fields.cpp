#include <string>
#include <utility>
#include <vector>

#include "json/scanner.hpp"
#include "wire/admission.hpp"
#include "wire/members.hpp"
#include "wire/pod_glance.hpp"

namespace sallyport::wire {
namespace {

using Labels = std::vector<model::SelectorFields::Label>;

// Labels and accounts of another type than expected are left to the full parse (an error here). An object on the way to
// an account may be anything, as a custom resource's `spec` may: that is skipped.

void read_labels(Scanner& scanner, Labels& labels) {
  if (scanner.take_null()) return;
  scanner.enter_object();
  while (const auto key = scanner.next_key()) {
    std::string name(*key);
    labels.push_back({std::move(name), std::string(scanner.read_text())});
  }
}

// `pod`: of what is written, which may be a pod.
void read_metadata(Scanner& scanner, Labels& labels, model::SelectorFields* pod) {
  for (Members member(scanner); member.next();) {
    if (member.is("labels")) {
      read_labels(scanner, labels);
    } else if (pod != nullptr && member.is("annotations")) {
      glance_at_annotations(scanner, *pod);
    } else {
      if (pod != nullptr && is_near_annotations(member.key())) pod->beyond_baseline = true;
      scanner.skip_value();
    }
  }
}

void read_object(Scanner& scanner, Labels& labels, model::SelectorFields* pod) {
  if (scanner.take_null()) return;
  for (Members member(scanner); member.next();) {
    if (member.is("metadata")) {
      read_metadata(scanner, labels, pod);
    } else if (pod != nullptr && member.is("spec")) {
      glance_at_spec(scanner, *pod);
    } else {
      scanner.skip_value();
    }
  }
}

void read_request(Scanner& scanner, model::SelectorFields& fields) {
  for (Members member(scanner); member.next();) {
    if (member.is("object")) {
      read_object(scanner, fields.labels, &fields);
    } else if (member.is("oldObject")) {
      read_object(scanner, fields.old_labels, nullptr);
    } else {
      scanner.skip_value();
    }
  }
}

}  // namespace

Result<model::SelectorFields> read_selector_fields(std::string_view body) {
  Scanner scanner(body);
  model::SelectorFields fields;
  for (Members member(scanner); member.next();) {
    if (member.is("request")) {
      read_request(scanner, fields);
    } else {
      scanner.skip_value();
    }
  }
  scanner.finish();
  if (scanner.failed()) return fail(ErrorCode::bad_input, "glancing at a review: " + scanner.error());
  return fields;
}

}  // namespace sallyport::wire
