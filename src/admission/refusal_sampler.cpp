#include "admission/refusal_sampler.hpp"

#include <string>
#include <utility>

namespace sallyport::admission {

std::optional<model::LogRecord> RefusalSampler::refused(Duration steady_now, std::string_view uid,
                                                        const model::Answer& answer) {
  auto& [last, count] = codes_[static_cast<std::size_t>(answer.code)];
  ++count;
  if (last && steady_now < *last + kSampleEvery) return std::nullopt;
  last = steady_now;
  model::LogRecord record{"unjudged"};
  record.fields.set("admission_uid", uid)
      .set("code", to_string(answer.code))
      .set("why", answer.message)
      .set("count", std::exchange(count, 0));
  return record;
}

}  // namespace sallyport::admission
