#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/value.hpp"
#include "model/admission.hpp"

namespace sallyport::model {

struct Target {
  Resource resource;
  std::string namespace_name;
  std::string name;
  std::string uid;  // of the object as it was; "" for CREATE
};

// One difference as people see it. `from` and `to` are texts: a string's own, other values as JSON; nothing: was or is
// not there. Secret values never stand here: `redacted` says that something does.
struct ShownChange {
  std::string path;
  std::optional<std::string> from;
  std::optional<std::string> to;
  bool ignored = false;  // it changes, but what it holds is not part of the digest
  bool redacted = false;
};

struct Connect {
  std::string container;
  std::vector<std::string> command;
  bool stdin_attached = false;
  bool tty = false;
  PodFacts pod;
};

// A write or CONNECT to this cluster's API.
struct Kubernetes {
  static constexpr std::string_view kType = "Kubernetes";

  Operation operation = Operation::create;
  Target target;
  std::optional<Connect> connect;
  std::string options;  // what of the call's options enters the digest, as JSON; "" for none

  // By their names, since a later version may know others.
  std::vector<std::string> effects;  // what it does (model/effect.hpp), as the policies took it
  std::vector<std::string> guarded;  // rules of the built-in guard, by which it would be refused if no policy asked
};

// What another version has asked: this one does not know its type or its operation. It is shown by these words, it is
// written back as it stands, and nothing else is ever done about it.
struct UnknownAction {
  std::string type;  // as it stands there
  std::string what;  // what is not known, in words: "type Grant", "operation GET"
  json::Value whole;
};

// An action, as one approves it: what all types have, and the part of its own type.
//
// A type is added here, as a struct with its kType (spec.action.type) that joins the variant. The compiler then names
// the places that must say something of it: wire/ (how it is read and written), engine/seal.cpp (how it is sealed,
// which needs a new form: see model/forms.hpp). Its digest is made in action/, under its kType; what people see of it
// in cli/.
struct ActionRecord {
  std::string summary;
  std::string digest;                // "sha256:<hex>"
  std::vector<ShownChange> changes;  // what people see of it
  bool truncated = false;            // they do not see all
  std::variant<Kubernetes, UnknownAction> of_type;

  // Null: it is of another type.
  [[nodiscard]] const Kubernetes* kubernetes() const { return std::get_if<Kubernetes>(&of_type); }
  [[nodiscard]] Kubernetes* kubernetes() { return std::get_if<Kubernetes>(&of_type); }
  [[nodiscard]] const UnknownAction* unknown() const { return std::get_if<UnknownAction>(&of_type); }
};

}  // namespace sallyport::model
