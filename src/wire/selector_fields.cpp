#include <string>
#include <utility>
#include <vector>

#include "json/scanner.hpp"
#include "wire/admission.hpp"
#include "wire/members.hpp"

namespace sallyport::wire {
namespace {

using Labels = std::vector<model::SelectorFields::Label>;

// Members of another type than expected are left to the full parse for labels and accounts (an error here), and skipped
// for the objects on the way: a custom resource's `spec` may be anything.

void read_labels(Scanner& scanner, Labels& labels) {
  if (scanner.take_null()) return;
  scanner.enter_object();
  while (const auto key = scanner.next_key()) {
    std::string name(*key);
    labels.push_back({std::move(name), std::string(scanner.read_text())});
  }
}

void read_metadata(Scanner& scanner, Labels& labels) {
  for (Members member(scanner); member.next();) {
    if (member.is("labels")) {
      read_labels(scanner, labels);
    } else {
      scanner.skip_value();
    }
  }
}

void read_account(Scanner& scanner, std::vector<std::string>& accounts) {
  if (!scanner.take_null()) accounts.emplace_back(scanner.read_text());
}

// The spec of a pod, of what holds a pod template, or of a CronJob, which holds a Job's spec in turn: `specs_below`
// says how many more specs may come.
void read_spec(Scanner& scanner, std::vector<std::string>& accounts, int specs_below);

void read_template(Scanner& scanner, std::vector<std::string>& accounts, int specs_below) {
  if (!scanner.at_object()) return scanner.skip_value();
  for (Members member(scanner); member.next();) {
    if (member.is("spec")) {
      read_spec(scanner, accounts, specs_below);
    } else {
      scanner.skip_value();
    }
  }
}

void read_spec(Scanner& scanner, std::vector<std::string>& accounts, int specs_below) {
  if (!scanner.at_object()) return scanner.skip_value();
  for (Members member(scanner); member.next();) {
    if (member.is("serviceAccountName") || member.is("serviceAccount")) {
      read_account(scanner, accounts);
    } else if (specs_below > 0 && (member.is("template") || member.is("jobTemplate"))) {
      read_template(scanner, accounts, specs_below - 1);
    } else {
      scanner.skip_value();
    }
  }
}

void read_object(Scanner& scanner, Labels& labels, std::vector<std::string>* accounts) {
  if (scanner.take_null()) return;
  for (Members member(scanner); member.next();) {
    if (member.is("metadata")) {
      read_metadata(scanner, labels);
    } else if (accounts != nullptr && member.is("spec")) {
      read_spec(scanner, *accounts, 2);
    } else {
      scanner.skip_value();
    }
  }
}

void read_request(Scanner& scanner, model::SelectorFields& fields) {
  for (Members member(scanner); member.next();) {
    if (member.is("object")) {
      read_object(scanner, fields.labels, &fields.service_accounts);
    } else if (member.is("oldObject")) {
      read_object(scanner, fields.old_labels, nullptr);
    } else {
      scanner.skip_value();
    }
  }
}

}  // namespace

Result<model::SelectorFields> read_selector_fields(std::string_view body) {
  Scanner scanner(body);
  model::SelectorFields fields;
  for (Members member(scanner); member.next();) {
    if (member.is("request")) {
      read_request(scanner, fields);
    } else {
      scanner.skip_value();
    }
  }
  scanner.finish();
  if (scanner.failed()) return fail(ErrorCode::bad_input, "glancing at a review: " + scanner.error());
  return fields;
}

}  // namespace sallyport::wire
