#include "auth/secret_source.h"

#include <utility>

#include "daemon/base/bytes.h"
#include "daemon/base/operator_file.h"

namespace imapkeep {
namespace {

constexpr std::size_t kLimit = 64 * 1024;
constexpr auto kCommandDeadline = std::chrono::seconds(30);

/// Takes the bytes over. `of` is whose secret it is, for the error.
Result<Secret> one_line(std::string bytes, const std::string& of) {
  if (bytes.ends_with('\n')) {
    bytes.pop_back();
    if (bytes.ends_with('\r')) bytes.pop_back();
  }
  std::string trouble;
  if (bytes.empty()) trouble = " is empty";
  // Not guessed at: a file of "user, then password" must not be sent as a password.
  else if (bytes.find('\n') != std::string::npos)
    trouble = " holds more than one line; a password is one line";
  else if (bytes.find('\0') != std::string::npos)
    trouble = " holds a NUL byte";
  if (trouble.empty()) return Secret(std::move(bytes));
  wipe(bytes);
  return config_error(of + trouble);
}

std::string octal(std::uint32_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3)
    digits += static_cast<char>('0' + ((mode >> shift) & 7));
  return digits;
}

Result<Secret> from_file(Files& files, const Surroundings& surroundings, const std::string& path,
                         bool check_mode) {
  auto file = find_operator_file(files, surroundings, path);
  if (!file) return file.error();
  const std::string of = "the password file " + printable_utf8(path);
  const auto& facts = file->facts;
  if (check_mode && (facts.mode & 0077) != 0)
    return config_error(of + " is open to others (mode " + octal(facts.mode & 07777) +
                        "); chmod 600 it");
  // Root reads everybody's files anyway, for example in `imapkeep check`.
  if (facts.owner != 0 && facts.owner != surroundings.user_id && surroundings.user_id != 0)
    return config_error(of + " belongs to another user (uid " + std::to_string(facts.owner) +
                        "), who can read and change it");
  auto bytes = read_operator_file(*file, path, kLimit);
  if (!bytes) return bytes.error();
  return one_line(std::move(*bytes), of);
}

}  // namespace

SecretSource::SecretSource(Files& files, Process& process, Surroundings surroundings)
    : files_(&files), process_(&process), surroundings_(std::move(surroundings)) {}

Result<Secret> SecretSource::read(const SecretOptions& options) const {
  if (const auto* file = std::get_if<SecretFile>(&options))
    return from_file(*files_, surroundings_, file->path, true);

  if (const auto* environment = std::get_if<SecretEnvironment>(&options)) {
    auto value = surroundings_.variable(environment->name);
    if (!value)
      return config_error("the environment variable " + printable(environment->name, 64) +
                          " for the password is not set");
    return one_line(std::move(*value),
                    "the environment variable " + printable(environment->name, 64));
  }

  if (const auto* credential = std::get_if<SecretCredential>(&options)) {
    const std::string shown = "the credential " + printable(credential->name, 64);
    const auto& name = credential->name;
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
      return config_error(shown + " is not a name below $CREDENTIALS_DIRECTORY");
    const auto directory = surroundings_.variable("CREDENTIALS_DIRECTORY");
    if (!directory || directory->empty())
      return config_error(shown +
                          " needs $CREDENTIALS_DIRECTORY, which systemd sets for a unit "
                          "with LoadCredential=");
    return from_file(*files_, surroundings_, *directory + "/" + name, false);
  }

  const auto& command = std::get<SecretCommand>(options);
  if (command.argv.empty()) return config_error("the command for the password is empty");
  // Its name alone: arguments and output may be secret, and so may what an error quotes of them.
  const std::string shown =
      "the command " + printable_utf8(command.argv.front(), 64) + " for the password";
  auto output = process_->output_of(command.argv, kCommandDeadline);
  if (!output)
    return Error{Remedy::kNeedsOperator, Trouble::kLogin,
                 shown + " failed; run it by hand, as the same user, to see why",
                 output.error().os_code};
  // `pass` and its like keep notes behind the first line.
  std::string first = output->substr(0, output->find('\n'));
  wipe(*output);
  return one_line(std::move(first), "the output of " + shown);
}

Result<Done> check_secret_file(Files& files, const Surroundings& surroundings,
                               const std::string& path) {
  const auto secret = from_file(files, surroundings, path, true);
  if (!secret) return secret.error();
  return Done{};
}

}  // namespace imapkeep
