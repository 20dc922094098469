#include "sync/store/maildir/noted_work.h"

namespace imapkeep {

void log_notes(const Log& log, const Notes& notes) {
  for (const Note& note : notes) {
    switch (note.level) {
      case LogLevel::kDebug:
        log.debug(note.event, note.fields);
        break;
      case LogLevel::kInfo:
        log.info(note.event, note.fields);
        break;
      case LogLevel::kWarning:
        log.warning(note.event, note.fields);
        break;
      case LogLevel::kError:
        log.error(note.event, note.fields);
        break;
    }
  }
}

}  // namespace imapkeep
