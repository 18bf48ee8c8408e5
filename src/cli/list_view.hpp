#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/ink.hpp"
#include "model/request.hpp"

namespace sallyport::cli {

enum class Columns { usual, wide };

// The names of requests as a list prints them: so that they can be typed again.
class ListedNames {
 public:
  // With `anywhere`, names have their namespace before them.
  explicit ListedNames(bool anywhere = false) : anywhere_(anywhere) {}

  // All that there are, shown or not: a short name must not mean two of them.
  void add(const model::RequestKey& key);
  [[nodiscard]] std::string whole(const model::RequestKey& key) const;
  [[nodiscard]] std::string short_of(const model::RequestKey& key) const;

 private:
  [[nodiscard]] std::string placed(const model::RequestKey& key, std::string name) const;

  bool anywhere_;
  std::map<std::string, std::vector<std::string>> names_;  // of each namespace
};

struct ListStyle {
  Columns columns = Columns::usual;
  std::string namespace_name = {};  // "": all of them
  std::size_t most_ended = std::string::npos;
};

// Requests as people read them at a glance, in the order given: what waits for a decision, what waits for its use, what
// has ended. What is the same for all of a part is said once, above it.
[[nodiscard]] std::string list_view(const std::vector<model::ApprovalRequest>& requests, const ListedNames& names,
                                    const ListStyle& style, const Page& page);

// What has become of requests since they were listed, a line each, when it is news.
class NewsView {
 public:
  void note(const model::ApprovalRequest& request);
  // "" where the line would say what the one before said.
  [[nodiscard]] std::string line(const model::ApprovalRequest& request, const ListedNames& names,
                                 const ListStyle& style, const Page& page);

 private:
  [[nodiscard]] bool is_news(const model::ApprovalRequest& request);

  std::map<std::string, std::string> said_;  // by uid
};

}  // namespace sallyport::cli
