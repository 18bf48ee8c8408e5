#include "wire/approval.hpp"

#include <utility>

namespace sallyport::wire {
namespace {

constexpr std::int64_t kMostTimes = 1000;  // as the CRD has it, for counts and uses

model::Approver read_approver(const Fields& approver) {
  approver.allow_only({"kind", "name"});
  return {.kind = approver.needed_word("kind", model::Approver::kKindWords, model::Approver::Kind::user),
          .name = approver.needed_text("name")};
}

model::Requirement read_requirement(const Fields& requirement) {
  requirement.allow_only({"name", "count", "approvers"});
  return {.name = requirement.needed_text("name"),
          .count = static_cast<std::uint32_t>(requirement.integer("count", 1, kMostTimes, 1)),
          .approvers = requirement.list("approvers", read_approver)};
}

json::Value write_requirement(const model::Requirement& requirement) {
  json::Value approvers = json::Value::array();
  for (const model::Approver& approver : requirement.approvers) {
    json::Value one;
    one.set("kind", model::word_of(model::Approver::kKindWords, approver.kind));
    one.set("name", approver.name);
    approvers.push(std::move(one));
  }
  json::Value written;
  written.set("name", requirement.name);
  written.set("count", static_cast<std::int64_t>(requirement.count));
  written.set("approvers", std::move(approvers));
  return written;
}

}  // namespace

model::Approval read_approval(const Fields& approval) {
  approval.allow_only({"requirements", "pendingTimeout", "validFor", "uses"});
  const model::Approval zero;
  return {.requirements = approval.list("requirements", read_requirement),
          .pending_timeout = approval.duration("pendingTimeout", zero.pending_timeout),
          .valid_for = approval.duration("validFor", zero.valid_for),
          .uses = static_cast<std::uint32_t>(approval.integer("uses", 1, kMostTimes, zero.uses))};
}

json::Value write_approval(const model::Approval& approval) {
  json::Value requirements = json::Value::array();
  for (const model::Requirement& requirement : approval.requirements) requirements.push(write_requirement(requirement));
  json::Value written;
  written.set("requirements", std::move(requirements));
  written.set("pendingTimeout", format_duration(approval.pending_timeout));
  written.set("validFor", format_duration(approval.valid_for));
  written.set("uses", static_cast<std::int64_t>(approval.uses));
  return written;
}

}  // namespace sallyport::wire
