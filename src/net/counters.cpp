#include "net/counters.hpp"

namespace sallyport::net {

std::string_view to_string(Event event) {
  switch (event) {
    case Event::connection_accepted:
      return "connection_accepted";
    case Event::connection_refused:
      return "connection_refused";
    case Event::connection_evicted:
      return "connection_evicted";
    case Event::accept_failed:
      return "accept_failed";
    case Event::handshake_done:
      return "handshake_done";
    case Event::handshake_failed:
      return "handshake_failed";
    case Event::request_complete:
      return "request_complete";
    case Event::answered:
      return "answered";
    case Event::forbidden:
      return "forbidden";
    case Event::bad_request:
      return "bad_request";
    case Event::length_required:
      return "length_required";
    case Event::body_too_large:
      return "body_too_large";
    case Event::head_too_large:
      return "head_too_large";
    case Event::overloaded:
      return "overloaded";
    case Event::cut_short:
      return "cut_short";
    case Event::caller_gone:
      return "caller_gone";
    case Event::handler_failed:
      return "handler_failed";
    case Event::timed_out_handshake:
      return "timed_out_handshake";
    case Event::timed_out_head:
      return "timed_out_head";
    case Event::timed_out_body:
      return "timed_out_body";
    case Event::timed_out_write:
      return "timed_out_write";
    case Event::timed_out_idle:
      return "timed_out_idle";
  }
  return "unknown";
}

}  // namespace sallyport::net
