#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/witness.hpp"
#include "journal/checkpoint.hpp"
#include "logs/snapshot.hpp"

namespace sallyport::audit {

// What is wrong, and where.
struct Fault {
  std::string file;
  std::uint64_t line = 0;  // in that file; 0: the file as a whole
  std::string what;
};

struct StreamReport {
  std::string stream;
  std::vector<std::string> files;
  std::uint64_t retired = 0;   // how many lines before those are gone, as a later one says
  std::uint64_t not_here = 0;  // how many lines before those an extract left out
  std::uint64_t lines = 0;     // that follow from each other
  std::string first_time, last_time;
  std::string head;  // after the last of them
  std::uint64_t checkpoints = 0;
  std::uint64_t signed_up_to = 0;     // seq; by the keys given, or without any by those that the log names itself
  std::uint64_t witnessed_up_to = 0;  // seq
  std::vector<Fault> faults;
};

struct Report {
  bool extract = false;  // what is not here may well exist
  std::vector<StreamReport> streams;
  std::vector<Fault> missing;  // streams that a witness has seen
  std::vector<logs::Unreadable> unreadable;
};

// Of an extract it is never known that it is all.
enum class Verdict { clean, broken, unreadable, extract };
[[nodiscard]] Verdict verdict_of(const Report& report);

struct Expectations {
  std::vector<journal::VerifierKey> keys;  // none: signatures are checked against the keys that the log names itself
  Witnesses witnesses;
  bool extract = false;  // lines before the first and after the last one, and whole streams, may be left out
};

// Is told how many bytes of how many are read, every now and then.
using Progress = std::function<void(std::uint64_t done, std::uint64_t of)>;

// Reads every stream from its first line, holding one line in memory. The first fault ends a stream: what follows it
// proves nothing.
[[nodiscard]] Report verify(const logs::FoundLogs& logs, const Expectations& expectations, const Progress& progress);

}  // namespace sallyport::audit
