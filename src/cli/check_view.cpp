#include "cli/check_view.hpp"

#include <algorithm>

#include "cli/facts.hpp"
#include "cli/plain_data.hpp"
#include "cli/sheet.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

using whatif::Answer;

std::string who(const Checked& checked) {
  if (checked.agent.empty() && checked.user.empty()) return "any agent (name one with --agent or --as-user)";
  if (checked.agent.empty()) return "an agent, " + safe(checked.user);
  return "agent " + safe(checked.agent) + (checked.user.empty() ? ", any identity of it" : ", " + safe(checked.user));
}

std::string answer_words(const Checked& checked, const Page& page) {
  const auto& prediction = checked.prediction;
  switch (prediction.answer) {
    case Answer::free:
      return page.ink(Colour::green, "not gated") + ": it would go through without being asked about";
    case Answer::gated:
      if (!prediction.why.empty())
        return page.ink(Colour::yellow, "gated") + ", says the gate: " + safe(prediction.why);
      return page.ink(Colour::yellow, "gated") + ": it would wait for " +
             count_words(prediction.outcome.gated.size(), "requirement");
    case Answer::refused:
      return page.ink(Colour::red, "refused") + ", whoever approves: " + safe(prediction.why);
    case Answer::unknown:
      break;
  }
  return page.ink(Colour::red, "cannot be told") + ": nothing that was read gates it, but not all could be read";
}

void add_policies(Sheet& sheet, const policy::Terms& terms) {
  for (const auto& copy : terms.policies) {
    sheet.add("", safe(copy.ref.kind) + " " + safe(copy.ref.name));
    for (const auto& requirement : copy.approval.requirements) {
      sheet.add_item("- ", safe(requirement.name) + ": " + count_words(requirement.count, "approval") + " from " +
                               approver_words(requirement));
    }
    if (!copy.message.empty()) sheet.add_item("  ", "\"" + safe(copy.message) + "\"");
  }
  const bool holds = terms.while_pending == model::WhilePending::hold;
  sheet.add("", (holds ? "The call waits meanwhile, for " + span_words(terms.wait_for) + " at most"
                       : "The call is refused meanwhile, to be sent again") +
                    "; an approval holds for " + span_words(terms.valid_for) + " and " +
                    count_words(terms.uses, "use"));
}

std::string target_words(const model::Kubernetes& action) {
  const auto& target = action.target;
  const std::string where = target.namespace_name.empty() ? "" : safe(target.namespace_name) + "/";
  return std::string(model::to_string(action.operation)) + " " + safe(model::to_string(target.resource)) + " " + where +
         safe(target.name);
}

void add_names(Sheet& sheet, std::string_view label, const std::vector<std::string>& names, const char* what) {
  if (!names.empty()) sheet.add(label, safe(joined(names)) + what);
}

json::Value list(const std::vector<std::string>& texts) {
  json::Value all = json::Value::array();
  for (const auto& text : texts) all.push(text);
  return all;
}

std::string_view answer_name(Answer answer) {
  switch (answer) {
    case Answer::free:
      return "notGated";
    case Answer::gated:
      return "gated";
    case Answer::refused:
      return "refused";
    case Answer::unknown:
      break;
  }
  return "unknown";
}

json::Value as_json(const Checked& checked) {
  const auto& [action, agent, user, prediction] = checked;
  json::Value object = json::Value::object();
  const auto& kubernetes = *action.kubernetes();  // what is checked is a write of this cluster's API
  object.set("operation", model::to_string(kubernetes.operation));
  object.set("resource", model::to_string(kubernetes.target.resource));
  object.set("namespace", kubernetes.target.namespace_name).set("name", kubernetes.target.name);
  object.set("summary", action.summary).set("agent", agent).set("user", user);
  object.set("answer", answer_name(prediction.answer)).set("gated", list(prediction.outcome.gated));
  object.set("warned", list(prediction.outcome.warned)).set("audited", list(prediction.outcome.audited));
  object.set("refused", prediction.outcome.refused).set("why", prediction.why);
  object.set("notes", list(prediction.notes)).set("unread", list(prediction.unread));
  return object;
}

}  // namespace

std::string check_view(const std::vector<Checked>& all, const Page& page) {
  Sheet sheet(page);
  for (const auto& checked : all) {
    const auto& prediction = checked.prediction;
    if (&checked != &all.front()) sheet.add_gap();
    sheet.add("What", safe(checked.action.summary));
    sheet.add("", target_words(*checked.action.kubernetes()));
    sheet.add("Who", who(checked));
    sheet.add_as_it_is("Answer", answer_words(checked, page));
    if (!prediction.outcome.gated.empty()) add_policies(sheet, prediction.terms);
    add_names(sheet, "Warned", prediction.outcome.warned, " would say that it would have asked");
    add_names(sheet, "Logged", prediction.outcome.audited, " would note it in the log");
    for (const auto& note : prediction.notes) sheet.add("Note", safe(note));
    for (const auto& unread : prediction.unread) sheet.add("Not read", safe(unread));
  }
  return sheet.text();
}

std::string check_json(const std::vector<Checked>& all) {
  json::Value objects = json::Value::array();
  for (const auto& checked : all) objects.push(as_json(checked));
  return to_json(json::Value::object().set("objects", std::move(objects)));
}

Exit check_exit(const std::vector<Checked>& all) {
  const auto any = [&all](Answer answer) {
    return std::ranges::any_of(all, [answer](const auto& each) { return each.prediction.answer == answer; });
  };
  if (any(Answer::gated) || any(Answer::refused)) return Exit::refused;
  return any(Answer::unknown) ? Exit::unreachable : Exit::done;
}

}  // namespace sallyport::cli
