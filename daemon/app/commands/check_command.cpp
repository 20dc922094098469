#include "daemon/app/commands/check_command.h"

#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

#include "auth/client_file.h"
#include "auth/secret_source.h"
#include "config/config_location.h"
#include "config/settings_reader.h"
#include "daemon/base/bytes.h"
#include "daemon/base/exit_code.h"
#include "daemon/base/operator_file.h"

namespace imapkeep {
namespace {

Result<Done> look_at(Files& files, const ProcessEnvironment& environment, const NamedFile& file,
                     OAuthFlow flow) {
  switch (file.holds) {
    case NamedFile::Holds::kSecret:
      return check_secret_file(files, environment, file.path);
    case NamedFile::Holds::kGoogleClient: {
      const auto client = read_client_file(files, environment, file.path, flow);
      if (!client) return client.error();
      return Done{};
    }
    case NamedFile::Holds::kCertificates:
      break;
  }
  const auto found = find_operator_file(files, environment, file.path);
  if (!found) return found.error();
  return Done{};
}

/// The files that the settings name: there, ours, and closed to others where they must be.
std::vector<Complaint> look_at_files(Files& files, const ProcessEnvironment& environment,
                                     const Settings& settings) {
  Complaints complaints;
  const auto look = [&](const NamedFile& file, OAuthFlow flow) {
    const auto good = look_at(files, environment, file, flow);
    if (!good) complaints.add(file.where, good.error().what);
  };
  for (const auto& file : settings.files) look(file, OAuthFlow::kCode);
  for (const auto& account : settings.accounts) {
    const auto* oauth = std::get_if<OAuthOptions>(&account.auth.proof);
    for (const auto& file : account.files) look(file, oauth ? oauth->flow : OAuthFlow::kCode);
  }
  return complaints.sorted();
}

std::string address(const ServerOptions& server) {
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

std::string line_of(const AccountSettings& account) {
  const StoreDescription store = describe(account.store);
  return account.name + ": " + address(account.server) + " as " +
         printable_utf8(account.auth.user) + " → " + printable_utf8(store.place, 4096) + " (" +
         std::string(store.kind) + ")\n";
}

/// A port that is known for the other way to begin TLS: the server alone can say, but a person may
/// see it here.
std::string doubt_about(const AccountSettings& account) {
  const ServerOptions& server = account.server;
  const bool is_implicit = server.tls == TlsMode::kImplicit;
  if (server.port == 143 && is_implicit)
    return "  port 143 usually begins in plain text: `tls: starttls`, or port 993\n";
  if (server.port == 993 && !is_implicit)
    return "  port 993 usually begins with TLS: leave `tls` out, or use port 143\n";
  return "";
}

std::string json_of(const std::string& config, const SettingsRead& read) {
  auto complaints = nlohmann::json::array();
  for (const auto& one : read.complaints)
    complaints.push_back({{"file", one.place.file},
                          {"line", one.place.line},
                          {"column", one.place.column},
                          {"sentence", one.sentence}});
  auto accounts = nlohmann::json::array();
  if (read.complaints.empty())
    for (const auto& one : read.settings.accounts)
      accounts.push_back({{"name", one.name},
                          {"server", address(one.server)},
                          {"user", one.auth.user},
                          {"store", describe(one.store).place}});
  const nlohmann::json all{{"config", config}, {"complaints", complaints}, {"accounts", accounts}};
  // A path may be any bytes; JSON may not.
  return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

CliAnswer check_configuration(Files& files, const ProcessEnvironment& environment,
                              const Command& command) {
  SettingsRead read;
  const auto path = find_config(files, environment, command.config);
  if (!path) {
    read.complaints.push_back({{}, path.error().what});
  } else {
    read = read_settings(files, environment, *path);
    if (read.complaints.empty()) read.complaints = look_at_files(files, environment, read.settings);
  }

  CliAnswer answer;
  answer.exit_code = read.complaints.empty() ? kExitOk : kExitConfig;
  if (command.json) {
    answer.out = json_of(path ? *path : "", read);
    return answer;
  }
  for (const auto& complaint : read.complaints) answer.err += to_string(complaint) + "\n";
  if (read.complaints.empty())
    for (const auto& account : read.settings.accounts)
      answer.out += line_of(account) + doubt_about(account);
  return answer;
}

}  // namespace imapkeep
