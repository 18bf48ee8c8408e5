#include "kube/informer.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sallyport::kube {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kNamesOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

constexpr std::size_t kPageOfNames = 500;

constexpr seconds kListTime{30};
constexpr seconds kConfirmTime{5};
constexpr seconds kRelistTime{10};
constexpr seconds kIdle{90};       // the API server sends a bookmark about every minute
constexpr seconds kShortWatch{1};  // one that ends sooner is as good as a failure
constexpr Duration kFirstPause = milliseconds(200);
constexpr Duration kLongestPause = seconds(5);  // agents are refused while we wait: shorter than client-go's 30 s

}  // namespace

Informer::Informer(const asio::any_io_executor& executor, Api& api, Settings settings, Observer& observer)
    : api_(api), settings_(std::move(settings)), observer_(observer), pause_(executor), listed_(executor) {}

asio::awaitable<void> Informer::run() {
  while (!stopping_) {
    if (must_list_) {
      const auto listed = co_await list();
      if (stopping_) break;
      if (!listed) {
        must_list_ = true;
        observer_.on_trouble(listed.error());
        co_await back_off();
        continue;
      }
    }
    const Ended ended = co_await watch();
    if (ended == Ended::must_list) must_list_ = true;
    if (ended == Ended::failed) co_await back_off();
  }
}

void Informer::stop() {
  stopping_ = true;
  if (stream_) stream_->close();
  pause_.cancel();
  listed_.cancel();
}

std::string Informer::path(std::string query) const {
  if (!settings_.field_selector.empty()) query += "&fieldSelector=" + escape(settings_.field_selector);
  return path_of(settings_.collection, settings_.namespace_name) + "?" + query;
}

Awaitable<json::Value> Informer::read_page(std::string continue_token) {
  ApiCall call = get(path("limit=" + std::to_string(settings_.page)));
  if (!continue_token.empty()) call.path += "&continue=" + escape(continue_token);
  call.within = kListTime;
  co_return co_await api_.send(std::move(call));
}

Awaitable<json::Value> Informer::read_names_page(std::string continue_token, std::size_t most) {
  ApiCall call = get(path("limit=" + std::to_string(most)));
  if (!continue_token.empty()) call.path += "&continue=" + escape(continue_token);
  call.within = kConfirmTime;
  call.accept = kNamesOnly;
  call.unread = "managedFields";  // nine tenths of the answer
  co_return co_await api_.send(std::move(call));
}

// No resourceVersion is asked for: the answer holds all that was written before the call.
asio::awaitable<Result<void>> Informer::list() {
  must_list_ = false;
  const Duration began = api_.clock().steady();
  std::vector<ObjectId> listed;
  std::uint64_t version = 0;
  std::string continue_token;
  do {
    auto page = co_await read_page(continue_token);
    if (!page) co_return fail(page.error());
    const auto page_version = read_list_version(*page);
    if (!page_version) co_return fail(page_version.error());
    version = *page_version;
    look_for_restoration(*page, version);
    if (const auto taken = take_page(*page, listed); !taken) co_return fail(taken.error());
    continue_token = (*page)["metadata"]["continue"].text();
  } while (!continue_token.empty() && !stopping_);
  if (stopping_) co_return fail(ErrorCode::cancelled, "stopping");

  for (const ObjectId& gone : known_.keep_only(listed)) observer_.on_deleted(gone);
  known_.move_to(version);
  confirmed_at_ = began;
  failures_ = 0;
  observer_.on_synced(version);
  listed_.cancel();
  co_return Result<void>{};
}

// Neither the store's version nor an object's ever goes back, but by a snapshot that was restored.
void Informer::look_for_restoration(const json::Value& page, std::uint64_t version) {
  const std::string of(settings_.collection.plural);
  if (version < known_.position()) {
    return observer_.on_restored(of + " are listed at resourceVersion " + std::to_string(version) + ", and " +
                                 std::to_string(known_.position()) + " was seen before");
  }
  for (const json::Value& item : page["items"].items()) {
    const auto id = read_id(item);
    const ObjectId* const known = id ? known_.find(*id) : nullptr;
    if (known == nullptr || known->uid != id->uid || known->version <= id->version) continue;
    return observer_.on_restored(id->name + " of " + of + " is at resourceVersion " + std::to_string(id->version) +
                                 ", and was at " + std::to_string(known->version));
  }
}

Result<void> Informer::take_page(json::Value& page, std::vector<ObjectId>& listed) {
  json::Value* const items = page.find_mutable("items");
  if (items->is_null()) return {};
  for (json::Value& item : items->mutable_items()) {
    auto id = read_id(item);
    if (!id) return fail(id.error());
    const ObjectId* const known = known_.find(*id);
    const ObjectId before = known == nullptr ? ObjectId{} : *known;
    tell(known_.set(*id), before, std::move(item));
    listed.push_back(std::move(*id));
  }
  return {};
}

void Informer::tell(KnownObjects::News news, const ObjectId& before, json::Value object) {
  switch (news) {
    case KnownObjects::News::none:
      return;
    case KnownObjects::News::modified:
      return observer_.on_modified(std::move(object));
    case KnownObjects::News::replaced:
      observer_.on_deleted(before);
      [[fallthrough]];
    case KnownObjects::News::added:
      return observer_.on_added(std::move(object));
  }
}

std::string Informer::watch_path() const {
  const auto within = std::chrono::floor<seconds>(random_between(api_.random(), seconds(300), seconds(600)));
  return path("watch=true&allowWatchBookmarks=true&resourceVersion=" + std::to_string(known_.position()) +
              "&timeoutSeconds=" + std::to_string(within.count()));
}

