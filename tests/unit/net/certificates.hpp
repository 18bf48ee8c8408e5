#pragma once

#include <memory>
#include <string>

namespace sallyport::net::test {

struct Issued {
  std::string chain_pem;
  std::string key_pem;
};

// A certificate authority that lives as long as a test.
class Authority {
 public:
  explicit Authority(const std::string& name);
  ~Authority();

  [[nodiscard]] std::string pem() const;
  // For 127.0.0.1 and localhost, with this common name.
  [[nodiscard]] Issued issue_server(const std::string& common_name) const;
  [[nodiscard]] Issued issue_client(const std::string& common_name) const;

 private:
  [[nodiscard]] Issued issue(const std::string& common_name, const char* usage, const char* names) const;

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sallyport::net::test
