#include "cli/policy_suites.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/documents.hpp"
#include "whatif/policies.hpp"

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTestsFile = "tests.yaml";
constexpr std::size_t kMostFiles = 10'000;

bool may_hold_policies(const fs::path& file) {
  const auto extension = file.extension();
  return file.filename() != kTestsFile && (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

enum class Depth { folder, tree };

// The files in a folder, sorted; or the place itself.
Result<std::vector<fs::path>> files_in(const fs::path& place, Depth depth) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return std::vector{place};
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(place, error); !error && entry != fs::end(entry);
       entry.increment(error)) {
    if (depth == Depth::folder) entry.disable_recursion_pending();
    if (entry->is_regular_file(error)) files.push_back(entry->path());
    if (files.size() > kMostFiles) {
      return fail(ErrorCode::bad_input, place.string() + ": holds more than 10000 files; name a folder in it");
    }
  }
  if (error) return fail(ErrorCode::not_found, place.string() + ": " + error.message());
  std::ranges::sort(files);
  return files;
}

Result<void> add_policies(const fs::path& file, std::vector<model::Policy>& policies) {
  const auto objects = read_objects(file.string());
  if (!objects) return fail(objects.error());
  for (const auto& object : *objects) {
    if (!whatif::is_policy(object)) continue;
    auto policy = whatif::read_policy(object);
    if (!policy) return fail(ErrorCode::bad_input, file.string() + ": " + policy.error().message());
    policies.push_back(std::move(*policy));
  }
  return {};
}

Result<std::vector<std::string>> policy_files_in(const std::vector<std::string>& places, Depth depth) {
  std::vector<std::string> names;
  for (const auto& place : places) {
    const auto files = files_in(place, depth);
    if (!files) return fail(files.error());
    for (const auto& file : *files) {
      if (file == place || may_hold_policies(file)) names.push_back(file.string());
    }
  }
  return names;
}

Result<std::vector<model::Policy>> all_policies_in(const std::vector<std::string>& places, Depth depth) {
  const auto files = policy_files_in(places, depth);
  if (!files) return fail(files.error());
  std::vector<model::Policy> policies;
  for (const auto& file : *files) {
    if (auto added = add_policies(file, policies); !added) return fail(added.error());
  }
  return policies;
}

Result<std::vector<model::Policy>> policies_in(const std::vector<std::string>& places) {
  auto policies = all_policies_in(places, Depth::tree);
  if (policies && policies->empty()) {
    return fail(ErrorCode::bad_input, places.front() + ": holds no ApprovalPolicy and no ClusterApprovalPolicy");
  }
  return policies;
}

// Those beside the tests; where there are none, the tests are for all policies there are.
Result<std::vector<model::Policy>> policies_for(const fs::path& folder, const std::vector<std::string>& places) {
  auto beside = all_policies_in({folder.string()}, Depth::folder);
  return beside && beside->empty() ? policies_in(places) : beside;
}

Result<whatif::TestFile> tests_in(const fs::path& file, const fs::path& folder) {
  const auto documents = read_objects(file.string());
  if (!documents) return fail(documents.error());
  if (documents->size() != 1) return fail(ErrorCode::bad_input, file.string() + ": must be one document");
  const auto load = [&folder](const std::string& name) -> Result<json::Value> {
    auto objects = read_objects((folder / name).string());
    if (!objects) return fail(objects.error());
    if (objects->size() == 1) return std::move(objects->front());
    return fail(ErrorCode::bad_input, (folder / name).string() + ": must hold exactly one object");
  };
  auto tests = whatif::read_tests(documents->front(), load);
  if (!tests) return fail(ErrorCode::bad_input, file.string() + ": " + tests.error().message());
  return tests;
}

Result<PolicySuite> suite(std::string name, Result<std::vector<model::Policy>> policies,
                          Result<whatif::TestFile> tests) {
  if (!policies) return fail(policies.error());
  if (!tests) return fail(tests.error());
  return PolicySuite{std::move(name), std::move(*policies), std::move(*tests)};
}

fs::path folder_of(const fs::path& test_file, const std::string& reviews) {
  return reviews.empty() ? test_file.parent_path() : fs::path(reviews);
}

// The files of tests in folders and theirs.
Result<std::vector<fs::path>> test_files_in(const std::vector<std::string>& places) {
  std::vector<fs::path> found;
  for (const auto& place : places) {
    const auto files = files_in(place, Depth::tree);
    if (!files) return fail(files.error());
    std::ranges::copy_if(*files, std::back_inserter(found),
                         [](const auto& file) { return file.filename() == kTestsFile; });
  }
  if (found.empty()) {
    return fail(ErrorCode::not_found,
                places.front() + ": there is no tests.yaml in it; write one, or name a file of tests with --tests");
  }
  return found;
}

}  // namespace

Result<std::vector<std::string>> policy_files(const std::vector<std::string>& places) {
  return policy_files_in(places, Depth::tree);
}

Result<std::vector<model::Policy>> read_policies(const std::vector<std::string>& places) {
  return policies_in(places);
}

Result<std::vector<PolicySuite>> find_suites(const SuitePlaces& where) {
  std::vector<PolicySuite> suites;
  const auto add = [&suites](Result<PolicySuite> made) -> Result<void> {
    if (!made) return fail(made.error());
    suites.push_back(std::move(*made));
    return {};
  };
  for (const auto& file : where.test_files) {
    auto added = add(suite(file, policies_in(where.places), tests_in(file, folder_of(file, where.reviews))));
    if (!added) return fail(added.error());
  }
  if (!where.test_files.empty()) return suites;
  const auto files = test_files_in(where.places);
  if (!files) return fail(files.error());
  for (const auto& file : *files) {
    const auto folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
    auto added =
        add(suite(folder.string(), policies_for(folder, where.places), tests_in(file, folder_of(file, where.reviews))));
    if (!added) return fail(added.error());
  }
  return suites;
}

}  // namespace sallyport::cli
