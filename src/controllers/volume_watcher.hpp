#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controllers/runner.hpp"
#include "kube/api.hpp"
#include "policy/own_volumes.hpp"

namespace sallyport::controllers {

// Keeps known which volumes are this installation's own, which the guard lets no agent touch. Until it has succeeded
// once, the guard holds every volume for one; later it goes by what was seen last. Engine's thread.
class VolumeWatcher {
 public:
  using Changed = std::function<void(std::shared_ptr<const policy::OwnVolumes>)>;

  VolumeWatcher(Runner& runner, kube::Api& api, std::string namespace_name, Changed changed)
      : runner_(runner), api_(api), namespace_(std::move(namespace_name)), changed_(std::move(changed)) {}

  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<void> look();

  Runner& runner_;
  kube::Api& api_;
  std::string namespace_;
  Changed changed_;
  std::shared_ptr<const policy::OwnVolumes> volumes_;
};

}  // namespace sallyport::controllers
