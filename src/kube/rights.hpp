#pragma once

#include <string>
#include <vector>

namespace sallyport::kube {

// One right that leads an agent around the gate: a row of the chart's files/rights.json, which is compiled in.
struct Right {
  enum class Where { anywhere, own_namespace };
  enum class Names { any, gate, requests, keys };  // of which objects alone it matters

  std::string group;
  std::string resource;
  std::string subresource;
  std::vector<std::string> verbs;
  Where where = Where::anywhere;
  Names names = Names::any;
  // When it counts: always; where the gate does not stand; where it does not, or the guard only warns; where no policy
  // in Enforce asks about what runs.
  enum class While { always, unguarded, unenforced, unasked };
  While when = While::always;
  bool is_hint = false;  // it may be meant so: doctor alone tells it
  std::string why;       // behind "the agent": "can take the gate away"
};

// The same list for ever, read at the first call. Any thread.
[[nodiscard]] const std::vector<Right>& rights_around();

}  // namespace sallyport::kube
