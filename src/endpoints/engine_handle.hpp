#pragma once

#include <functional>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "admission/own_kinds.hpp"
#include "engine/engine.hpp"

namespace sallyport::endpoints {

// What other threads may ask of the engine's. Each call is handed over to that thread with its arguments, which are
// values, and its result is given on the caller's executor. Engine, cluster and key store themselves never leave their
// thread. The log alone takes records from any thread. Outlives the threads that use it.
class EngineHandle {
 public:
  struct Parts {
    boost::asio::any_io_executor executor;  // of the engine's thread
    engine::Engine& engine;
    engine::Cluster& cluster;
    engine::Journal& journal;
    admission::PolicyChecks checks;
    // Does the Secret hold this path by now? For a path that another replica has just made.
    std::function<boost::asio::awaitable<bool>(std::string path)> knows_path;
  };
  explicit EngineHandle(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] boost::asio::awaitable<model::Answer> admit(engine::Ask ask, engine::AdmissionCall call) const;
  [[nodiscard]] boost::asio::awaitable<admission::OwnKindAnswer> answer_own_kind(model::AdmissionRequest request) const;
  [[nodiscard]] engine::Awaitable<model::PodFacts> read_pod(std::string namespace_name, std::string name) const;
  [[nodiscard]] engine::Awaitable<std::string> read_uid(model::Resource resource, std::string namespace_name,
                                                        std::string name) const;
  [[nodiscard]] engine::Awaitable<std::vector<model::RoleHolder>> read_role_holders(model::RoleName role) const;
  [[nodiscard]] boost::asio::awaitable<bool> knows_path(std::string path) const;

  // Into the log, and returns once the record is on disk.
  [[nodiscard]] engine::Awaitable<model::LogPosition> append(model::LogRecord record) const;
  // Into the log, without waiting for the disk.
  void append_async(model::LogRecord record) const { parts_.journal.append_async(std::move(record)); }
  // Refusals come into the log at a rate, and what an agent over its quota was allowed is only counted. True: the
  // record was one of those, so that nothing is left to be done with it.
  [[nodiscard]] bool is_only_counted(const model::LogRecord& record) const;

  // For those who tell the engine of something on its thread.
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return parts_.executor; }

 private:
  Parts parts_;
};

}  // namespace sallyport::endpoints
