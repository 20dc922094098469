# For tests/fuzz/CMakeLists.txt: include(settings.cmake). The paper files are compiled in by
# themselves, because test_support brings a main() of its own.
add_executable(settings_fuzz ${CMAKE_CURRENT_LIST_DIR}/settings_fuzz.cpp
                             ${CMAKE_SOURCE_DIR}/tests/support/paper_files.cpp)
target_link_libraries(settings_fuzz PRIVATE config)
target_link_options(settings_fuzz PRIVATE -fsanitize=fuzzer)
