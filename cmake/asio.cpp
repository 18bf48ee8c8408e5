// Boost.Asio and Boost.Beast, compiled once: their separate-compilation sources, included here and nowhere else.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
