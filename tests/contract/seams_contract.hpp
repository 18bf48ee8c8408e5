#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "engine/seams.hpp"

// What the engine relies on, as one suite that runs on the in-memory seams (contract_memory) and on kube and journal
// against a real API server and a real disk (contract_live). Whatever passes in memory is thereby meant to pass in the
// world.
namespace sallyport::contract {

class Seams {
 public:
  virtual ~Seams() = default;
  virtual engine::Cluster& cluster() = 0;
  virtual engine::Journal& journal() = 0;
  // Runs it to its end, within 30 s.
  virtual void run(std::function<boost::asio::awaitable<void>()> body) = 0;
  // A person deletes the request.
  virtual void remove(const model::RequestKey& key) = 0;
  // The process ends, and another one starts over the same log: the intents that it finds open there, as lines.
  virtual std::vector<json::Value> restart() = 0;
  [[nodiscard]] virtual std::string namespace_name() const = 0;

  // One seam's answer.
  template <typename T>
  Result<T> get(std::function<engine::Awaitable<T>()> ask) {
    std::optional<Result<T>> answer;
    run([&]() -> boost::asio::awaitable<void> { answer = co_await ask(); });
    return std::move(*answer);
  }
};

// Each binary defines one.
[[nodiscard]] std::unique_ptr<Seams> make_seams();

}  // namespace sallyport::contract
