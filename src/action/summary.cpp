#include "action/summary.hpp"

#include <string_view>
#include <vector>

#include "action/canonical.hpp"
#include "action/escape.hpp"
#include "action/phrases.hpp"

namespace sallyport::action {
namespace {

using model::Kubernetes;
using model::Operation;
using model::ShownChange;

constexpr std::size_t kMaxSummary = 160;
constexpr std::size_t kMaxValue = 56;
constexpr std::string_view kGap = "...";

std::string target_text(const Kubernetes& action) {
  const auto& resource = action.target.resource;
  std::string text(model::to_string(action.operation));
  text += ' ' + resource_words(resource);
  text += resource.subresource.empty() ? "/" : '/' + resource.subresource + ' ';
  return text + action.target.name;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Cut in the middle: images and paths differ at the end more often than at the beginning.
std::string shorten(std::string_view text) {
  if (text.size() <= kMaxValue) return std::string(text);
  const std::size_t half = (kMaxValue - kGap.size()) / 2;
  std::size_t head = half;
  std::size_t tail = text.size() - half;
  while (head > 0 && is_continuation(text[head])) --head;
  while (tail < text.size() && is_continuation(text[tail])) ++tail;
  return std::string(text.substr(0, head)) + std::string(kGap) + std::string(text.substr(tail));
}

// The last key of a path's text, with the index after it.
std::string_view last_key(std::string_view path) {
  if (path.ends_with("']")) {
    const auto open = path.rfind("['");
    if (open != std::string_view::npos) return path.substr(open + 2, path.size() - open - 4);
  }
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string change_text(const ShownChange& change) {
  const std::string key = shorten(last_key(change.path));
  if (change.redacted) return key + " (hidden)";
  if (!change.to) return key + " removed";
  if (!change.from) return key + " added: " + shorten(*change.to);
  return key + ' ' + shorten(*change.from) + " -> " + shorten(*change.to);
}

std::string with_changes(std::string text, const std::vector<ShownChange>& changes) {
  std::string_view separator = ": ";
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto left = changes.size() - i;
    const std::string next = std::string(separator) + change_text(changes[i]);
    const std::string more = ", " + std::to_string(left) + " more";
    // The first one always stands, cut if need be.
    if (i > 0 && text.size() + next.size() + more.size() > kMaxSummary) return text + more;
    text += next;
    separator = ", ";
  }
  return text;
}

std::string connect_text(const Kubernetes& action) {
  std::string text = target_text(action);
  if (is_proxy(action.target.resource)) return text + ": anything through this proxy";
  if (!action.connect) return text;
  const std::string command = command_words(*action.connect);
  if (!command.empty()) text += " [" + command + ']';
  return action.connect->stdin_attached ? text + " with stdin" : text;
}

}  // namespace

std::string summarize(const Kubernetes& action, const std::vector<ShownChange>& changes) {
  std::string text;
  if (action.operation == Operation::connect)
    text = connect_text(action);
  else if (action.operation == Operation::update)
    text = with_changes(target_text(action), changes);
  else
    text = target_text(action);
  return show_text(text, kMaxSummary).text;
}

}  // namespace sallyport::action
