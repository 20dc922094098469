#include "auth/secret_source.h"

#include <utility>

#include "auth/private_file.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kLimit = 64 * 1024;
constexpr auto kCommandDeadline = std::chrono::seconds(30);

/// `of` is whose secret it is, for the error.
Result<Secret> one_line(const Secret& whole, const std::string& of) {
  std::string_view bytes = whole.reveal();
  if (bytes.ends_with('\n')) {
    bytes.remove_suffix(1);
    if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  }
  if (bytes.empty()) return config_error(of + " is empty");
  if (bytes.starts_with("\xEF\xBB\xBF"))
    return config_error(of +
                        " begins with a byte order mark, which an editor has put there; save " +
                        "it as UTF-8 without one");
  // Not guessed at: a file of "user, then password" must not be sent as a password.
  if (bytes.find('\n') != std::string_view::npos)
    return config_error(of + " holds more than one line; a secret is one line");
  if (bytes.find('\0') != std::string_view::npos) return config_error(of + " holds a NUL byte");
  return Secret(std::string(bytes));
}

std::string named(const std::string& path) { return "the secret file " + printable_utf8(path); }

}  // namespace

SecretSource::SecretSource(Files& files, Process& process, ProcessEnvironment environment)
    : files_(&files), process_(&process), environment_(std::move(environment)) {}

Result<SecretSource::Found> SecretSource::find(const SecretOptions& options,
                                               bool first_line) const {
  const auto from_file = [&](const std::string& path, Openness openness) -> Result<Found> {
    auto bytes = read_private_file(*files_, environment_, path, named(path), openness, kLimit);
    if (!bytes) return bytes.error();
    return Found{std::move(*bytes), named(path)};
  };
  if (const auto* file = std::get_if<SecretFile>(&options))
    return from_file(file->path, Openness::kOwnerOnly);

  if (const auto* environment = std::get_if<SecretEnvironment>(&options)) {
    const std::string of = "the environment variable " + printable(environment->name, 64);
    auto value = environment_.variable(environment->name);
    if (!value) return config_error(of + " for a secret is not set");
    return Found{Secret(std::move(*value)), of};
  }

  if (const auto* credential = std::get_if<SecretCredential>(&options)) {
    const std::string shown = "the credential " + printable(credential->name, 64);
    const auto& name = credential->name;
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
      return config_error(shown + " is not a name below $CREDENTIALS_DIRECTORY");
    const auto directory = environment_.variable("CREDENTIALS_DIRECTORY");
    if (!directory || directory->empty())
      return config_error(shown +
                          " is only there inside a systemd unit with LoadCredential= "
                          "($CREDENTIALS_DIRECTORY is not set); outside of the service run this "
                          "command by `systemd-run --pty -p User=USER -p LoadCredential=" +
                          printable(name, 64) + ":FILE`");
    return from_file(*directory + "/" + name, Openness::kAsFound);
  }

  const auto& command = std::get<SecretCommand>(options);
  if (command.argv.empty()) return config_error("the command for a secret is empty");
  auto output = process_->output_of(command.argv, kCommandDeadline);
  if (!output)
    return Error{
        Remedy::kNeedsOperator, Trouble::kLogin,
        "no secret: " + output.error().what + "; run it by hand, as the same user, to see why",
        output.error().os_code};
  // Its name alone: its arguments may be secret.
  const std::string shown =
      "the command " + printable_utf8(command.argv.front(), 64) + " for a secret";
  Found found{Secret(std::move(*output)), "the output of " + shown};
  // `pass` and its like keep notes behind the first line.
  const std::string_view all = found.bytes.reveal();
  if (first_line && all.find('\n') != std::string_view::npos)
    found.bytes = Secret(std::string(all.substr(0, all.find('\n') + 1)));
  return found;
}

Result<Secret> SecretSource::read(const SecretOptions& options) const {
  const auto found = find(options, true);
  if (!found) return found.error();
  return one_line(found->bytes, found->of);
}

Result<Secret> SecretSource::read_whole(const SecretOptions& options) const {
  auto found = find(options, false);
  if (!found) return found.error();
  if (found->bytes.empty()) return config_error(found->of + " is empty");
  return std::move(found->bytes);
}

Result<Done> check_secret_file(Files& files, const ProcessEnvironment& environment,
                               const std::string& path) {
  auto whole =
      read_private_file(files, environment, path, named(path), Openness::kOwnerOnly, kLimit);
  if (!whole) return whole.error();
  const auto line = one_line(*whole, named(path));
  if (!line) return line.error();
  return Done{};
}

}  // namespace imapkeep
