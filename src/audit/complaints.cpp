#include "audit/complaints.hpp"

#include <cstdio>

#include "action/escape.hpp"

namespace sallyport::audit {

bool complain(const std::vector<logs::Unreadable>& unreadable) {
  for (const auto& [path, why, damaged, has_begun] : unreadable) {
    std::fprintf(stderr, "sallyport: %s: %s\n", action::escape_for_people(path).c_str(),
                 action::escape_for_people(why).c_str());
  }
  return !unreadable.empty();
}

void complain(const Error& error) {
  std::fprintf(stderr, "sallyport: %s\n", action::escape_for_people(error.message()).c_str());
}

}  // namespace sallyport::audit
