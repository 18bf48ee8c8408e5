#pragma once

#include <string>

#include "model/action.hpp"
#include "model/admission.hpp"

// Parts of what people read of an action, said in one way wherever they stand.
namespace sallyport::action {

// "deployments", "widgets.example.com": groups that only Kubernetes itself defines need no mention; anybody may define
// "secrets.example.com".
[[nodiscard]] std::string resource_words(const model::Resource& resource);

// "psql -c 'select 1'": what would be executed, each argument quoted as a shell needs it; "" for none.
[[nodiscard]] std::string command_words(const model::Connect& connect);

}  // namespace sallyport::action
