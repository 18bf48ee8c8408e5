#pragma once

#include <string>
#include <string_view>

#include "model/action.hpp"

// A seal of form 2 says in clear what it covers of `effects` and `guarded`: "2:RunsCode,Identity/node-reach:<hex>".
//
// A CustomResourceDefinition that is older than these fields drops them, when a request is made as well as when it is
// read, and says nothing. The seal stays, since that field is as old as requests are. Whoever reads a request takes
// from it what is not in the fields, so that the request is the same with them and without, and its seal right. By that
// nobody gains anything who takes the fields away, and whoever writes others, in the fields or in the seal, has broken
// the seal: it is made over what they say, and says it.
namespace sallyport::model {

// "RunsCode,Identity/node-reach"; "" where there is neither. Also "" where it would be too long for a seal, which no
// action comes near.
[[nodiscard]] std::string deeds_of(const Kubernetes& action);

// Fills in what is missing, by what a seal says.
void add_deeds(Kubernetes& action, std::string_view seal);

}  // namespace sallyport::model
