#pragma once

#include <span>
#include <string_view>

#include "model/pod_baseline.hpp"

// The fields of a pod as the quick look at its text knows them (wire/pod_glance.hpp).
namespace sallyport::wire {

enum class Take {
  any,      // the baseline says nothing of it, nor of what is in it
  account,  // is told, and has nothing to do with the baseline
  off,      // false and nothing else is plainly inside
  never,    // nothing is
  text,     // one of the allowed ones is
  texts,    // a list of them
  object,   // goes by its shape
  objects,  // a list of them
};

struct PodShape;

struct PodMember {
  std::string_view key;
  Take take = Take::any;
  const PodShape* shape = nullptr;
  model::baseline::Values allowed = {};
};

// What an object may hold, in the order in which an API server writes it. What it holds beside that is not known, and
// so not plainly inside.
struct PodShape {
  std::span<const PodMember> members;
  bool needs_first = false;  // without the first of them it is not inside
};

extern const PodShape kPodSpec;

}  // namespace sallyport::wire
