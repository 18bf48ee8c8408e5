#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "model/forms.hpp"
#include "model/request.hpp"

namespace sallyport::engine {

// Seals: HMACs under the cluster's key over cluster id, request, digest, copied policies, the entry
// and the seal before it. Whatever an object of ours holds counts only under its seal: RBAC, the admission policy and
// the webhook keep forgeries out, and this keeps them worthless when those are gone.
//
// A seal says its form (model/forms.hpp): "<form>:<hex>", and of form 1, which is older than that, the hex alone. One
// of a spec says before the hex what the action does, too (model/deeds.hpp). Values in, values out; any thread, but for
// `write_form`.
class Sealer {
 public:
  Sealer(Secret key, std::string cluster_id, model::FormRange forms = model::kSealForms);

  [[nodiscard]] const model::FormRange& forms() const { return forms_; }
  // From now on, seals are made in this form; until then, in the oldest that is read. Before others use the sealer, or
  // on their thread.
  void write_form(std::uint32_t form) { form_ = form; }
  // Else they must not stand in a request: what no seal covers, anybody may have written.
  [[nodiscard]] bool covers_deeds() const { return form_ > 1; }

  // Over everything of the spec but slot and reviews, and the name it is created under. It does not cover the uid,
  // which the API server gives later; all later seals do.
  [[nodiscard]] std::string seal_spec(const model::RequestKey& key, const model::RequestSpec& spec) const;
  [[nodiscard]] std::string seal_review(const model::ApprovalRequest& request, const model::Review& review,
                                        std::string_view seal_before) const;
  [[nodiscard]] std::string seal_decision(const model::ApprovalRequest& request, const model::Decision& decision) const;
  [[nodiscard]] std::string seal_use(const model::ApprovalRequest& request, const model::Use& use,
                                     std::string_view seal_before) const;
  [[nodiscard]] std::string seal_revocation(const model::ApprovalRequest& request,
                                            const model::Revocation& revocation) const;

  // The same in the form of a seal that is there, to compare it with.
  [[nodiscard]] Sealer in_form_of(std::string_view seal) const;

 private:
  [[nodiscard]] std::string finish(Hasher& hasher, std::string_view deeds = "") const;
  [[nodiscard]] std::string tag(std::string_view what) const;
  [[nodiscard]] Hasher begin(std::string_view what, const model::ApprovalRequest& request) const;

  std::shared_ptr<const Secret> key_;
  std::string cluster_id_;
  model::FormRange forms_;
  std::uint32_t form_;
};

// The form that a seal says it has. What looks like none of ours says form 1, and is none.
[[nodiscard]] std::uint32_t form_of(std::string_view seal);

// The seal that a new review goes on top of: the last review's, or the spec's own.
[[nodiscard]] std::string_view seal_before_next_review(const model::RequestSpec& spec);

// What of a request is of another version, so that this one can tell nothing of it, in words: "spec (type Grant)",
// "reviews[1] (form 3)". If anything is, nothing of the request counts: neither is it used nor decided, and nobody has
// forged it.
[[nodiscard]] std::vector<std::string> unknown_parts(const model::ApprovalRequest& request, model::FormRange forms);

// What of a request is ours.
struct Sealed {
  std::vector<std::string> unknown;    // see unknown_parts; all else is empty then
  bool spec = false;                   // made by us, unchanged
  std::vector<model::Review> reviews;  // in order, the sealed ones alone
  std::vector<std::string> forged;     // what lacks a valid seal, in words: "reviews[1] by alice"
  bool decision = false;               // there is one, it is sealed, and it follows from the reviews
  std::string underived;               // why it does not follow, if it is sealed and does not
  bool revoked = false;                // a sealed revocation stands
  bool uses = false;                   // every use is sealed (also true of none)
};
[[nodiscard]] Sealed check_seals(const Sealer& sealer, const model::ApprovalRequest& request);

}  // namespace sallyport::engine
