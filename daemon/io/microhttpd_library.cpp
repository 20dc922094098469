#include "daemon/io/microhttpd_library.h"

#include "daemon/io/shared_library.h"

namespace imapkeep {

Result<MicrohttpdLibrary> MicrohttpdLibrary::load() {
  auto library = SharedLibrary::open(IMAPKEEP_MICROHTTPD);
  if (!library) return library.error();
  MicrohttpdLibrary mhd;
  library->find("MHD_start_daemon", mhd.start_daemon);
  library->find("MHD_stop_daemon", mhd.stop_daemon);
  library->find("MHD_run", mhd.run);
  library->find("MHD_get_timeout", mhd.get_timeout);
  library->find("MHD_get_daemon_info", mhd.get_daemon_info);
  library->find("MHD_get_connection_values", mhd.get_connection_values);
  library->find("MHD_create_response_from_buffer", mhd.create_response_from_buffer);
  library->find("MHD_create_response_from_callback", mhd.create_response_from_callback);
  library->find("MHD_add_response_header", mhd.add_response_header);
  library->find("MHD_queue_response", mhd.queue_response);
  library->find("MHD_destroy_response", mhd.destroy_response);
  library->find("MHD_get_connection_info", mhd.get_connection_info);
  library->find("MHD_suspend_connection", mhd.suspend_connection);
  library->find("MHD_resume_connection", mhd.resume_connection);
  if (const auto whole = library->check(); !whole) return whole.error();
  return mhd;
}

}  // namespace imapkeep
