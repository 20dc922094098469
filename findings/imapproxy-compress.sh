#!/bin/bash
# imapproxy passes COMPRESS=DEFLATE through, and spoils its own cached connection with it.
#
# Expected: a proxy that works on lines does not offer COMPRESS=DEFLATE, or carries it; at the least
#   a connection that has failed is not given to the next client.
# Seen: imapproxy 1.2.8~svn20171105-2+b2 (Debian 12). The CAPABILITY of the server behind it is
#   passed on with XIMAPPROXY added, COMPRESS is passed on and answered "OK DEFLATE active". What
#   the client sends compressed never arrives. When that client is gone, the next one to log in as
#   the same user is told "OK [XPROXYREUSE] IMAP connection reused by imapproxy" and gets the same
#   connection to the server, which still reads DEFLATE: its commands in clear text are garbage
#   there ("invalid distance too far back").
# Why it matters: a client that falls back to a connection without COMPRESS gets no answer either.
#   COMPRESS must not be asked for at all where XIMAPPROXY is offered.
# Where imapkeep takes care: sync/imap/login_flow.cpp (set_up); for other proxies
#   sync/pass/pass_run.cpp tries once without COMPRESS and remembers that.
#
# Exit: 0 as described, 1 no longer so, 2 this version cannot be had.
set -u
version='1.2.8~svn20171105-2+b2'
work=$(mktemp -d)
proxy=
trap '[ -n "$proxy" ] && kill "$proxy" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 2
apt-get download "imapproxy=$version" >download.log 2>&1 || { cat download.log; exit 2; }
dpkg -x imapproxy_*.deb . || exit 2

cat >play.py <<'PYTHON'
import socket, subprocess, sys, threading, time, zlib

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

heard = []

def serve(client):
    """IMAP with COMPRESS (RFC 4978), as small as it can be."""
    offer = b"IMAP4rev1 COMPRESS=DEFLATE"
    client.sendall(b"* OK [CAPABILITY " + offer + b"] ready\r\n")
    lines = client.makefile("rb", buffering=0)
    while line := lines.readline():
        tag, command = line.split()[:2]
        heard.append("plain " + command.decode())
        if command == b"CAPABILITY":
            client.sendall(b"* CAPABILITY " + offer + b"\r\n")
        client.sendall(tag + b" OK done\r\n")
        if command == b"COMPRESS":
            break
    inflate, deflate = zlib.decompressobj(-15), zlib.compressobj(wbits=-15)
    while data := client.recv(4096):
        try:
            line = inflate.decompress(data)
        except zlib.error as error:
            heard.append("cannot inflate %r: %s" % (data, error))
            continue
        heard.append("inflated %r" % line)
        answer = line.split()[0] + b" OK done\r\n"
        client.sendall(deflate.compress(answer) + deflate.flush(zlib.Z_SYNC_FLUSH))

listener = socket.create_server(("127.0.0.1", 0))

def serve_quietly(client):
    try:
        serve(client)
    except OSError:
        pass

def accept():
    while True:
        threading.Thread(target=serve_quietly, args=(listener.accept()[0],), daemon=True).start()

threading.Thread(target=accept, daemon=True).start()
port = free_port()
open("imapproxy.conf", "w").write(f"""server_hostname 127.0.0.1
server_port {listener.getsockname()[1]}
listen_address 127.0.0.1
listen_port {port}
connect_retries 3
connect_delay 1
cache_size 16
cache_expiration_time 300
proc_username nobody
proc_groupname nogroup
stat_filename {sys.argv[1]}/stats
protocol_log_filename {sys.argv[1]}/protocol.log
syslog_facility LOG_MAIL
send_tcp_keepalives no
enable_select_cache no
foreground_mode yes
force_tls no
enable_admin_commands no
""")
proxy = subprocess.Popen([sys.argv[1] + "/usr/sbin/imapproxyd", "-f", "imapproxy.conf"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    def connect():
        for _ in range(100):
            try:
                client = socket.create_connection(("127.0.0.1", port))
                break
            except OSError:
                time.sleep(0.1)
        client.settimeout(5)
        lines = client.makefile("rb")
        print("greeting:", lines.readline())
        return client, lines

    def ask(client, lines, command):
        client.sendall(command + b"\r\n")
        answers = []
        while not answers or not answers[-1].startswith(command.split()[0]):
            answers.append(lines.readline())
            if not answers[-1]:
                break
        print(command, "->", answers)
        return b"".join(answers)

    client, lines = connect()
    offered = ask(client, lines, b"a CAPABILITY")
    ask(client, lines, b"b LOGIN me secret")
    agreed = ask(client, lines, b"c COMPRESS DEFLATE")
    deflate = zlib.compressobj(wbits=-15)
    client.sendall(deflate.compress(b"d NOOP\r\n") + deflate.flush(zlib.Z_SYNC_FLUSH))
    try:
        answer = client.recv(4096)
    except socket.timeout:
        answer = b""
    print("d NOOP, compressed ->", answer or "nothing in five seconds")
    lines.close()
    client.close()
    time.sleep(1)
    client, lines = connect()
    reused = ask(client, lines, b"a LOGIN me secret")
    try:
        second = ask(client, lines, b"b NOOP")
    except OSError:
        second = b""
        print("b NOOP, in clear text -> nothing in five seconds")
    print("the server heard:", *heard, sep="\n  ")
    so = (b"COMPRESS=DEFLATE" in offered and b"XIMAPPROXY" in offered and b"c OK" in agreed
          and not answer and b"XPROXYREUSE" in reused and b"b OK" not in second)
    sys.exit(0 if so else 1)
finally:
    proxy.kill()
    proxy.wait()
PYTHON
chmod 755 "$work"
python3 play.py "$work"
