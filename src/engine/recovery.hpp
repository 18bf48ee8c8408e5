#pragma once

#include <vector>

#include "engine/seams.hpp"
#include "json/value.hpp"

namespace sallyport::engine {

// Closes the intents that a crash has left open in this replica's own log, before anything new is answered: fences
// those whose write may still be on its way, and notes for each what came of it. `open_intents` are the log's records
// as they stand there. An Error: one could not be settled; the replica must not answer before all are.
Awaitable<std::size_t> close_open_intents(Cluster& cluster, Journal& journal, std::vector<json::Value> open_intents);

}  // namespace sallyport::engine
