#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/machine.hpp"
#include "cli/failure.hpp"
#include "cli/ink.hpp"
#include "kube/api.hpp"
#include "model/request.hpp"

namespace sallyport::cli {

template <typename T>
using Task = boost::asio::awaitable<Outcome<T>>;

// How a person says which cluster is meant, and where in it.
struct Access {
  const Machine* machine = nullptr;  // set with the flags, by add_access
  std::string kubeconfig;
  std::string context;
  std::string namespace_name;
  std::string as;  // refused, but worth a sentence
  bool no_color = false;
  std::string program = "sallyport";
  std::string version;
};

// One command's dealings with one API server, as whom the kubeconfig says. One thread.
class Session {
 public:
  Session(std::unique_ptr<kube::Api> api, boost::asio::any_io_executor executor, Server server,
          std::string namespace_name)
      : api_(std::move(api)),
        executor_(std::move(executor)),
        server_(std::move(server)),
        namespace_name_(std::move(namespace_name)) {}

  [[nodiscard]] kube::Api& api() const { return *api_; }
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] const Server& server() const { return server_; }
  [[nodiscard]] const std::string& namespace_name() const { return namespace_name_; }
  // Of "name", of "namespace/name" as refusals write it, or of "areq/name".
  [[nodiscard]] model::RequestKey key_of(const std::string& typed) const;

 private:
  std::unique_ptr<kube::Api> api_;
  boost::asio::any_io_executor executor_;
  Server server_;
  std::string namespace_name_;
};

using Work = std::function<Task<Exit>(Session&)>;

// Reads the kubeconfig, does the work, and says what went wrong, if anything did. The exit code.
[[nodiscard]] int run(const Access& access, const Work& work);
// The same without a word, for completion. Whether it worked.
bool run_silently(const Access& access, const Work& work);

// The kubeconfigs that count: the one named, else those of $KUBECONFIG, else ~/.kube/config; of the latter two what is
// there.
[[nodiscard]] std::vector<std::filesystem::path> kubeconfig_files(const std::string& named);

// What stdout is, now.
[[nodiscard]] Page page_for(const Access& access);
void print(const std::string& text);
void complain(const std::string& sentence);

}  // namespace sallyport::cli
