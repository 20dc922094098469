"""An OAuth provider that nobody here wrote (npm's oidc-provider), on loopback, and a person who uses
it with a browser that knows forms, cookies and redirects and no script."""

import html
import http.cookiejar
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "oauth"
PROGRAM = FOLDER / "provider.mjs"


def cannot_run():
    if not shutil.which("node"):
        return "there is no node"
    if not (FOLDER / "node_modules" / "oidc-provider").exists():
        return f"oidc-provider is not installed: `npm ci` in {FOLDER}"
    return None


class OAuthProvider:
    """Started at once; `restart` forgets every grant, since all of it is in memory."""

    def __init__(self, directory):
        self.log = Path(directory) / "provider.log"
        self.port = 0
        self.process = None
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["node", str(PROGRAM), str(self.port)], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, text=True)
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.port = int(line)
                return self
        raise RuntimeError("the provider did not start:\n" + self.log.read_text())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def restart(self):
        self.stop()
        return self.start()

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.port}"

    def set(self, **settings):
        self._call("/test/set", json.dumps(settings).encode())

    def fail(self, times=1, path="/token", **fault):
        """The next answers at `path` are this: status, body, headers, delay (ms), cut."""
        self.set(faults=[{"path": path, "times": times, **fault}])

    def requests(self, path="/token", **members):
        """What was asked there so far, with what was answered."""
        return [one for one in self._call("/test/seen")["requests"] if one["path"] == path
                and all(one.get(key) == value for key, value in members.items())]

    def secrets(self):
        """Every code, verifier, token and client secret that has been on the wire."""
        return self._call("/test/seen")["secrets"]

    def post(self, path, **form):
        """(status, JSON or text)"""
        return self._answer(path, urllib.parse.urlencode(form).encode())

    def revoke(self, token, client="native"):
        status, _ = self.post("/token/revocation", token=token, client_id=client)
        if status != 200:
            raise RuntimeError(f"not revoked: {status}")

    def _call(self, path, data=None):
        return self._answer(path, data)[1]

    def _answer(self, path, data=None):
        try:
            with urllib.request.urlopen(self.issuer + path, data, timeout=30) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except json.JSONDecodeError:
            return status, text


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *unused):
        return None


class Person:
    """Says yes to everything, as `name`. One person is one browser: what it is logged in as stays."""

    def __init__(self, provider, name="alice"):
        self.provider, self.name = provider, name
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), _NoRedirects)

    def allow(self, url):
        """From the URL that a login prints to the one that it ends at, which is not opened."""
        return self._walk(url)

    def decline(self, url):
        """The same, with "no" at the first question."""
        return self._walk(url, decline=True)

    def type_code(self, uri, code):
        """The device flow's page; what it says at the end."""
        return self._walk(uri, code=code)

    def _walk(self, url, decline=False, code=""):
        data = None
        for _ in range(30):
            status, location, page = self._open(url, data)
            data = None
            if status in (302, 303):
                url = urllib.parse.urljoin(url, location)
                if not url.startswith(self.provider.issuer):
                    return url
                continue
            form = re.search(r'<form[^>]*action="([^"]*)"', page)
            if not form:
                return page
            if decline:
                url = urllib.parse.urljoin(url, re.search(r'href="([^"]*abort)"', page)[1])
                continue
            url = urllib.parse.urljoin(url, html.unescape(form[1]))
            data = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
            if 'name="login"' in page:
                data.update(login=self.name, password="x")
            if 'name="user_code"' in page and "confirm" not in data:
                data.update(user_code=code)
        raise RuntimeError(f"the provider leads in circles at {url}")

    def _open(self, url, form):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            answer = self._opener.open(url, data, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get("location", ""), answer.read().decode()
