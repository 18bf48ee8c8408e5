#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "admission/refusal_sampler.hpp"
#include "admission/triage.hpp"
#include "endpoints/agents_seen.hpp"
#include "endpoints/engine_handle.hpp"
#include "endpoints/metrics.hpp"
#include "net/http.hpp"

namespace sallyport::endpoints {

// The webhooks' port on one I/O thread: answers what needs nobody from the snapshot, at once, and hands the rest to the
// engine's thread as values. All members on that thread; `snapshot` is replaced by posting to it.
class Webhooks {
 public:
  Webhooks(const admission::Context& context, const Clock& clock, Metrics& metrics, AgentsSeen& agents_seen,
           const EngineHandle& engine)
      : context_(context), clock_(clock), metrics_(metrics), agents_seen_(agents_seen), engine_(engine) {}

  void set_snapshot(std::shared_ptr<const admission::PolicySnapshot> snapshot) { snapshot_ = std::move(snapshot); }
  // For net::Server: of the body of a caller who has not proven to be the API server, no more is taken than came along
  // with the head.
  [[nodiscard]] net::CallerVerdict authorize_caller(std::string_view path,
                                                    const std::optional<std::string>& client_name);
  [[nodiscard]] net::Answer handle(net::Request request);

 private:
  enum class Route { none, admit, requests };
  struct Path {
    Route route = Route::none;
    std::string_view secret;
  };
  [[nodiscard]] static Path parse_path(std::string_view path);

  [[nodiscard]] bool is_path(std::string_view secret) const;
  [[nodiscard]] net::Answer admit(net::Request request);
  void sample_refusal(std::string_view uid, const model::Answer& answer);
  [[nodiscard]] net::Response undecodable(std::string_view body, const Error& error);

  boost::asio::awaitable<bool> ask_for_path(std::string secret);
  bool turn_away();
  using Arrived = decltype(net::Request::arrived);
  void note_duration(Arrived arrived);
  [[nodiscard]] net::Response answer_now(const admission::Triage& triage, Arrived arrived);
  // What a call that goes on after its triage needs, when its body has gone.
  struct Waiting {
    std::shared_ptr<net::Call> call;
    Duration deadline;
    std::size_t body_bytes;
    Arrived arrived;
  };
  boost::asio::awaitable<net::Response> look(admission::Triage triage, Waiting waiting);
  boost::asio::awaitable<Result<policy::GuardReads>> read(policy::GuardQuestion question);
  [[nodiscard]] net::Response cannot_read(std::string_view uid, const Error& error);
  boost::asio::awaitable<net::Response> log_first(admission::Triage triage, Arrived arrived);
  boost::asio::awaitable<Result<admission::Parent>> read_parent(const model::AdmissionRequest& request);
  boost::asio::awaitable<net::Response> gate(admission::Triage triage, Waiting waiting);
  boost::asio::awaitable<net::Response> own_kind(net::Request request);

  const admission::Context& context_;
  const Clock& clock_;
  Metrics& metrics_;
  AgentsSeen& agents_seen_;
  const EngineHandle& engine_;
  admission::RefusalSampler refusals_;
  std::shared_ptr<const admission::PolicySnapshot> snapshot_ = std::make_shared<admission::PolicySnapshot>();
};

}  // namespace sallyport::endpoints
