# One place for what every target is compiled with.
add_library(sallyport_options INTERFACE)
target_compile_options(sallyport_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Wno-missing-field-initializers -Werror
  -fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # Where it was built does not stand in it, so that the same sources make the same program anywhere.
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
  target_compile_options(sallyport_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_compile_definitions(sallyport_options INTERFACE _GLIBCXX_ASSERTIONS
  $<$<BOOL:${SALLYPORT_FAILPOINTS}>:SALLYPORT_FAILPOINTS>)
target_include_directories(sallyport_options INTERFACE ${PROJECT_SOURCE_DIR}/src)

# All of it ends up in programs, so libraries and programs can share what is precompiled.
add_compile_options(-fPIE)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=lld)
endif()
add_link_options(-pie -Wl,-z,relro,-z,now)
if(SALLYPORT_SANITIZE)
  add_compile_options(-fsanitize=${SALLYPORT_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SALLYPORT_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Relative paths and no working directory in the hash: another clone of the same sources finds what this one compiled.
  # What a file includes is known from the compiler's own list of it (depend mode), not by preprocessing it once more; of
  # what is precompiled, which differs in each clone, see precompiled.cmake.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1
      CCACHE_DEPEND=1 CCACHE_IGNOREHEADERS=${SALLYPORT_PRECOMPILED} ${CCACHE})
endif()
