#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "effects/table.hpp"
#include "policy/bucket.hpp"
#include "policy/call.hpp"
#include "policy/compiled_policy.hpp"
#include "policy/read_depth.hpp"

namespace sallyport::policy {

using Candidates = std::vector<const CompiledPolicy*>;

// All policies of one moment, filed so that a call finds those that may concern it without going through the others.
// Built once, never changed, shared by all threads; everything handed out points into it.
class PolicyIndex {
 public:
  // `effects`: the table by which effects are judged, as it is shipped unless an installation adds to it.
  explicit PolicyIndex(std::vector<model::Policy> policies, effects::SharedTable effects = effects::shipped_table());
  PolicyIndex(const PolicyIndex&) = delete;
  PolicyIndex& operator=(const PolicyIndex&) = delete;

  // From the envelope alone: nobody (allow, the rest need not be looked at), somebody (parse it whole), or it depends
  // on labels (read the selector fields, and ask for the candidates). `ns`: of the envelope's namespace; null if it is
  // not known.
  [[nodiscard]] ReadDepth read_depth(const model::Envelope& envelope, const model::Agent& agent,
                                     const NamespaceFacts* ns) const;

  // Who may be concerned, each once, in the order of their names. Without selector fields, whoever has a selector is
  // among them.
  [[nodiscard]] Candidates candidates(const model::Envelope& envelope, const model::Agent& agent,
                                      const NamespaceFacts* ns, const model::SelectorFields* selector_fields) const;

  // The same of a review that has been read whole.
  [[nodiscard]] Candidates candidates(const effects::ReadOnce& write, const model::Agent& agent,
                                      const NamespaceFacts* ns, const model::SelectorFields* selector_fields) const;
  // The same of a call whose effects and selector fields are known.
  [[nodiscard]] Candidates candidates(const Call& call) const;

  // By which the same calls are to be matched.
  [[nodiscard]] const effects::Table& effects() const { return *effects_; }

  // Does an ApprovalPolicy live there?
  [[nodiscard]] bool holds_policy(std::string_view namespace_name) const {
    return namespaces_.contains(namespace_name);
  }

  // Sorted by kind, namespace, name.
  [[nodiscard]] const std::vector<model::Policy>& policies() const { return policies_; }
  [[nodiscard]] const std::vector<CompiledPolicy>& compiled() const { return compiled_; }

 private:
  // A resource pattern of a rule; "*" is any. The namespace is that of the policy, "" for cluster policies.
  struct Key {
    std::string_view group;
    std::string_view resource;
    std::string_view subresource;
    std::string_view ns;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  using Postings = std::unordered_map<Key, std::vector<Posting>, KeyHash>;
  struct Collector;
  struct Asker;

  static void post(const CompiledPolicy& policy, Postings& postings);

  [[nodiscard]] Call call_of(const model::Envelope& envelope, const model::Agent& agent, const NamespaceFacts* ns,
                             const model::SelectorFields* selector_fields) const;
  // `Visitor` has found(policy), and unread(table) for what only labels that were not read can tell.
  template <typename Visitor>
  void visit(const Call& call, Visitor& visitor) const;
  template <typename Visitor>
  void visit_effects(const Call& call, Visitor& visitor) const;
  template <typename Visitor>
  void visit_resource(const Call& call, std::string_view subresource, bool with_any, Visitor& visitor) const;

  effects::SharedTable effects_;
  std::vector<model::Policy> policies_;
  std::vector<CompiledPolicy> compiled_;
  std::unordered_map<Key, Bucket, KeyHash> buckets_;
  Bucket namespace_watchers_;  // cluster policies with a namespaceSelector, whatever their rules
  std::unordered_set<std::string_view> namespaces_;
  model::Effects asked_effects_;
  std::uint32_t shapes_ = 0;  // which of the 16 ways to have "*" in a key are in use, a bit each
};

}  // namespace sallyport::policy
