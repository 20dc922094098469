#include "tests/support/model_imap_server.h"

#include <stdexcept>
#include <utility>

#include "tests/support/model_session.h"

namespace imapkeep {

ModelImapServer::ModelImapServer(SimNetwork& network) {
  create_folder("INBOX");
  network.serve([this] { return std::make_unique<ModelSession>(*this); });
}

ModelImapServer::ModelImapServer(SimNetwork& network, const std::string& host) {
  create_folder("INBOX");
  network.host(host).accept = [this] { return std::make_unique<ModelSession>(*this); };
}

ModelImapServer::~ModelImapServer() = default;

ModelMailbox& ModelImapServer::box(const std::string& name) {
  const auto found = boxes_.find(name);
  if (found == boxes_.end()) throw std::runtime_error("the model has no folder " + name);
  return found->second;
}

std::uint32_t ModelImapServer::deliver(const std::string& folder, std::string body,
                                       std::set<std::string> flags, std::int64_t internal_date) {
  auto& mailbox = box(folder);
  ModelMessage message;
  message.uid = mailbox.uid_next++;
  message.flags = std::move(flags);
  message.internal_date = internal_date;
  message.body = std::move(body);
  message.mod_seq = ++mailbox.highest_mod_seq;
  const auto uid = message.uid;
  mailbox.messages.emplace(uid, std::move(message));
  push();
  return uid;
}

void ModelImapServer::set_flags(const std::string& folder, std::uint32_t uid,
                                std::set<std::string> flags) {
  auto& mailbox = box(folder);
  auto& message = mailbox.messages.at(uid);
  message.flags = std::move(flags);
  message.mod_seq = ++mailbox.highest_mod_seq;
  push();
}

void ModelImapServer::expunge(const std::string& folder, std::uint32_t uid) {
  auto& mailbox = box(folder);
  if (mailbox.messages.erase(uid) == 0) throw std::runtime_error("the model has no such UID");
  ++mailbox.highest_mod_seq;
  push();
}

void ModelImapServer::push() {
  if (idle_keeps_news) return;
  for (ModelSession* session : *sessions_) {
    if (!session->idle_tag_.empty()) session->tell_news();
  }
}

void ModelImapServer::orphan_sessions(const std::string& folder, bool bye) {
  for (ModelSession* session : *sessions_) {
    if (session->mailbox_ != folder) continue;
    session->mailbox_.reset();
    session->told_.clear();
    if (bye) session->say_bye("IMAP session state is inconsistent, please relogin.");
  }
}

void ModelImapServer::say_bye(const std::string& text) {
  for (ModelSession* session : *sessions_) session->say_bye(text);
}

void ModelImapServer::end_idles(const std::string& reply) {
  for (ModelSession* session : *sessions_) {
    if (session->idle_tag_.empty()) continue;
    session->say(std::exchange(session->idle_tag_, {}) + " " + reply);
  }
}

std::uint32_t ModelImapServer::copy(const std::string& from, std::uint32_t uid,
                                    const std::string& to) {
  const auto message = box(from).messages.at(uid);
  return deliver(to, message.body, message.flags, message.internal_date);
}

std::uint32_t ModelImapServer::move(const std::string& from, std::uint32_t uid,
                                    const std::string& to) {
  const auto moved = copy(from, uid, to);
  expunge(from, uid);
  return moved;
}

ModelMailbox& ModelImapServer::create_folder(const std::string& name,
                                             std::vector<std::string> attributes) {
  ModelMailbox mailbox;
  mailbox.name = name;
  mailbox.uid_validity = next_uid_validity_++;
  mailbox.attributes = std::move(attributes);
  return boxes_.insert_or_assign(name, std::move(mailbox)).first->second;
}

void ModelImapServer::rename_folder(const std::string& from, const std::string& to) {
  auto node = boxes_.extract(from);
  if (!node) throw std::runtime_error("the model has no folder " + from);
  node.key() = to;
  node.mapped().name = to;
  boxes_.insert(std::move(node));
}

void ModelImapServer::delete_folder(const std::string& name) { boxes_.erase(name); }

void ModelImapServer::bump_uid_validity(const std::string& folder) {
  auto& mailbox = box(folder);
  mailbox.uid_validity = next_uid_validity_++;
  mailbox.uid_next = 1;
  auto old = std::exchange(mailbox.messages, {});
  for (auto& [uid, message] : old) {
    message.uid = mailbox.uid_next++;
    message.mod_seq = ++mailbox.highest_mod_seq;
    const auto renumbered = message.uid;
    mailbox.messages.emplace(renumbered, std::move(message));
  }
}

std::size_t ModelImapServer::count(std::string_view beginning) const {
  std::size_t found = 0;
  for (const auto& command : commands_) found += command.starts_with(beginning) ? 1U : 0U;
  return found;
}

std::uint64_t ModelImapServer::bodies_served() const {
  std::uint64_t sum = 0;
  for (const auto& [message, times] : served_) sum += times;
  return sum;
}

std::uint64_t ModelImapServer::bodies_served(const std::string& folder, std::uint32_t uid) const {
  const auto found = served_.find({folder, uid});
  return found == served_.end() ? 0 : found->second;
}

void ModelImapServer::forget_counts() {
  commands_.clear();
  served_.clear();
  headers_served_ = 0;
  logins_ = 0;
  connections_ = 0;
}

}  // namespace imapkeep
