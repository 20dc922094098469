// What the TLS tests share: a CA with its files, and a server that greets.
#pragma once

#include "tests/daemon/io/net_fixture.h"
#include "tests/daemon/io/scratch.h"

namespace imapkeep {

/// A root, an intermediate CA, and servers' certificates below them.
struct Authority {
  Scratch scratch;
  TestIdentity root = make_identity({"Test Root", "", true});
  TestIdentity middle = make_identity({"Test Middle", "", true}, &root);

  Authority() {
    put_file(scratch / "root.pem", root.pem());
    put_file(scratch / "middle.pem", middle.pem());
    put_file(scratch / "other.pem", make_identity({"Other Root", "", true}).pem());
    put_file(scratch / "garbage.pem", "no certificate\n");
  }
};

inline TestServer::Script greeting(std::shared_ptr<SSL_CTX> context) {
  return [context = std::move(context)](TestPeer& peer) {
    if (peer.secure(context.get()) && peer.write("* OK ready\r\n")) peer.read_all();
  };
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace imapkeep
