#include "cli/documents.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "json/json.hpp"
#include "yaml/read.hpp"

namespace sallyport::cli {
namespace {

constexpr std::size_t kLargest = 8u << 20;

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

Result<std::vector<json::Value>> parse(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{') return yaml::read_documents(text, {.bytes = kLargest});
  // YAML in braces is no JSON; what only JSON can say (surrogate pairs) YAML reads differently.
  auto object = json::parse(text, {.bytes = kLargest, .depth = 64});
  if (!object) return yaml::read_documents(text, {.bytes = kLargest});
  return std::vector{std::move(*object)};
}

}  // namespace

Result<std::string> read_text(const std::string& file) {
  std::error_code error;
  if (file != "-" && std::filesystem::is_directory(file, error)) return fail(ErrorCode::bad_input, "is a folder");
  const std::unique_ptr<std::FILE, Close> source(file == "-" ? stdin : std::fopen(file.c_str(), "rbe"));
  if (!source) return fail(ErrorCode::not_found, std::system_category().message(errno));
  std::string text;
  char piece[1 << 16];
  while (const std::size_t count = std::fread(piece, 1, sizeof piece, source.get())) {
    text.append(piece, count);
    if (text.size() > kLargest) return fail(ErrorCode::bad_input, "is larger than 8 MiB");
  }
  if (std::ferror(source.get()) != 0) return fail(ErrorCode::internal, std::system_category().message(errno));
  return text;
}

Result<std::vector<std::string>> files_in(const std::string& name) {
  std::error_code error;
  if (name == "-" || !std::filesystem::is_directory(name, error)) return std::vector{name};
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator at(name, error), end; !error && at != end; at.increment(error)) {
    const auto extension = at->path().extension();
    const bool is_manifest = extension == ".yaml" || extension == ".yml" || extension == ".json";
    if (is_manifest && !at->is_directory(error)) files.push_back(at->path().string());
  }
  if (error) return fail(ErrorCode::bad_input, name + ": " + error.message());
  std::ranges::sort(files);
  return files;
}

Result<std::vector<json::Value>> read_objects(const std::string& file) {
  const std::string name = file == "-" ? "standard input" : file;
  const auto text = read_text(file);
  if (!text) return fail(text.error().code(), name + ": " + text.error().message());
  auto documents = parse(*text);
  if (!documents) return fail(ErrorCode::bad_input, name + ": " + documents.error().message());
  std::vector<json::Value> objects;
  for (auto& document : *documents) {
    auto* const items = document["kind"].text().ends_with("List") ? document.find_mutable("items") : nullptr;
    if (items == nullptr || !items->is_array()) {
      objects.push_back(std::move(document));
    } else {
      for (auto& item : items->mutable_items()) objects.push_back(std::move(item));
    }
  }
  return objects;
}

}  // namespace sallyport::cli
