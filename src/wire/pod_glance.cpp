#include "wire/pod_glance.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/pod_baseline.hpp"
#include "wire/members.hpp"
#include "wire/pod_shape.hpp"

namespace sallyport::wire {
namespace {

using json::Shape;
using model::SelectorFields;
namespace baseline = model::baseline;

constexpr std::string_view kTwice = "a key stands twice";

// The members of one object, each of which stands in it once.
class Finder {
 public:
  Finder(Scanner& scanner, const PodShape& shape) : scanner_(scanner), shape_(shape) {}

  // nullptr: it is none of them.
  [[nodiscard]] const PodMember* find(std::string_view key) {
    const auto found = std::ranges::find(shape_.members, key, &PodMember::key);
    if (found == shape_.members.end()) return nullptr;
    note(static_cast<std::size_t>(found - shape_.members.begin()));
    return &*found;
  }
  [[nodiscard]] bool has_first() const { return (seen_ & 1) != 0; }

 private:
  void note(std::size_t index) {
    const auto bit = std::uint64_t{1} << index;
    if ((seen_ & bit) != 0) scanner_.fail(kTwice);
    seen_ |= bit;
  }

  Scanner& scanner_;
  const PodShape& shape_;
  std::uint64_t seen_ = 0;  // a shape has at most 64 members
};

class PodGlance {
 public:
  PodGlance(Scanner& scanner, SelectorFields& fields) : scanner_(scanner), fields_(fields) {}

  // What may hold another spec: nothing in a pod's, its template in a Job's, both in an object's.
  enum class Inner { none, templates, jobs };

  void read_spec(Inner inner, const Shape& known) {
    if (!is_object()) return;
    Finder members(scanner_, kPodSpec);
    bool is_pod = inner == Inner::none, knows_all = true, holds_template = false, holds_job = false;
    scanner_.enter_object();
    while (const auto key = scanner_.next_key()) {
      const auto& in_it = inside(known, *key);
      if (const auto* member = members.find(*key)) {
        if (member->key == "containers") is_pod = true;
        read_member(*member, in_it);
      } else if (inner != Inner::none && *key == "template") {
        note(holds_template);
        read_template(Inner::none, in_it);
      } else if (inner == Inner::jobs && *key == "jobTemplate") {
        note(holds_job);
        read_template(Inner::templates, in_it);
      } else {
        knows_all = false;
        if (is_near_judged(*key)) beyond();
        skip(in_it);
      }
    }
    // A spec without containers is a workload's own, or none of a pod at all.
    if (is_pod && !knows_all) beyond();
  }

  void read_annotations(const Shape& known) {
    if (!is_object()) return;
    scanner_.enter_object();
    while (const auto key = scanner_.next_key()) {
      const auto& in_it = inside(known, *key);
      if (!key->starts_with(baseline::kAppArmorAnnotation)) {
        skip(in_it);
      } else if (!baseline::allows_app_armor(scanner_.read_text())) {
        beyond();
      }
    }
  }

 private:
  void beyond() { fields_.beyond_baseline = true; }
  void skip_beyond() {
    beyond();
    scanner_.skip_value();
  }
  void skip(const Shape& known) {
    if (!scanner_.skip_known(known)) beyond();
  }
  [[nodiscard]] const Shape& inside(const Shape& known, std::string_view key) {
    if (const auto* found = known.find(key)) return *found;
    beyond();
    return Shape::anything();
  }

  void note(bool& seen) {
    if (seen) scanner_.fail(kTwice);
    seen = true;
  }

  // Else what is there has been read: a null is nothing, and anything else is beyond.
  [[nodiscard]] bool is_object() {
    if (scanner_.at_object()) return true;
    if (!scanner_.take_null()) skip_beyond();
    return false;
  }

  static bool is_near_judged(std::string_view key) {
    return std::ranges::any_of(kPodSpec.members, [&](const PodMember& known) {
      return known.take != Take::any && baseline::is_near(key, known.key);
    });
  }

  // Of a pod or of a Job.
  void read_template(Inner inner, const Shape& known) {
    if (!is_object()) return;
    for (Members member(scanner_); member.next();) {
      const auto& in_it = inside(known, member.key());
      if (member.is("spec")) {
        read_spec(inner, in_it);
      } else if (member.is("metadata")) {
        read_metadata(in_it);
      } else {
        skip_beyond();
      }
    }
  }

  void read_metadata(const Shape& known) {
    if (!is_object()) return;
    for (Members member(scanner_); member.next();) {
      const auto& in_it = inside(known, member.key());
      if (member.is("annotations")) {
        read_annotations(in_it);
      } else {
        if (is_near_annotations(member.key())) beyond();
        skip(in_it);
      }
    }
  }

  void read_object(const PodShape& shape, const Shape& known) {
    if (!is_object()) return;
    Finder members(scanner_, shape);
    scanner_.enter_object();
    while (const auto key = scanner_.next_key()) {
      const auto& in_it = inside(known, *key);
      if (const auto* member = members.find(*key)) {
        read_member(*member, in_it);
      } else {
        skip_beyond();
      }
    }
    if (shape.needs_first && !members.has_first()) beyond();
  }

  void read_text(baseline::Values allowed) {
    if (!scanner_.at_text()) return skip_beyond();
    if (!baseline::allows(allowed, scanner_.read_text())) beyond();
  }

  void read_list(const PodMember& member, const Shape& known) {
    if (scanner_.take_null()) return;
    if (!scanner_.at_array()) return skip_beyond();
    scanner_.enter_array();
    while (scanner_.next_item()) {
      if (member.take == Take::texts) {
        read_text(member.allowed);
      } else if (scanner_.at_object()) {
        read_object(*member.shape, known);
      } else {
        skip_beyond();
      }
    }
  }

  void read_member(const PodMember& member, const Shape& known) {
    switch (member.take) {
      case Take::any:
        return skip(known);
      case Take::account:
        if (!scanner_.take_null()) fields_.service_accounts.emplace_back(scanner_.read_text());
        return;
      case Take::off:
        if (!scanner_.take_false()) skip_beyond();
        return;
      case Take::never:
        return skip_beyond();
      case Take::text:
        return read_text(member.allowed);
      case Take::object:
        return read_object(*member.shape, known);
      case Take::texts:
      case Take::objects:
        return read_list(member, known);
    }
  }

  Scanner& scanner_;
  SelectorFields& fields_;
};

}  // namespace

void glance_at_spec(Scanner& scanner, SelectorFields& fields, const Shape& known) {
  PodGlance(scanner, fields).read_spec(PodGlance::Inner::jobs, known);
}

bool is_near_annotations(std::string_view key) {
  return baseline::is_near(key, "annotations");
}

void glance_at_annotations(Scanner& scanner, SelectorFields& fields, const Shape& known) {
  PodGlance(scanner, fields).read_annotations(known);
}

}  // namespace sallyport::wire
