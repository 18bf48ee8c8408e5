#include "cli/gist.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "action/phrases.hpp"
#include "action/shown_lines.hpp"
#include "action/weight.hpp"
#include "cli/facts.hpp"
#include "cli/ink.hpp"
#include "cli/words.hpp"
#include "policy/weigher.hpp"

namespace sallyport::cli {
namespace {

using action::Weight;
using model::Operation;
using model::ShownChange;

// Of a value. Whole images and commands fit.
constexpr std::size_t kLongestValue = 160;
constexpr std::size_t kLongestPlainValue = 40;

// One kind of change to one place, or to several alike.
struct Piece {
  std::string name;
  std::string text;
  Weight weight;
  bool added = false;
  bool hidden = false;
  std::size_t fields = 1;
  std::size_t unsaid = 0;  // values that the text has no room for
};

std::string value_words(const std::string& value, const Weight& weight) {
  const std::string shown = safe(value);
  if (shown.empty()) return "\"\"";
  return cut_to(shown, weight.is_decisive() ? kLongestValue : kLongestPlainValue);
}

std::string change_words(const Piece& piece, const ShownChange& change) {
  if (const auto* lines = action::line_differences(change)) {
    const auto words = value_words(action::line_words(*lines), piece.weight);
    return piece.name + (change.to ? " " + words : " removed: " + words);
  }
  if (!change.to) return piece.name + " removed";
  const std::string to = value_words(*change.to, piece.weight);
  return piece.name + " " + (change.from ? value_words(*change.from, piece.weight) + " -> " : "") + to;
}

Piece piece_of(const ShownChange& change, policy::StoredWeigher& weigher) {
  Piece piece{.name = safe(action::place_words(change.path)),
              .weight = weigher(change),
              .added = !change.from && change.to,
              .hidden = change.redacted};
  piece.text = change_words(piece, change);
  return piece;
}

// Whether it could be said with the other one: "rules.verbs get" and "rules.verbs list" are "rules.verbs get list".
bool joins(Piece& into, const Piece& piece) {
  if (into.name != piece.name || into.hidden != piece.hidden) return false;
  if (into.text != piece.text) {
    if (!into.added || !piece.added || into.weight.grave != piece.weight.grave) return false;
    const std::string value = piece.text.substr(piece.name.size());
    if (into.unsaid > 0 || columns_of(into.text + value) > piece.name.size() + kLongestValue)
      ++into.unsaid;
    else
      into.text += value;
  }
  ++into.fields;
  return true;
}

// In the order of the changes, which is that of what they say.
std::vector<Piece> pieces_of(const model::ActionRecord& action) {
  policy::StoredWeigher weigher(*action.kubernetes());
  std::vector<Piece> pieces;
  for (const auto& change : action.changes) {
    if (change.ignored) continue;
    auto piece = piece_of(change, weigher);
    if (std::ranges::none_of(pieces, [&](Piece& each) { return joins(each, piece); }))
      pieces.push_back(std::move(piece));
  }
  return pieces;
}

// Adds to a text what fits, and counts and names what does not.
class Gist {
 public:
  Gist(std::string text, std::size_t characters) : text_(std::move(text)), characters_(characters) {}

  // What the guard would refuse: a list of its own.
  void begin(const std::string& words) {
    if (words.empty()) return;
    add(words);
    separator_ = "; ";
  }

  void add(const std::string& words) {
    if (words.empty()) return;
    text_ += separator_ + words;
    separator_ = ", ";
  }

  void add(const std::vector<Piece>& pieces) {
    std::vector<std::string> hidden;
    for (const auto& piece : pieces) {
      if (piece.hidden)
        hidden.push_back(piece.name);
      else if (is_to_be_said(piece))
        add(words_of(piece));
      else
        leave_out(piece);
    }
    if (!hidden.empty()) add("hidden " + names_within({}, hidden));
  }

  [[nodiscard]] std::string take(bool truncated) {
    if (left_ > 0) {
      const auto names = names_within(left_decisive_, left_others_);
      add(std::to_string(left_) + " more" + (names.empty() ? "" : ": " + names));
    }
    if (truncated) add("the rest is too large to show");
    return std::move(text_);
  }

 private:
  static std::string words_of(const Piece& piece) {
    if (piece.unsaid > 0) return piece.text + " and " + std::to_string(piece.unsaid) + " others";
    return piece.text + (piece.added || piece.fields == 1 ? "" : " (" + std::to_string(piece.fields) + " times)");
  }

  [[nodiscard]] bool is_to_be_said(const Piece& piece) const {
    if (piece.weight.grave) return columns_of(text_) < 4 * characters_;
    return left_ == 0 && fits(words_of(piece));
  }

  void leave_out(const Piece& piece) {
    left_ += piece.fields;
    auto& names = piece.weight.is_decisive() ? left_decisive_ : left_others_;
    if (std::ranges::find(names, piece.name) == names.end()) names.push_back(piece.name);
  }

  // The first ones whatever they take, of the others what fits.
  [[nodiscard]] std::string names_within(const std::vector<std::string>& needed,
                                         const std::vector<std::string>& others) const {
    std::string text = joined(needed);
    for (const auto& name : others) {
      if (!text.empty() && !fits(text + name)) return text + ", ...";
      text += (text.empty() ? "" : ", ") + name;
    }
    return text;
  }

  [[nodiscard]] bool fits(const std::string& words) const {
    return columns_of(text_) + columns_of(words) + 2 <= characters_;
  }

  std::string text_;
  std::string separator_ = ": ";
  std::size_t characters_;
  std::vector<std::string> left_decisive_;
  std::vector<std::string> left_others_;
  std::size_t left_ = 0;
};

std::string connect_words(const model::Kubernetes& action) {
  std::string words = action.target.resource.subresource;
  if (words == "proxy") return "anything through this proxy";
  if (!action.connect) return words;
  const std::string command = action::command_words(*action.connect);
  if (!command.empty()) words += " [" + command + "]";
  return action.connect->stdin_attached ? words + " with stdin" : words;
}

// What is done to it, where that is not plainly an update of the object.
std::string deed_of(const model::Kubernetes& action) {
  const auto& part = action.target.resource.subresource;
  switch (action.operation) {
    case Operation::connect:
      return connect_words(action);
    case Operation::create:
      return part.empty() ? "create" : "create " + part;
    case Operation::del:
      return part.empty() ? "delete" : "delete " + part;
    default:
      return part;
  }
}

}  // namespace

std::string object_of(const model::ActionRecord& action) {
  const auto* kubernetes = action.kubernetes();
  if (kubernetes == nullptr) return safe(action.summary);
  return safe(action::resource_words(kubernetes->target.resource) + "/" + kubernetes->target.name);
}

std::string gist_of(const model::ActionRecord& action, std::size_t characters) {
  const auto* kubernetes = action.kubernetes();
  if (kubernetes == nullptr) return object_of(action);
  Gist gist(object_of(action), characters);
  gist.begin(safe(action::guarded_words(kubernetes->guarded)));
  gist.add(safe(deed_of(*kubernetes)));
  gist.add(pieces_of(action));
  if (answers_with_secret(*kubernetes)) gist.add("the answer shows the agent its values");
  return gist.take(action.truncated);
}

}  // namespace sallyport::cli
