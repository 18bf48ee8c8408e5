#include "cli/ask_view.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "cli/table.hpp"
#include "cli/words.hpp"
#include "json/json.hpp"
#include "model/request.hpp"
#include "wire/refusal.hpp"

namespace sallyport::cli {
namespace {

using Answer = AskedObject::Answer;

std::string_view word_of(Answer answer) {
  switch (answer) {
    case Answer::asked:
      return "asked";
    case Answer::approved:
      return "approved";
    case Answer::free:
      return "free";
    case Answer::refused:
      return "refused";
    case Answer::unknown:
      return "not known";
  }
  return "";
}

std::optional<Colour> colour_for(Answer answer) {
  if (answer == Answer::asked) return Colour::yellow;
  if (answer == Answer::approved) return Colour::green;
  return answer == Answer::free ? std::nullopt : std::optional(Colour::red);
}

std::string find(const wire::Refusal& tail, std::string_view key) {
  const auto found = std::ranges::find(tail.more, key, &std::pair<std::string, std::string>::first);
  return found == tail.more.end() ? "" : found->second;
}

std::string without_tail(std::string_view text) {
  return std::string(text.substr(0, text.rfind(" [code=")));
}

void take_request(AskedObject& asked, const wire::Refusal& tail) {
  asked.answer = Answer::asked;
  asked.request = tail.request;
  asked.plan = find(tail, "plan");
  asked.expires = find(tail, "expires");
}

// Those of which a request waits under a plan, by the request's namespace; "" as plan: asked about before, by itself.
std::set<std::string> namespaces_of(const std::vector<AskedObject>& all, const std::string& plan) {
  std::set<std::string> found;
  for (const auto& each : all) {
    if (each.answer == Answer::asked && each.plan == plan) {
      found.insert(model::parse_request_key(each.request).namespace_name);
    }
  }
  return found;
}

std::string plan_in(const std::vector<AskedObject>& all) {
  const auto found = std::ranges::find_if(all, [](const auto& each) { return !each.plan.empty(); });
  return found == all.end() ? "" : found->plan;
}

std::string following_words(const std::vector<AskedObject>& all, const Page& page) {
  const auto plan = plan_in(all);
  if (plan.empty()) return "";
  const auto count = std::ranges::count(all, plan, &AskedObject::plan);
  std::string text = "\nPlan " + page.ink(Colour::bold, safe(plan)) + ": " +
                     count_words(static_cast<std::size_t>(count), "request") +
                     " for people to decide.\nThey see it with " + page.program + " show " + safe(plan) +
                     ", and decide with " + page.program + " approve --plan " + safe(plan) + ".\n";
  for (const auto& where : namespaces_of(all, plan)) {
    text += "To wait: kubectl wait areq -n " + safe(where) + " -l sallyport.dev/plan=" + safe(plan) +
            " --for=condition=Decided --timeout=1h\n";
  }
  return text;
}

}  // namespace

AskedObject read_asked(std::string object, const std::vector<std::string>& warnings) {
  AskedObject asked{.object = std::move(object), .answer = Answer::free};
  for (const auto& warning : warnings) {
    const auto tail = wire::read_refusal(warning);
    if (!tail) continue;
    if (tail->code == "Allowed") {
      asked.answer = Answer::approved;
      asked.request = tail->request;
    } else if (tail->code == "WouldAsk" && !tail->request.empty()) {
      take_request(asked, *tail);
    } else if (tail->code == "WouldAsk") {
      // The guard refuses the real call, or this gate does not ask ahead.
      asked.answer = Answer::refused;
      asked.words = without_tail(warning);
      if (!find(*tail, "guard").empty()) break;
    }
  }
  return asked;
}

AskedObject read_refused(std::string object, const Error& error) {
  AskedObject asked{.object = std::move(object)};
  asked.words = error.message();
  const auto tail = wire::read_refusal(error.message());
  if (!tail) return asked;
  constexpr std::string_view mark = "denied the request: ";
  const auto begin = asked.words.find(mark);
  asked.words = without_tail(begin == std::string::npos ? asked.words : asked.words.substr(begin + mark.size()));
  asked.answer = Answer::refused;
  // The dry run of what shows a Secret is refused, and people are asked all the same.
  if (tail->code == "ApprovalRequired" && !tail->request.empty()) take_request(asked, *tail);
  return asked;
}

std::string ask_view(const std::vector<AskedObject>& all, const Page& page) {
  Table table({"OBJECT", "ANSWER", "REQUEST"}, 0);
  for (const auto& each : all) {
    table.add({{safe(each.object)},
               {std::string(word_of(each.answer)), colour_for(each.answer)},
               {each.request.empty() ? "-" : safe(each.request)}});
  }
  std::string text = table.text(page);
  for (const auto& each : all) {
    if (each.answer != Answer::refused && each.answer != Answer::unknown) continue;
    text += "\n" + page.ink(Colour::bold, safe(each.object)) + ": " + safe(each.words) + "\n";
  }
  return text + following_words(all, page);
}

std::string ask_json(const std::vector<AskedObject>& all) {
  auto objects = json::Value::array();
  for (const auto& each : all) {
    auto written = json::Value::object().set("object", each.object).set("answer", word_of(each.answer));
    if (!each.request.empty()) written.set("request", each.request);
    if (!each.expires.empty()) written.set("expires", each.expires);
    if (!each.words.empty()) written.set("why", each.words);
    objects.push(std::move(written));
  }
  return json::write_pretty(json::Value::object().set("plan", plan_in(all)).set("objects", std::move(objects))) + "\n";
}

Exit ask_exit(const std::vector<AskedObject>& all) {
  const bool is_whole = std::ranges::none_of(
      all, [](const auto& each) { return each.answer == Answer::refused || each.answer == Answer::unknown; });
  return is_whole ? Exit::done : Exit::refused;
}

}  // namespace sallyport::cli
