# Debian's packages. Boost.Asio and Beast are compiled once, into `asio`, so that one changed file of ours rebuilds fast.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_library(MINIZIP_LIBRARY minizip REQUIRED)

add_library(asio STATIC cmake/asio.cpp)
target_include_directories(asio SYSTEM PUBLIC ${Boost_INCLUDE_DIRS})
target_compile_definitions(asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_HAS_STD_INVOKE_RESULT)
target_link_libraries(asio PUBLIC Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
target_compile_features(asio PUBLIC cxx_std_23)
