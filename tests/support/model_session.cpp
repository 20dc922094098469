#include "tests/support/model_session.h"

#include <algorithm>
#include <utility>

#include "daemon/base/bytes.h"
#include "tests/support/model_text.h"

namespace imapkeep {

using model_text::take_astring;
using model_text::upper;

ModelSession::ModelSession(ModelImapServer& server) : server_(server), sessions_(server.sessions_) {
  sessions_->push_back(this);
}

ModelSession::~ModelSession() { on_closed(); }

void ModelSession::on_closed() { std::erase(*sessions_, this); }

void ModelSession::say(std::string_view line) {
  const std::string text(line);
  link_->send(server_.rewrite ? server_.rewrite(text) : text + "\r\n");
}

void ModelSession::say_bye(const std::string& text) {
  if (!link_) return;
  untagged("BYE " + text);
  link_->close();
}

std::string ModelSession::capability_list() const {
  std::string out = "CAPABILITY";
  for (const auto& atom : server_.capabilities) out += ' ' + atom;
  return out;
}

ModelMailbox* ModelSession::examined() {
  if (!mailbox_ || !server_.has_folder(*mailbox_)) return nullptr;
  return &server_.box(*mailbox_);
}

void ModelSession::on_connected(SimLink& link) {
  link_ = &link;
  ++server_.connections_;
  say(server_.greeting.value_or("* OK [" + capability_list() + "] the model is ready"));
}

void ModelSession::on_bytes(SimLink& link, ByteView bytes) {
  link_ = &link;
  if (compresses_) {
    if (server_.compress_ends_with == "cut") link.close();
    if (server_.compress_ends_with == "in the clear") say("* BAD what is that?");
    return;
  }
  input_ += bytes;
  while (link_->is_open() && !silent_ && take_command()) {
  }
}

bool ModelSession::take_command() {
  std::size_t from = 0;
  for (;;) {
    const auto end = input_.find("\r\n", from);
    if (end == std::string::npos) return false;
    const std::string line = input_.substr(from, end - from);
    const auto brace = line.rfind('{');
    if (!line.ends_with('}') || brace == std::string::npos) {
      const std::string whole = input_.substr(0, end);
      input_.erase(0, end + 2);
      if (!sasl_tag_.empty()) {
        check_plain(std::exchange(sasl_tag_, {}), whole);
        return true;
      }
      if (!idle_tag_.empty()) {
        say(std::exchange(idle_tag_, {}) + (upper(whole) == "DONE" ? " OK done" : " BAD no DONE"));
        return true;
      }
      const auto space = whole.find(' ');
      const std::string tag = whole.substr(0, space);
      const std::string command = space == std::string::npos ? "" : whole.substr(space + 1);
      server_.commands_.push_back(command);
      if (server_.before_command && !server_.before_command(command)) {
        link_->close();
        return false;
      }
      answer(tag, command);
      return true;
    }
    const auto size = std::stoul(line.substr(brace + 1));
    const bool waits = line[line.size() - 2] != '+' && line[line.size() - 2] != '-';
    if (input_.size() < end + 2 + size) {
      if (waits && input_.size() == end + 2) say("+ go ahead");
      return false;
    }
    from = end + 2 + size;
  }
}

void ModelSession::answer(const std::string& tag, const std::string& command) {
  const std::string name = upper(command.substr(0, command.find(' ')));
  if (name == "CAPABILITY") {
    untagged(capability_list());
    return say(tag + " OK done");
  }
  if (name == "LOGOUT") {
    untagged("BYE see you");
    say(tag + " OK done");
    return link_->close();
  }
  if (name == "NOOP") {
    tell_news();
    return say(tag + " OK done");
  }
  if (name == "ID" && offers("ID")) {
    untagged("ID (\"name\" \"model\")");
    return say(tag + " OK done");
  }
  if (name == "COMPRESS" && offers("COMPRESS=DEFLATE")) {
    if (server_.compress_ends_with == "BYE") {
      server_.capabilities.erase("COMPRESS=DEFLATE");
      say("* BYE Server shutting down.");
      return link_->close();
    }
    compresses_ = true;
    if (server_.compress_ends_with == "cut at once") return link_->close();
    return say(tag + " OK compressing");
  }
  if (logged_in_) return answer_authenticated(tag, command);
  answer_before_login(tag, command);
}

void ModelSession::answer_before_login(const std::string& tag, const std::string& command) {
  std::string rest = command;
  const std::string name = upper(take_astring(rest));
  if (name == "STARTTLS" && offers("STARTTLS")) return say(tag + " OK begin TLS");
  if (name == "LOGIN" && !offers("LOGINDISABLED")) {
    if (server_.refuse_login) return say(tag + " " + *server_.refuse_login);
    const std::string user = take_astring(rest);
    const std::string password = take_astring(rest);
    if (user == server_.user && password == server_.password) return accept_login(tag);
    return say(tag + " NO [AUTHENTICATIONFAILED] no such user or password");
  }
  if (name == "AUTHENTICATE" && offers("AUTH=XOAUTH2")) {
    (void)take_astring(rest);
    return check_token(tag, take_astring(rest));
  }
  if (name == "AUTHENTICATE" && offers("AUTH=PLAIN") && upper(take_astring(rest)) == "PLAIN") {
    if (server_.refuse_login) return say(tag + " " + *server_.refuse_login);
    const std::string initial = take_astring(rest);
    if (!initial.empty() && offers("SASL-IR")) return check_plain(tag, initial);
    sasl_tag_ = tag;
    return say("+ ");
  }
  say(tag + " BAD not before login");
}

void ModelSession::check_plain(const std::string& tag, std::string_view encoded) {
  const auto raw = from_base64(encoded);
  const std::string wanted = '\0' + server_.user + '\0' + server_.password;
  if (raw && raw->substr(std::min(raw->find('\0'), raw->size())) == wanted) {
    return accept_login(tag);
  }
  say(tag + " NO [AUTHENTICATIONFAILED] no such user or password");
}

void ModelSession::check_token(const std::string& tag, std::string_view encoded) {
  const auto raw = from_base64(encoded);
  const std::string wanted = "user=" + server_.user +
                             "\x01"
                             "auth=Bearer " +
                             server_.password + "\x01\x01";
  if (raw == wanted) return accept_login(tag);
  if (server_.refuses_token == "challenge") {
    sasl_tag_ = tag;
    return say("+ " + to_base64(R"({"status":"401","schemes":"bearer"})"));
  }
  if (server_.refuses_token == "OK, BYE") {
    say(tag + " OK welcome");
    return say_bye("The access token has expired");
  }
  if (server_.refuses_token == "cut") return link_->close();
  if (server_.refuses_token == "BYE") return say_bye("Invalid access token");
  if (server_.refuses_token.starts_with("BYE ")) return say_bye(server_.refuses_token.substr(4));
  say(tag + " NO AUTHENTICATE failed.");
}

void ModelSession::accept_login(const std::string& tag) {
  logged_in_ = true;
  ++server_.logins_;
  say(tag + " OK [" + capability_list() + "] welcome");
}

void ModelSession::idle(const std::string& tag) {
  if (server_.refuse_idle) return say(tag + " " + *server_.refuse_idle);
  if (server_.idle_says_nothing) return;
  say("+ idling");
  if (!server_.said_in_idle.empty()) say(server_.said_in_idle);
  idle_tag_ = tag;
  tell_news();
}

void ModelSession::answer_authenticated(const std::string& tag, const std::string& command) {
  const std::string text = upper(command);
  if (text.starts_with("ENABLE ") && offers("ENABLE")) {
    untagged("ENABLED" + (offers(text.substr(7)) ? text.substr(6) : std::string()));
    return say(tag + " OK done");
  }
  if (text == "NAMESPACE" && offers("NAMESPACE")) {
    untagged("NAMESPACE ((\"\" \"" + std::string(1, server_.delimiter) + "\")) " +
             server_.other_namespaces);
    return say(tag + " OK done");
  }
  if (text.starts_with("LIST ")) return list(tag, command);
  if (text.starts_with("STATUS ")) return status(tag, command);
  if (text.starts_with("EXAMINE ")) return examine(tag, command);
  if (text == "IDLE" && offers("IDLE")) return idle(tag);
  if (text.starts_with("UID SEARCH ") && examined()) return search(tag, command);
  if (text.starts_with("UID FETCH ") && examined()) return fetch(tag, command);
  say(tag + " BAD not understood");
}

}  // namespace imapkeep
