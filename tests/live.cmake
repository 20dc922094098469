# Tests that are not one program per room: the house rules, the test tools' own tests, and the live
# tests, which run the real program against servers on loopback.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_test(NAME house COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/house_test.py)
set_tests_properties(house PROPERTIES LABELS house TIMEOUT 60)
add_test(NAME recipes COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/recipes_test.py)
set_tests_properties(recipes PROPERTIES LABELS tools TIMEOUT 60)

# live_test(NAME SECONDS LABEL): tests/live/NAME.py. 77 means that this machine cannot do what the whole
# file needs; the reason is printed.
function(live_test NAME SECONDS LABEL)
  add_test(NAME ${NAME} COMMAND Python3::Interpreter -m live.run ${NAME}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${NAME} PROPERTIES
    LABELS ${LABEL} TIMEOUT ${SECONDS} SKIP_RETURN_CODE 77
    ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1;IMAPKEEP=${CMAKE_BINARY_DIR}/imapkeep")
endfunction()

live_test(test_tools 120 tools)
live_test(test_bench_tools 60 tools)
if(TARGET imapkeep)
  live_test(test_first_mirror 600 live)
  live_test(test_real_servers 300 live)
  live_test(test_uid_reuse 300 live)
  live_test(test_readers 300 live)
  live_test(test_invented_message 300 live)
  live_test(test_body_sizes 300 live)
  live_test(test_idle_flags 300 live)
  live_test(test_uidvalidity_again 300 live)
  live_test(test_unstable_uids 300 live)
  live_test(test_costly_message 600 live)
  live_test(test_proxy_compress 300 live)
  live_test(test_folder_events 600 live)
  live_test(test_folder_bye 300 live)
  live_test(test_line_cuts 14400 live)
  live_test(test_follow 900 live)
  live_test(test_departures 600 live)
  live_test(test_kill 1200 live)
  live_test(test_kill_sweep 1200 live)
  live_test(test_power_cut 1200 live)
  live_test(test_rebuild 600 live)
  live_test(test_overlay 120 live)
  live_test(test_bad_input 900 live)
  live_test(test_store_trouble 600 live)
  live_test(test_full_disk 3600 live)
  live_test(test_state_faults 14400 live)
  live_test(test_equal_messages 1200 live)
  live_test(test_big 1800 live)
  live_test(test_daemon 600 live)
  live_test(test_daemon_kill 600 live)
  live_test(test_daemon_faults 900 live)
  live_test(test_daemon_store 600 live)
  live_test(test_daemon_ledger 300 live)
  live_test(test_idle 300 live)
  live_test(test_reload 300 live)
  live_test(test_owner 300 live)
  live_test(test_notify 300 live)
  live_test(test_control 300 live)
  live_test(test_login 600 live)
  live_test(test_login_browser 300 live)
  live_test(test_oauth_words 300 live)
  live_test(test_oauth_kill 600 live)
  live_test(test_vault_faults 600 live)
  live_test(test_oauth_daemon 900 live)
  live_test(test_token_ends 600 live)
  live_test(test_many_accounts 600 live)
  live_test(test_doctor 300 live)
  live_test(test_doctor_oauth 300 live)
  live_test(test_soak 5400 live)
  live_test(test_scale 1800 live)
endif()

if(TARGET io_tests)
  add_test(NAME io_network
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/daemon/io/network.sh $<TARGET_FILE:io_tests>)
  set_tests_properties(io_network PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
  # The machine's clock is everybody's: no other test runs while it moves.
  add_test(NAME io_clock
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/daemon/io/clock.sh $<TARGET_FILE:io_tests>)
  set_tests_properties(io_clock PROPERTIES TIMEOUT 60 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
endif()

if(TARGET imapkeep)
  add_test(NAME systemd COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/systemd_test.py
           ${CMAKE_BINARY_DIR})
  set_tests_properties(systemd PROPERTIES LABELS tools TIMEOUT 300 SKIP_RETURN_CODE 77
    ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
endif()
