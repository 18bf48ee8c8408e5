#pragma once

#include <optional>
#include <string>

#include "audit/request_index.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::audit {

// Which records somebody wants to see, as the command line has it; what is empty asks for nothing.
struct Wanted {
  std::string since, until;  // RFC 3339, or how long ago: "2h"
  std::string agent, namespace_name, request, verdict, event;
};

class Filter {
 public:
  // The error names the flag that cannot be understood.
  [[nodiscard]] static Result<Filter> make(Wanted wanted, Instant now);
  // `asked`: of the request that the line is about (RequestIndex), or null.
  [[nodiscard]] bool passes(const json::Value& line, const Asked* asked) const;

  [[nodiscard]] const Wanted& wanted() const { return wanted_; }
  [[nodiscard]] std::optional<Instant> since() const { return since_; }
  [[nodiscard]] std::optional<Instant> until() const { return until_; }

 private:
  Filter(Wanted wanted, std::optional<Instant> since, std::optional<Instant> until)
      : wanted_(std::move(wanted)), since_(since), until_(until) {}

  Wanted wanted_;
  std::optional<Instant> since_, until_;
};

// What a record says of itself, or its request says of it.
[[nodiscard]] std::string_view agent_of(const json::Value& line, const Asked* asked);
[[nodiscard]] std::string_view namespace_of(const json::Value& line, const Asked* asked);

}  // namespace sallyport::audit
