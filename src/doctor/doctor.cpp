#include "doctor/doctor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "doctor/checks.hpp"
#include "json/json.hpp"

namespace sallyport::doctor {
namespace {

namespace asio = boost::asio;
using Findings = std::vector<Finding>;

constexpr Duration kAgainAfter = std::chrono::seconds(2);

bool all_well(const Findings& findings) {
  return std::ranges::all_of(findings, [](const Finding& each) { return each.problem.empty() || each.is_hint; });
}

asio::awaitable<Findings> examine_within(kube::Api& api, const serve::Config* config, Duration within) {
  const auto& clock = api.clock();
  const auto until = clock.steady() + within;
  for (;;) {
    auto findings = co_await examine(api, config);
    if (all_well(findings) || clock.steady() + kAgainAfter > until) co_return findings;
    asio::steady_timer again(co_await asio::this_coro::executor, kAgainAfter);
    co_await again.async_wait(asio::use_awaitable);
  }
}

void print(const Findings& findings) {
  for (const auto& [check, problem, is_hint] : findings) {
    std::printf("%-8s %s\n", problem.empty() ? "ok" : is_hint ? "LOOK" : "PROBLEM", check.c_str());
    if (!problem.empty()) std::printf("%s\n", problem.c_str());
  }
  std::puts(all_well(findings) ? "all is well" : "not all is well: agents may be refused, or pass around the gate");
}

void print_as_json(const Findings& findings) {
  json::Value::Array checks;
  for (const auto& [check, problem, is_hint] : findings) {
    json::Value entry;
    entry.set("check", check).set("ok", problem.empty()).set("problem", problem).set("hint", is_hint);
    checks.push_back(std::move(entry));
  }
  json::Value whole;
  whole.set("ok", all_well(findings)).set("checks", std::move(checks));
  std::puts(json::write(whole).c_str());
}

}  // namespace

int run(const serve::Config& config, const Options& options, const Machine& machine) {
  std::optional<std::filesystem::path> kubeconfig;
  if (config.kubeconfig) kubeconfig = *config.kubeconfig;
  auto how = kube::load_config(kubeconfig);
  asio::io_context io(1);
  auto api =
      how ? kube::Api::make({io.get_executor(), machine.clock, machine.random}, std::move(*how), "sallyport-doctor")
          : fail(how.error());
  if (!api) {
    std::fprintf(stderr, "sallyport: %s\n", api.error().message().c_str());
    return 1;
  }
  Findings findings;
  asio::co_spawn(io, examine_within(**api, &config, options.within),
                 [&](const std::exception_ptr& error, Findings found) {
                   if (error) std::rethrow_exception(error);
                   findings = std::move(found);
                 });
  io.run();
  options.as_json ? print_as_json(findings) : print(findings);
  return all_well(findings) ? 0 : 1;
}

}  // namespace sallyport::doctor
