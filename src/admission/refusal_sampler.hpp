#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/instant.hpp"
#include "model/answer.hpp"
#include "model/log_record.hpp"

namespace sallyport::admission {

// The log's share of refusals that came before an action could be judged: a review that cannot be decoded, an agent
// that is none here, policies that were not confirmed. Whoever can provoke them must not fill the disk, so of each code
// there is at most one line in kSampleEvery, which counts the others since the last. One I/O thread's.
inline constexpr Duration kSampleEvery = std::chrono::seconds(1);

class RefusalSampler {
 public:
  // The record that is due, if one is. `uid`: the admission's, as far as it could be read.
  [[nodiscard]] std::optional<model::LogRecord> refused(Duration steady_now, std::string_view uid,
                                                        const model::Answer& answer);

 private:
  struct OfCode {
    std::optional<Duration> last;
    std::uint64_t count = 0;
  };
  std::array<OfCode, model::kCodes> codes_;
};

}  // namespace sallyport::admission
