#include "endpoints/caller.hpp"

#include <boost/asio/post.hpp>

namespace sallyport::endpoints {
namespace {

class ConnectionCaller : public engine::Caller {
 public:
  ConnectionCaller(std::shared_ptr<net::Call> call, boost::asio::any_io_executor executor)
      : call_(std::move(call)), executor_(std::move(executor)) {}

  [[nodiscard]] bool is_there() const override { return call_->is_open(); }

  void on_leaving(std::function<void()> gone) override {
    call_->when_closed([executor = executor_, gone = std::move(gone)] { boost::asio::post(executor, gone); });
  }

 private:
  std::shared_ptr<net::Call> call_;
  boost::asio::any_io_executor executor_;
};

}  // namespace

std::shared_ptr<engine::Caller> make_caller(std::shared_ptr<net::Call> call,
                                            boost::asio::any_io_executor engine_executor) {
  return std::make_shared<ConnectionCaller>(std::move(call), std::move(engine_executor));
}

}  // namespace sallyport::endpoints
