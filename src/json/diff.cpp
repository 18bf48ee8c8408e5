#include <algorithm>
#include <utility>

#include "json/member_index.hpp"
#include "json/path.hpp"

namespace sallyport::json {
namespace {

// What the paths of all changes may take. Each names its place in full, so a long key above a long list would otherwise
// multiply: three megabytes could ask for hundreds of gigabytes.
constexpr std::size_t kMaxPathBytes = 32u << 20;

class Differ {
 public:
  void compare(const Value& before, const Value& after) {
    if (before.is_object() && after.is_object())
      compare_objects(before.members(), after.members());
    else if (before.is_array() && after.is_array())
      compare_lists(before.items(), after.items());
    else if (!(before == after))
      add(&before, &after);
  }

  [[nodiscard]] bool too_much() const { return path_bytes_ > kMaxPathBytes; }
  [[nodiscard]] std::vector<Change> take() { return std::move(changes_); }

 private:
  void compare_objects(std::span<const Member> before, std::span<const Member> after) {
    MemberIndex old_members(before);
    for (std::size_t i = 0; i < after.size() && !too_much(); ++i) {
      const Member* old_member = old_members.find(after[i].key, i);
      at(after[i].key, old_member ? &old_member->value : nullptr, &after[i].value);
    }
    MemberIndex new_members(after);
    for (std::size_t i = 0; i < before.size() && !too_much(); ++i)
      if (!new_members.find(before[i].key, i)) at(before[i].key, &before[i].value, nullptr);
  }

  void compare_lists(std::span<const Value> before, std::span<const Value> after) {
    for (std::size_t i = 0; i < std::max(before.size(), after.size()) && !too_much(); ++i)
      at(i, i < before.size() ? &before[i] : nullptr, i < after.size() ? &after[i] : nullptr);
  }

  // `step` is a string or an index.
  template <typename Step>
  void at(const Step& step, const Value* from, const Value* to) {
    steps_.emplace_back(step);
    if (from && to)
      compare(*from, *to);
    else
      add(from, to);
    steps_.pop_back();
  }

  void add(const Value* from, const Value* to) {
    for (const Path::Step& step : steps_) {
      path_bytes_ += sizeof step;
      if (const auto* key = std::get_if<std::string>(&step)) path_bytes_ += key->size();
    }
    if (!too_much()) changes_.push_back({Path(steps_), from, to});
  }

  std::vector<Path::Step> steps_;
  std::size_t path_bytes_ = 0;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> diff(const Value& before, const Value& after) {
  Differ differ;
  differ.compare(before, after);
  // Said as one change of the whole, and not cut off: the order of members must not decide what is left out.
  if (differ.too_much()) return {{Path(), &before, &after}};
  return differ.take();
}

}  // namespace sallyport::json
