#pragma once

#include "logs/batch.hpp"
#include "unit/logs/support.hpp"

namespace sallyport::sink {

using logs::append;
using logs::Batch;
using logs::batch_of;
using logs::BatchLimits;
using logs::Position;
using logs::Stream;
using logs::TempDir;

}  // namespace sallyport::sink
