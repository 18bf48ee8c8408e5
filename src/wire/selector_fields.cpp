#include <string>
#include <utility>
#include <vector>

#include "json/scanner.hpp"
#include "json/shape.hpp"
#include "wire/admission.hpp"
#include "wire/members.hpp"
#include "wire/pod_glance.hpp"

namespace sallyport::wire {
namespace {

using json::Shape;
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

// One side of a review: what is written, or what was.
class Side {
 public:
  // `known`: the names that such an object may have.
  Side(Scanner& scanner, model::SelectorFields& fields, bool is_new, const Shape& known)
      : scanner_(scanner),
        fields_(fields),
        labels_(is_new ? fields.labels : fields.old_labels),
        is_new_(is_new),
        known_(known) {}

  void read() {
    if (scanner_.take_null()) return;
    for (Members member(scanner_); member.next();) {
      const auto& in_it = inside(known_, member.key());
      if (member.is("metadata")) {
        read_metadata(in_it);
      } else if (is_new_ && member.is("spec")) {
        glance_at_spec(scanner_, fields_, in_it);
      } else {
        skip(in_it);
      }
    }
  }

 private:
  void read_metadata(const Shape& known) {
    for (Members member(scanner_); member.next();) {
      const auto& in_it = inside(known, member.key());
      if (member.is("labels")) {
        read_labels(scanner_, labels_);
      } else if (is_new_ && member.is("annotations")) {
        glance_at_annotations(scanner_, fields_, in_it);
      } else {
        if (is_new_ && is_near_annotations(member.key())) fields_.beyond_baseline = true;
        skip(in_it);
      }
    }
  }

  void skip(const Shape& known) {
    if (!scanner_.skip_known(known)) fields_.beyond_baseline = true;
  }
  [[nodiscard]] const Shape& inside(const Shape& known, std::string_view key) {
    if (const auto* found = known.find(key)) return *found;
    fields_.beyond_baseline = true;
    return Shape::anything();
  }

  Scanner& scanner_;
  model::SelectorFields& fields_;
  Labels& labels_;
  bool is_new_;
  const Shape& known_;
};

void read_request(Scanner& scanner, model::SelectorFields& fields, const Shape& known) {
  for (Members member(scanner); member.next();) {
    if (member.is("object")) {
      Side(scanner, fields, true, known).read();
    } else if (member.is("oldObject")) {
      Side(scanner, fields, false, known).read();
    } else {
      scanner.skip_value();
    }
  }
}

}  // namespace

Result<model::SelectorFields> read_selector_fields(std::string_view body, const Shape& known) {
  Scanner scanner(body);
  model::SelectorFields fields;
  for (Members member(scanner); member.next();) {
    if (member.is("request")) {
      read_request(scanner, fields, known);
    } else {
      scanner.skip_value();
    }
  }
  scanner.finish();
  if (scanner.failed()) return fail(ErrorCode::bad_input, "glancing at a review: " + scanner.error());
  return fields;
}

}  // namespace sallyport::wire
