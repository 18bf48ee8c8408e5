#include "action/phrases.hpp"

#include <algorithm>
#include <string_view>

namespace sallyport::action {
namespace {

bool is_builtin_group(std::string_view group) {
  return group.find('.') == std::string_view::npos || group.ends_with(".k8s.io");
}

bool is_plain_argument(std::string_view argument) {
  return !argument.empty() && std::ranges::all_of(argument, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_@%+=:,./-").contains(c);
  });
}

std::string in_quotes(std::string_view argument) {
  if (is_plain_argument(argument)) return std::string(argument);
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string resource_words(const model::Resource& resource) {
  return is_builtin_group(resource.group) ? resource.resource : resource.resource + '.' + resource.group;
}

std::string command_words(const model::Connect& connect) {
  std::string command;
  for (const auto& argument : connect.command) command += (command.empty() ? "" : " ") + in_quotes(argument);
  return command;
}

}  // namespace sallyport::action
