#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/action.hpp"
#include "model/admission.hpp"

// Parts of what people read of an action, said in one way wherever they stand.
namespace sallyport::action {

// "deployments", "widgets.example.com": groups that only Kubernetes itself defines need no mention; anybody may define
// "secrets.example.com".
[[nodiscard]] std::string resource_words(const model::Resource& resource);

// "psql -c 'select 1'": what would be executed, each argument quoted as a shell needs it; "" for none.
[[nodiscard]] std::string command_words(const model::Connect& connect);

// Of a change's path, what tells which field it is: "image", "env.value", "roleRef.name", "account".
[[nodiscard]] std::string place_words(std::string_view path);

// What an action does, in the order in which changes are shown: "identity", "runs code". Of names that this version
// does not know, the names.
[[nodiscard]] std::vector<std::string> effect_words(const std::vector<std::string>& effects);

// "node reach": a rule of the built-in guard (policy/guard.cpp), by its name, in a word or two.
[[nodiscard]] std::string guard_words(std::string_view rule);
// "guarded: node reach, account"; "" for none.
[[nodiscard]] std::string guarded_words(const std::vector<std::string>& rules);
// What the rule is about, as an end of a sentence: "it reaches a node". "" of a rule that this version does not know.
[[nodiscard]] std::string_view guard_sentence(std::string_view rule);

}  // namespace sallyport::action
