#pragma once

namespace sallyport {

// The system spares the first process of a PID namespace, which a container's command is, all signals that it does not
// handle. This makes those that ask a process to end do so there, as they do everywhere else.
void end_by_signals_as_first_process();

}  // namespace sallyport
