// A LoginFlow talked through a server that is told in a few words.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "sync/imap/login_flow.h"

namespace imapkeep::imap {

struct LoginServer {
  std::string greeting;                         // "OK", "PREAUTH", "BYE text"
  std::string in_greeting;                      // capabilities; empty: to be asked for
  std::string before_login;                     // what CAPABILITY says before login
  std::string in_tls;                           // what CAPABILITY says once TLS is on
  std::string with_login;                       // capabilities in the OK of the login
  std::string after_login;                      // what CAPABILITY says after login
  std::map<std::string, std::string> refusals;  // first word of a command → "NO text" or "BAD text"
  int challenges = 0;                           // "+" sent to AUTHENTICATE
  std::string challenge = "bm90IGZvciB1cw==";  // the text behind it
};

inline Capabilities capabilities_of(const std::string& text) {
  std::vector<std::string> atoms;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    atoms.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return Capabilities(atoms);
}

inline StatusResponse status_of(const std::string& line) {
  StatusResponse status;
  const auto space = std::min(line.find(' '), line.size());
  const std::string word = line.substr(0, space);
  status.kind = word == "NO"        ? StatusKind::kNo
                : word == "BAD"     ? StatusKind::kBad
                : word == "BYE"     ? StatusKind::kBye
                : word == "PREAUTH" ? StatusKind::kPreauth
                                    : StatusKind::kOk;
  status.text = line.substr(std::min(space + 1, line.size()));
  if (status.text.starts_with("[")) {
    const auto end = status.text.find(']');
    status.code = ResponseCode{status.text.substr(1, end - 1), ""};
    status.text = status.text.substr(std::min(end + 2, status.text.size()));
  }
  return status;
}

/// Talks the flow through a server; the way it took, one step per line.
inline std::string walk(TlsMode tls, const LoginServer& server, const std::string& authzid = "",
                        const std::string& password = "secret", bool compress = false) {
  LoginFlow flow(tls, {"me", authzid, Secret(password)}, {}, compress);
  Capabilities known = capabilities_of(server.in_greeting);
  bool secure = tls == TlsMode::kImplicit;
  bool logged_in = server.greeting.starts_with("PREAUTH");
  int challenges = server.challenges;
  std::string way;
  std::vector<std::string> to_reply;  // names of commands
  Result<LoginStep> step = flow.greeted(status_of(server.greeting), known);
  for (int steps = 0; steps < 20; ++steps) {
    if (!step) {
      const auto& error = step.error();
      way += error.trouble == Trouble::kLogin  ? "login"
             : error.trouble == Trouble::kBusy ? "busy"
                                               : "server";
      way += error.remedy == Remedy::kNeedsOperator ? "/operator: " : "/wait: ";
      return way + error.what;
    }
    if (step->kind == LoginStep::Kind::kFinished) return way + "finished";
    if (step->kind == LoginStep::Kind::kStartTls) {
      way += "TLS\n";
      secure = true;
      known = Capabilities();
      step = flow.secured();
      continue;
    }
    if (step->kind == LoginStep::Kind::kAnswer) {
      way += "answer " + step->answer.substr(0, step->answer.size() - 2) + "\n";
      to_reply.emplace_back("AUTHENTICATE");
    } else if (step->kind == LoginStep::Kind::kSend) {
      std::string line;  // what goes out at once
      for (const auto& sent : step->commands) {
        std::string command;
        for (const auto& piece : sent.command.pieces) command += piece;
        line += (line.empty() ? "" : " | ") + command.substr(0, command.size() - 2);
        to_reply.push_back(command.substr(0, command.find_first_of(" \r")));
      }
      way += line + "\n";
    }
    if (to_reply.empty()) return way + "waits for nothing";
    const std::string name = to_reply.front();
    to_reply.erase(to_reply.begin());
    if (name == "AUTHENTICATE" && challenges > 0) {
      --challenges;
      step = flow.challenged(server.challenge);
      continue;
    }
    const auto refusal = server.refusals.find(name);
    const auto reply = status_of(refusal == server.refusals.end() ? "OK done" : refusal->second);
    if (reply.kind == StatusKind::kOk) {
      if (name == "CAPABILITY") {
        known = capabilities_of(
            logged_in ? server.after_login
                      : (secure && !server.in_tls.empty() ? server.in_tls : server.before_login));
      } else if (name == "AUTHENTICATE" || name == "LOGIN") {
        logged_in = true;
        known = capabilities_of(server.with_login);
      }
    }
    step = flow.replied(reply, known);
  }
  return way + "no end";
}

inline const std::string kPlainSecret = "AG1lAHNlY3JldA==";  // NUL me NUL secret

}  // namespace imapkeep::imap
