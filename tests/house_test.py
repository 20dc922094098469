#!/usr/bin/env python3
"""Holds the sources against the house rules of docs/architecture.md.

    house_test.py            the tree this file stands in
    house_test.py ROOT       another tree

Before it looks at the tree it breaks each rule once in a made-up one and expects to be told.
"""

import re
import sys
import tempfile
from pathlib import Path

# room → (folder, rooms it may include). Folders are matched by the longest prefix.
ROOMS = {
    "base": ("daemon/base", set()),
    "auth": ("auth", {"base"}),
    "imap_types": ("sync/imap/types", {"base"}),
    "imap": ("sync/imap", {"base", "imap_types", "auth"}),
    "journal": ("sync/journal", {"base", "imap_types"}),
    "plan": ("sync/plan", {"base", "imap_types", "journal"}),
    "store": ("sync/store", {"base", "imap_types", "journal", "plan"}),
    "maildir": ("sync/store/maildir", {"base", "imap_types", "journal", "plan", "store", "auth"}),
    "state": ("sync/state", {"base", "imap_types", "journal", "plan"}),
    "sqlite": ("sync/state/sqlite", {"base", "imap_types", "journal", "plan", "state"}),
    "pass": ("sync/pass", {"base", "imap_types", "imap", "journal", "plan", "auth", "store", "state"}),
    "follow": ("sync/follow", {"base", "imap_types", "imap", "journal", "plan", "auth", "store", "state",
                               "pass"}),
    "config": ("config", {"base", "auth", "imap", "store", "pass"}),
    "io": ("daemon/io", {"base"}),
    "observe": ("daemon/observe", {"base", "auth", "imap_types", "journal", "plan", "store", "state",
                                   "pass", "follow", "config"}),
    "control": ("daemon/control", {"base", "io", "observe"}),
    "app": ("daemon/app", {"base", "auth", "imap_types", "imap", "journal", "plan", "store", "maildir",
                           "state", "sqlite", "pass", "follow", "config", "io", "observe", "control"}),
}

# (from, to): only these headers of `to`.
ONLY_HEADERS = {
    ("plan", "journal"): {"sync/journal/records.h"},
    ("store", "journal"): {"sync/journal/records.h"},
    ("state", "journal"): {"sync/journal/records.h"},
    ("pass", "journal"): {"sync/journal/records.h"},
    ("follow", "journal"): {"sync/journal/records.h"},
    ("pass", "store"): {"sync/store/message_store.h"},
    ("pass", "state"): {"sync/state/ledger.h"},
    ("pass", "auth"): {"auth/credentials.h"},
    ("follow", "store"): {"sync/store/message_store.h"},
    ("follow", "state"): {"sync/state/ledger.h"},
    ("follow", "auth"): {"auth/credentials.h"},
    ("imap", "auth"): {"auth/sasl.h", "auth/sasl_plain.h", "auth/spoken_secret.h", "auth/credentials.h"},
    ("config", "auth"): {"auth/options.h"},
    ("config", "imap"): {"sync/imap/options.h"},
    ("config", "store"): {"sync/store/options.h"},
    ("observe", "store"): {"sync/store/options.h"},
    ("config", "pass"): {"sync/pass/options.h"},
}

# library header → (rooms or files that may include it)
LIBRARIES = [
    (r"uv\.h$", {"io"}),
    (r"openssl/(ssl|bio|x509v?3?|x509_vfy|err)\.h$", {"io"}),
    (r"openssl/", {"base", "auth", "io"}),
    (r"yaml-cpp/", {"config/yaml_document.cpp"}),
    (r"zlib\.h$", {"sync/imap/deflate.cpp"}),
    (r"zstd\.h$", {"sync/store/maildir/kept_frame.cpp"}),
    (r"sqlite3\.h$", {"sqlite"}),
    (r"nlohmann/", {"auth", "journal", "maildir", "observe", "control", "app"}),
    (r"xxhash\.h$", {"base"}),
    (r"CLI/", {"app"}),
    (r"systemd/", {"daemon/io/service_manager.cpp", "daemon/io/journal_sink.cpp"}),
    (r"curl/", {"daemon/io/curl_library.h"}),
    (r"microhttpd\.h$", {"daemon/io/microhttpd_library.h"}),
    (r"fmt/", {"base", "observe", "control", "app"}),
]

