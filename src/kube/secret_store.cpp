#include "kube/secret_store.hpp"

#include <utility>

#include "kube/paths.hpp"

namespace sallyport::kube {

Result<StoredSecret> read_stored(const json::Value& object) {
  StoredSecret stored{.data = {}, .metadata = object["metadata"], .type = std::string(object["type"].text())};
  if (stored.metadata["uid"].text().empty() || stored.metadata["resourceVersion"].text().empty()) {
    return fail(ErrorCode::bad_input, "the Secret has no uid or version");
  }
  for (const json::Member& member : object["data"].members()) {
    const std::string_view encoded = member.value.text();
    const std::string decoded = decode_base64(encoded);
    if (decoded.empty() && !encoded.empty()) {
      return fail(ErrorCode::bad_input, "the Secret's " + member.key + " is not base64");
    }
    stored.data.emplace(member.key, Secret(decoded));
  }
  return stored;
}

json::Value write_stored(const StoredSecret& secret) {
  json::Value data = json::Value::object();
  for (const auto& [key, value] : secret.data) data.set(key, base64(value.reveal()));
  json::Value object;
  object.set("apiVersion", "v1");
  object.set("kind", "Secret");
  object.set("metadata", secret.metadata);
  object.set("type", secret.type);
  object.set("data", std::move(data));
  return object;
}

Awaitable<StoredSecret> read_secret(Api& api, std::string namespace_name, std::string name) {
  const auto object = co_await api.send(get(path_of(kSecrets, namespace_name, name)));
  if (!object) co_return fail(object.error());
  co_return read_stored(*object);
}

Awaitable<StoredSecret> create_secret(Api& api, std::string namespace_name, std::string name,
                                      std::map<std::string, Secret> data) {
  StoredSecret secret{.data = std::move(data), .metadata = {}, .type = "Opaque"};
  secret.metadata.set("name", name);
  secret.metadata.set("namespace", namespace_name);
  const auto object = co_await api.send(create(path_of(kSecrets, namespace_name), write_stored(secret)));
  if (!object) co_return fail(object.error());
  co_return read_stored(*object);
}

Awaitable<StoredSecret> replace_secret(Api& api, std::string namespace_name, std::string name, StoredSecret base,
                                       std::map<std::string, Secret> data) {
  base.data = std::move(data);
  const auto object = co_await api.send(replace(path_of(kSecrets, namespace_name, name), write_stored(base)));
  if (!object) co_return fail(object.error());
  co_return read_stored(*object);
}

}  // namespace sallyport::kube
