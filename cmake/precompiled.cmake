# What most sources include, compiled once: the sanitizer builds, which begin from nothing on every new machine, take a
# quarter less time. The other builds do without, so that a source that leaves out an include of its own does not compile
# there.
#
# Not by CMake's own means, since their commands hold the absolute path of what is precompiled, and no clone could use
# what ccache has from another. Here ccache takes the sum of the headers' text for the file, which differs in each clone.
set(SALLYPORT_PRECOMPILE OFF)
if(SALLYPORT_SANITIZE)
  set(SALLYPORT_PRECOMPILE ON)
endif()

if(SALLYPORT_PRECOMPILE)
  find_package(GTest REQUIRED)
  add_library(precompiled OBJECT cmake/precompiled.hpp)
  set_source_files_properties(cmake/precompiled.hpp PROPERTIES LANGUAGE CXX)
  target_compile_options(precompiled PRIVATE -xc++-header -fpch-instantiate-templates)
  target_link_libraries(precompiled PRIVATE sallyport_options fmt::fmt GTest::gmock)
  set_target_properties(precompiled PROPERTIES CXX_COMPILER_LAUNCHER "")
  add_custom_command(OUTPUT ${SALLYPORT_PRECOMPILED}.sum DEPENDS ${CMAKE_BINARY_DIR}/${SALLYPORT_PRECOMPILED} VERBATIM
    COMMAND sh -c "\"$1\" -std=c++23 -E -P \"$2\" | sha256sum > \"$3\"" _
      ${CMAKE_CXX_COMPILER} ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp ${SALLYPORT_PRECOMPILED}.sum)
  add_custom_target(precompiled_sum DEPENDS ${SALLYPORT_PRECOMPILED}.sum)
endif()

# For targets that link sallyport_options.
function(use_precompiled target)
  if(SALLYPORT_PRECOMPILE)
    add_dependencies(${target} precompiled_sum)
    target_compile_options(${target} PRIVATE "SHELL:-include-pch ${SALLYPORT_PRECOMPILED}")
    get_target_property(sources ${target} SOURCES)
    set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/${SALLYPORT_PRECOMPILED})
  endif()
endfunction()