# What no room but the roof and the io room may do: the outer world stands behind ports.
FORBIDDEN = [
    (r"\bco_(await|return|yield)\b", "coroutines (docs/decisions/0001-no-coroutines.md)", set()),
    (r"\b(secure_)?getenv\s*\(", "getenv", {"io", "app"}),
    (r"\bsleep_(for|until)\b", "sleeping", {"io", "app"}),
    (r"\bstd::(cout|cerr|clog)\b", "writing to the terminal", {"io", "app"}),
    (r"\b(system_clock|steady_clock)::now\b", "a clock past the Clock port", {"io", "app"}),
]

MAX_LINES = 400
NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.M)
TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: :[^:]|\s*\{)", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def strip_comments_and_strings(text):
    """Keeps the line structure; what is quoted is not a rule broken."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda m: "\n" * m.group().count("\n"), text, flags=re.S)


def room_of(path):
    found = [(len(folder), room) for room, (folder, _) in ROOMS.items()
             if path.startswith(folder + "/")]
    return max(found)[1] if found else None


def sources(root):
    for top in ("daemon", "auth", "sync", "config"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp") and path.is_file():
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def own_include_complaint(root, path, includes):
    """A .cpp begins with its own header, so that every header stands on its own feet."""
    own = path[:-4] + ".h"
    if not path.endswith(".cpp") or not (root / own).exists():
        return None
    first = includes[0][1] if includes else "nothing"
    return None if first == own else f"{path}: includes {first} first, not its own header {own}"


def include_complaint(path, room, quoted, target):
    if not quoted:
        for pattern, allowed in LIBRARIES:
            if re.match(pattern, target):
                if room not in allowed and path not in allowed:
                    return f"{path}: <{target}> belongs to {', '.join(sorted(allowed))}"
                break
        return None
    other = room_of(target)
    if other is None:
        return f'{path}: "{target}" is in no room; include from the repository root'
    if other == room:
        return None
    if other not in ROOMS[room][1]:
        return f"{path}: {room} may not include {other} ({target})"
    headers = ONLY_HEADERS.get((room, other))
    if headers is not None and target not in headers:
        return f"{path}: of {other}, {room} may include only {', '.join(sorted(headers))}"
    return None


def types_of(path, code):
    """What a header defines at its outermost level, with its namespace."""
    if not path.endswith(".h"):
        return set()
    spaces = NAMESPACE.findall(code)
    return {"::".join(spaces[:1] + [name]) for name in TYPE.findall(code)}


def circle(arrows):
    """One circle of rooms among the arrows, or nothing."""
    done = set()

    def walk(room, way):
        if room in way:
            return way[way.index(room):] + [room]
        if room in done:
            return None
        for other in sorted(arrows.get(room, ())):
            found = walk(other, way + [room])
            if found:
                return found
        done.add(room)
        return None

    for room in sorted(arrows):
        found = walk(room, [])
        if found:
            return found
    return None


def complaints(root):
    root = Path(root)
    found, arrows, types, count = [], {}, {}, 0
    for path, text in sources(root):
        count += 1
        room = room_of(path)
        if room is None:
            found.append(f"{path}: stands in no room")
            continue
        lines = text.count("\n")
        if lines > MAX_LINES:
            found.append(f"{path}: {lines} lines; {MAX_LINES} is the limit, cut by idea")
        if path.endswith(".h") and "#pragma once" not in text:
            found.append(f"{path}: no #pragma once")
        code = strip_comments_and_strings(text)
        for pattern, what, allowed in FORBIDDEN:
            match = re.search(pattern, code)
            if match and room not in allowed:
                line = code[:match.start()].count("\n") + 1
                found.append(f"{path}:{line}: {what}")
        for name in sorted(types_of(path, code)):
            # The linker would take one for the other, and say nothing.
            if types.setdefault(name, path) != path:
                found.append(f"{path}: {name} is defined in {types[name]} too")
        includes = INCLUDE.findall(text)
        found.append(own_include_complaint(root, path, includes))
        for mark, target in includes:
            found.append(include_complaint(path, room, mark == '"', target))
            other = room_of(target) if mark == '"' else None
            if other and other != room:
                arrows.setdefault(room, set()).add(other)
    way = circle(arrows)
    if way:
        found.append("a circle of rooms: " + " → ".join(way))
    return [complaint for complaint in found if complaint], count


# (what is broken, {path: text}, words that the complaint must hold)
BROKEN = [
    ("an arrow that is not in the table", {"sync/plan/a.h": '#include "sync/store/b.h"'},
     "plan may not include store"),
    ("past the port", {"sync/pass/a.h": '#include "sync/store/maildir/maildir_store.h"'},
     "pass may not include maildir"),
    ("config beyond options", {"config/a.h": '#include "sync/imap/session.h"'},
     "only sync/imap/options.h"),
    ("into the roof", {"daemon/io/a.h": '#include "daemon/app/application.h"'},
     "io may not include app"),
    ("libuv outside io", {"sync/imap/a.cpp": "#include <uv.h>"}, "belongs to io"),
    ("TLS outside io", {"auth/a.cpp": "#include <openssl/ssl.h>"}, "belongs to io"),
    ("YAML outside its file", {"config/a.cpp": "#include <yaml-cpp/yaml.h>"}, "yaml_document.cpp"),
    ("SQLite outside its room", {"sync/pass/a.cpp": "#include <sqlite3.h>"}, "belongs to sqlite"),
    ("libsystemd outside its files", {"daemon/io/a.cpp": "#include <systemd/sd-daemon.h>"},
     "daemon/io/service_manager.cpp"),
    ("a circle", {"daemon/io/a.h": '#include "auth/b.h"', "auth/b.h": '#include "daemon/io/a.h"'},
     "a circle of rooms"),
    ("a coroutine", {"sync/imap/a.cpp": "int f() { co_return 1; }"}, "coroutines"),
    ("a long file", {"config/a.cpp": "\n" * 401}, "limit"),
    ("own header not first",
     {"config/a.cpp": '#include <string>\n#include "config/a.h"', "config/a.h": ""}, "first"),
    ("getenv in a room", {"config/a.cpp": 'auto x = std::getenv("HOME");'}, "getenv"),
    ("sleep in a room", {"sync/pass/a.cpp": "std::this_thread::sleep_for(d);"}, "sleeping"),
    ("output in a room", {"sync/store/a.cpp": "std::cout << 1;"}, "terminal"),
    ("relative include", {"config/a.cpp": '#include "b.h"'}, "in no room"),
    ("one name for two types",
     {"sync/store/a.h": "namespace imapkeep {\nstruct Opened {\n};\n}",
      "sync/pass/a.h": "namespace imapkeep {\nclass Opened final : public A {\n};\n}"},
     "imapkeep::Opened is defined in"),
    ("outside every room", {"sync/stray.cpp": ""}, "stands in no room"),
]
SOUND = {
    "sync/pass/a.h": '#pragma once\n#include "sync/store/message_store.h"\n',
    "sync/pass/a.cpp": '#include "sync/pass/a.h"\n// getenv( in a comment\nauto s = "co_await";',
    "sync/state/sqlite/a.cpp": "#include <sqlite3.h>\n",
    "daemon/app/main.cpp": '#include "sync/state/sqlite/sqlite_ledger.h"\nint main() { std::cout << 1; }',
}


def made_up(tree):
    directory = tempfile.TemporaryDirectory()
    for path, text in tree.items():
        file = Path(directory.name) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = text if not path.endswith(".h") else "#pragma once\n" + text
        file.write_text(text, encoding="utf-8")
    return directory


def self_test():
    for what, tree, words in BROKEN:
        with made_up(tree) as directory:
            told, _ = complaints(directory)
        if not any(words in complaint for complaint in told):
            return f"self-test: {what} went unnoticed; told: {told}"
    with made_up(SOUND) as directory:
        told, _ = complaints(directory)
    return f"self-test: a sound tree was blamed: {told}" if told else None


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    trouble = self_test()
    if trouble:
        print(trouble)
        return 1
    told, count = complaints(root)
    for complaint in told:
        print(complaint)
    print(f"house: {count} files, {len(told)} complaints, {len(BROKEN)} rules broken on purpose")
    if count == 0:
        print("house: no sources found")
    return 1 if told or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
