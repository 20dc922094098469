#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/base/bytes.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;

std::optional<std::string> text(const Json& json, const char* member) {
  const auto found = json.find(member);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

}  // namespace

std::string format_store_json(const StoreIdentity& identity) {
  // Replacing invalid UTF-8 keeps this from throwing; both names come from our configuration.
  const auto quoted = [](const std::string& value) {
    return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  return "{\"format\":" + std::to_string(kStoreFormat) + ",\"store\":" + quoted(identity.store_id) +
         ",\"layout\":\"nested\",\"host\":" + quoted(identity.host) +
         ",\"account\":" + quoted(identity.account) + ",\"created\":" + quoted(identity.created) +
         "}\n";
}

Result<StoreIdentity> parse_store_json(std::string_view bytes) {
  const Json json = Json::parse(bytes, nullptr, false);
  const Error damaged = store_error(
      "it is damaged; write it back from a backup (the store's id also stands in the first line of "
      "each segment of the journal: docs/storage.md)");
  if (!json.is_object()) return damaged;
  const auto format = json.find("format");
  if (format == json.end() || !format->is_number_unsigned()) return damaged;
  if (format->get<std::uint64_t>() > kStoreFormat) {
    return store_error("the store's format is " + std::to_string(format->get<std::uint64_t>()) +
                       ": made by a later version of imapkeep; use that version or a newer");
  }
  const auto id = text(json, "store");
  const auto layout = text(json, "layout");
  const auto host = text(json, "host");
  const auto account = text(json, "account");
  if (!id || id->size() != 32 || !from_hex(*id) || !layout || !host || !account) return damaged;
  if (*layout != "nested" || json.contains("info")) {
    return store_error("the store's layout is \"" + printable(*layout, 40) +
                       "\", which is not in this version; use a later one");
  }
  return StoreIdentity{*id, *host, *account, text(json, "created").value_or(""),
                       format->get<std::uint32_t>()};
}

std::string utc_time(WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  char text[16];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return utc_date(at) + text;
}

std::string utc_date(WallTime at) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(at));
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

}  // namespace imapkeep
