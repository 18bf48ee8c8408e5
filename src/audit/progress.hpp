#pragma once

#include "audit/verify.hpp"

namespace sallyport::audit {

// How far it is, on standard error; silent where that is no terminal.
[[nodiscard]] Report verify_with_progress(const logs::FoundLogs& logs, const Expectations& expectations);

}  // namespace sallyport::audit
