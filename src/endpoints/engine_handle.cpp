#include "endpoints/engine_handle.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sallyport::endpoints {

namespace asio = boost::asio;

namespace {

// What is asked of another than the engine ends before the engine does, too.
template <typename T>
asio::awaitable<T> inside(engine::Engine& engine, asio::awaitable<T> call) {
  const engine::Engine::Inside one(engine);
  co_return co_await std::move(call);
}

}  // namespace

asio::awaitable<model::Answer> EngineHandle::admit(engine::Ask ask, engine::AdmissionCall call) const {
  return asio::co_spawn(parts_.executor, parts_.engine.admit(std::move(ask), std::move(call)), asio::use_awaitable);
}

asio::awaitable<admission::OwnKindAnswer> EngineHandle::answer_own_kind(model::AdmissionRequest request) const {
  return asio::co_spawn(
      parts_.executor,
      inside(parts_.engine, admission::answer_own_kind(parts_.engine, parts_.checks, std::move(request))),
      asio::use_awaitable);
}

engine::Awaitable<model::PodFacts> EngineHandle::read_pod(std::string namespace_name, std::string name) const {
  return asio::co_spawn(parts_.executor,
                        inside(parts_.engine, parts_.cluster.read_pod(std::move(namespace_name), std::move(name))),
                        asio::use_awaitable);
}

engine::Awaitable<std::string> EngineHandle::read_uid(model::Resource resource, std::string namespace_name,
                                                      std::string name) const {
  return asio::co_spawn(
      parts_.executor,
      inside(parts_.engine, parts_.cluster.read_uid(std::move(resource), std::move(namespace_name), std::move(name))),
      asio::use_awaitable);
}

engine::Awaitable<std::vector<model::RoleHolder>> EngineHandle::read_role_holders(model::RoleName role) const {
  return asio::co_spawn(parts_.executor, inside(parts_.engine, parts_.cluster.read_role_holders(std::move(role))),
                        asio::use_awaitable);
}

asio::awaitable<bool> EngineHandle::knows_path(std::string path) const {
  return asio::co_spawn(parts_.executor, inside(parts_.engine, parts_.knows_path(std::move(path))),
                        asio::use_awaitable);
}

engine::Awaitable<model::LogPosition> EngineHandle::append(model::LogRecord record) const {
  return parts_.journal.append(std::move(record));
}

bool EngineHandle::is_only_counted(const model::LogRecord& record) const {
  const bool is_refusal = record.event == "answered" && !record.fields["allowed"].truth();
  auto& quota = parts_.engine.log_quota();
  // Whether a quota is used up is asked of the journal, which any thread may.
  if (!is_refusal && !quota.is_used_up(std::string(record.fields["agent"].text()))) return false;
  asio::post(parts_.executor, [&quota, record = record, is_refusal]() mutable {
    is_refusal ? quota.note_answer(std::move(record)) : quota.leave_out(record);
  });
  return true;
}

}  // namespace sallyport::endpoints
