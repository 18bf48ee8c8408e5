#include "serve/random.hpp"

namespace sallyport::serve {
namespace {

class SystemRandom : public engine::Random {
 public:
  Secret bytes(std::size_t count) override { return random_secret(count); }
};

}  // namespace

std::unique_ptr<engine::Random> make_random() {
  return std::make_unique<SystemRandom>();
}

}  // namespace sallyport::serve
