# Included by tests/fuzz/CMakeLists.txt; needs Clang.
add_executable(settings_fuzz ${CMAKE_CURRENT_LIST_DIR}/settings_fuzz.cpp)
target_link_libraries(settings_fuzz PRIVATE config test_support -fsanitize=fuzzer)
