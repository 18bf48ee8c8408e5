#pragma once

#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "model/request.hpp"

namespace sallyport::engine {

// Seals: HMACs under the cluster's key over cluster id, request, digest, copied policies, the entry
// and the seal before it. Whatever an object of ours holds counts only under its seal: RBAC, the admission policy and
// the webhook keep forgeries out, and this keeps them worthless when those are gone. Values in, values out; any thread.
class Sealer {
 public:
  Sealer(Secret key, std::string cluster_id);

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

 private:
  [[nodiscard]] std::string finish(Hasher& hasher) const;
  [[nodiscard]] Hasher begin(std::string_view what, const model::ApprovalRequest& request) const;

  Secret key_;
  std::string cluster_id_;
};

// The seal that a new review goes on top of: the last review's, or the spec's own.
[[nodiscard]] std::string_view seal_before_next_review(const model::RequestSpec& spec);

// What of a request is ours.
struct Sealed {
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