asio::awaitable<Informer::Ended> Informer::watch() {
  auto opened = co_await api_.open(get(watch_path()));
  if (!opened) {
    if (opened.error().code() == ErrorCode::too_old) co_return Ended::must_list;
    observer_.on_trouble(opened.error());
    co_return Ended::failed;
  }
  stream_ = std::move(*opened);
  observer_.on_watching();
  const Ended ended = co_await follow(SteadyClock::now());
  stream_.reset();
  co_return ended;
}

asio::awaitable<Informer::Ended> Informer::follow(SteadyClock::time_point opened) {
  WatchReader reader;
  while (!stopping_ && !must_list_) {
    const auto piece = co_await stream_->read_some(kIdle);
    if (stopping_ || must_list_) break;
    if (!piece) {
      observer_.on_trouble(piece.error());
      co_return Ended::failed;
    }
    if (piece->empty()) co_return SteadyClock::now() - opened < kShortWatch ? Ended::failed : Ended::properly;
    failures_ = 0;
    reader.feed(*piece);
    auto read = co_await api_.worker().run(reader.pending(), [&reader] { return reader.take_all(); });
    if (stopping_ || must_list_) break;  // meanwhile; a list brings it all
    const auto taken = take_events(std::move(read));
    if (taken) continue;
    must_list_ = true;  // what we missed, nobody knows
    if (taken.error().code() == ErrorCode::too_old) break;
    observer_.on_trouble(taken.error());
    co_return Ended::failed;
  }
  co_return must_list_ ? Ended::must_list : Ended::properly;
}

Result<void> Informer::take_events(WatchReader::Events read) {
  for (auto& event : read.events) {
    if (auto taken = take_event(std::move(event)); !taken) return taken;
  }
  if (read.broken) return fail(*read.broken);
  return {};
}

Result<void> Informer::take_event(WatchEvent event) {
  using Type = WatchEvent::Type;
  if (event.type == Type::error) return fail(error_of(event.object).while_doing("watching"));
  if (event.type == Type::bookmark) {
    const auto version = parse_version(event.object["metadata"]["resourceVersion"].text());
    if (!version) return fail(version.error());
    known_.move_to(std::max(known_.position(), *version));
    return {};
  }
  const auto id = read_id(event.object);
  if (!id) return fail(id.error());
  if (event.type == Type::deleted) {
    if (known_.remove(*id)) observer_.on_deleted(*id);
  } else {
    const ObjectId* const known = known_.find(*id);
    const ObjectId before = known == nullptr ? ObjectId{} : *known;
    tell(known_.observe(*id), before, std::move(event.object));
  }
  known_.move_to(std::max(known_.position(), id->version));
  return {};
}

Awaitable<Duration> Informer::confirm() {
  if (confirmed_at_ == Duration{}) co_return fail(ErrorCode::unavailable, "nothing has been listed yet");
  const Duration began = api_.clock().steady();
  const std::uint64_t position_before = known_.position();
  std::vector<ObjectId> names;
  std::uint64_t version = 0;
  if (const auto read = co_await read_names(&names, &version); !read) co_return fail(read.error());
  if (!known_.is_up_to(version, names, position_before)) co_return co_await relist(began);
  confirmed_at_ = std::max(confirmed_at_, began);
  co_return confirmed_at_;
}

Awaitable<bool> Informer::confirm_if_older(Duration age) {
  if (api_.clock().steady() - confirmed_at_ >= age) {
    const auto confirmed = co_await confirm();
    if (!confirmed) co_return fail(confirmed.error());
    co_return true;
  }
  const Duration began = api_.clock().steady();
  const std::uint64_t position_before = known_.position();
  const auto page = co_await read_names_page({}, 1);
  if (!page) co_return fail(page.error());
  const auto version = read_list_version(*page);
  if (!version) co_return fail(version.error());
  if (*version >= position_before) co_return false;
  const auto listed = co_await relist(began);
  if (!listed) co_return fail(listed.error());
  co_return true;
}

// The pointers are into confirm's frame.
asio::awaitable<Result<void>> Informer::read_names(std::vector<ObjectId>* names, std::uint64_t* version) {
  std::string continue_token;
  do {
    const auto page = co_await read_names_page(continue_token, kPageOfNames);
    if (!page) co_return fail(page.error());
    const auto page_version = read_list_version(*page);
    if (!page_version) co_return fail(page_version.error());
    *version = *page_version;
    for (const json::Value& item : (*page)["items"].items()) {
      auto id = read_id(item);
      if (!id) co_return fail(id.error());
      names->push_back(std::move(*id));
    }
    continue_token = (*page)["metadata"]["continue"].text();
  } while (!continue_token.empty());
  co_return Result<void>{};
}

// `run` does it: it is woken from whatever it waits for.
Awaitable<Duration> Informer::relist(Duration since) {
  must_list_ = true;
  if (stream_) stream_->close();
  pause_.cancel();
  const auto deadline = SteadyClock::now() + kRelistTime;
  while (confirmed_at_ < since && !stopping_ && SteadyClock::now() < deadline) {
    listed_.expires_at(deadline);
    co_await listed_.async_wait(kNoThrow);
  }
  if (confirmed_at_ >= since) co_return confirmed_at_;
  co_return fail(ErrorCode::unavailable, "the cache of " + std::string(settings_.collection.plural) +
                                             " is behind, and could not be listed again");
}

asio::awaitable<void> Informer::back_off() {
  if (stopping_) co_return;
  const auto longest = std::min(kLongestPause, kFirstPause * (1 << std::min(failures_, 5u)));
  ++failures_;
  pause_.expires_after(random_between(api_.random(), longest / 2, longest));
  co_await pause_.async_wait(kNoThrow);
}

}  // namespace sallyport::kube
