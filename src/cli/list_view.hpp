#pragma once

#include <string>
#include <vector>

#include "cli/ink.hpp"
#include "cli/table.hpp"
#include "model/request.hpp"

namespace sallyport::cli {

enum class Columns { usual, wide };

// Requests as a table, one a row.
class ListView {
 public:
  ListView(Columns columns, bool with_namespace);

  [[nodiscard]] std::string table(const std::vector<model::ApprovalRequest>& requests, const Page& page);
  // One more row under a table that was printed.
  [[nodiscard]] std::string row(const model::ApprovalRequest& request, const Page& page) const;

 private:
  [[nodiscard]] Table::Row cells(const model::ApprovalRequest& request, const Page& page) const;

  Columns columns_;
  bool with_namespace_;
  Table table_;
};

// Pending before all others, what ends first before what ends later; of the others the newest first.
void sort_for_people(std::vector<model::ApprovalRequest>& requests);

}  // namespace sallyport::cli
