#include "engine/recovery.hpp"

#include "engine/transition.hpp"

namespace sallyport::engine {
namespace {

struct OpenIntent {
  std::string id;
  bool is_removal = false;
  model::RequestKey key;
  std::string uid;
  std::string resource_version;
  model::LogPosition log;
};

OpenIntent read(const json::Value& line) {
  OpenIntent intent;
  intent.id = line["intent"].text();
  intent.is_removal = line["kind"].text() == "removal";
  intent.key = model::parse_request_key(line["request"].text());
  intent.uid = line["request_uid"].text();
  intent.resource_version = line["resource_version"].text();
  intent.log = {std::string(line["stream"].text()), line["seq"].unsigned_integer().value_or(0), ""};
  return intent;
}

void note(Journal& journal, const OpenIntent& intent, std::string_view came_of_it) {
  model::LogRecord record{"outcome"};
  record.fields.set("request", to_string(intent.key))
      .set("request_uid", intent.uid)
      .set("resource_version", intent.resource_version)
      .set("intent", intent.id)
      .set("result", "recovered")
      .set("came_of_it", came_of_it);
  journal.append_async(std::move(record));
}

// What became of one: "done", "lost", or "failed" once it is fenced off.
Awaitable<std::string> settle(Cluster& cluster, OpenIntent intent) {
  auto now = co_await cluster.read_request(intent.key);
  if (!now && now.error().code() != ErrorCode::not_found) co_return fail(now.error());
  if (!now || now->uid != intent.uid) co_return intent.is_removal ? "done" : "lost";
  if (carries(now->status, intent.log)) co_return "done";
  if (now->resource_version != intent.resource_version) co_return "lost";
  // Still what it was based on: the write may be on its way, so its place is taken.
  auto fenced = now->status;
  fenced.fence = intent.id;
  const auto fence = co_await cluster.replace_status(*now, fenced);
  if (fence) co_return "failed";
  if (fence.error().code() != ErrorCode::conflict) co_return fail(fence.error());
  now = co_await cluster.read_request(intent.key);
  if (!now && intent.is_removal && now.error().code() == ErrorCode::not_found) co_return "done";
  if (!now) co_return fail(now.error());
  co_return carries(now->status, intent.log) ? "done" : "lost";
}

}  // namespace

Awaitable<std::size_t> close_open_intents(Cluster& cluster, Journal& journal, std::vector<json::Value> open_intents) {
  for (const auto& line : open_intents) {
    auto intent = read(line);
    const auto came_of_it = co_await settle(cluster, intent);
    if (!came_of_it)
      co_return fail(came_of_it.error().while_doing("settling intent " + intent.id + " of " + to_string(intent.key)));
    note(journal, intent, *came_of_it);
  }
  co_return open_intents.size();
}

}  // namespace sallyport::engine
