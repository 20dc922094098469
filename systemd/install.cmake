# `cmake --install`: the program and everything that a machine needs to run it as a service.
include(GNUInstallDirs)

# systemd says where it looks, when all goes below /usr as in a package. Below any other prefix,
# /usr/local for one, it looks in lib/ there.
function(systemd_directory NAME VARIABLE BELOW)
  set(FOUND "")
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    pkg_get_variable(FOUND systemd ${VARIABLE})
  endif()
  if(NOT FOUND)
    set(FOUND ${BELOW})
  endif()
  set(${NAME} ${FOUND} CACHE PATH "Where to install what systemd calls ${VARIABLE}")
endfunction()

pkg_check_modules(SYSTEMD_PLACES QUIET systemd)
systemd_directory(IMAPKEEP_UNIT_DIR systemdsystemunitdir lib/systemd/system)
systemd_directory(IMAPKEEP_USER_UNIT_DIR systemduserunitdir lib/systemd/user)
systemd_directory(IMAPKEEP_SYSUSERS_DIR sysusersdir lib/sysusers.d)
systemd_directory(IMAPKEEP_TMPFILES_DIR tmpfilesdir lib/tmpfiles.d)
systemd_directory(IMAPKEEP_CATALOG_DIR catalogdir lib/systemd/catalog)

set(IMAPKEEP_PROGRAM ${CMAKE_INSTALL_FULL_BINDIR}/imapkeep)
configure_file(systemd/imapkeep.service.in systemd/system/imapkeep.service @ONLY)
configure_file(systemd/imapkeep-user.service.in systemd/user/imapkeep.service @ONLY)

install(TARGETS imapkeep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_BINARY_DIR}/systemd/system/imapkeep.service DESTINATION ${IMAPKEEP_UNIT_DIR})
install(FILES ${CMAKE_BINARY_DIR}/systemd/user/imapkeep.service
        DESTINATION ${IMAPKEEP_USER_UNIT_DIR})
install(FILES systemd/imapkeep.sysusers DESTINATION ${IMAPKEEP_SYSUSERS_DIR} RENAME imapkeep.conf)
install(FILES systemd/imapkeep.tmpfiles DESTINATION ${IMAPKEEP_TMPFILES_DIR} RENAME imapkeep.conf)
install(FILES systemd/imapkeep.catalog DESTINATION ${IMAPKEEP_CATALOG_DIR})
install(FILES docs/man/imapkeep.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/man/imapkeep.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
# As they lie here, so that their links lead somewhere.
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
        FILES_MATCHING PATTERN "*.md" PATTERN "*.yaml" PATTERN man EXCLUDE)
install(FILES docs/imapkeep.example.yaml systemd/examples/credentials.conf
              systemd/examples/mail-elsewhere.conf systemd/examples/notify-reload.conf
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
