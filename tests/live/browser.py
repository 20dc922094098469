"""A real Chromium without a window, told what to do over its debugging pipe (no port, no driver
program): goes to an address, fills in forms, says what it shows, takes a picture of it."""

import base64
import json
import os
import shutil
import subprocess
import threading
import time


def cannot_run():
    return None if shutil.which("chromium") else "there is no chromium"


class Browser:
    def __init__(self, directory):
        self._answers = {}
        self._changed = threading.Condition()
        self._number = 0
        from_us, ours = os.pipe()
        theirs, from_it = os.pipe()
        # Chromium reads commands from 3 and writes answers to 4. No address but this machine's is
        # found: a test must not depend on what others serve (the provider's pages want a font).
        # Its sandbox wants rights that a container seldom gives, and there is nobody to guard against.
        command = ["chromium", "--headless=new", "--no-sandbox", "--remote-debugging-pipe",
                   "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--window-size=900,700",
                   "--disable-background-networking", "--password-store=basic",
                   "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
                   f"--user-data-dir={directory}/chromium", "about:blank"]
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec 3<&{from_us} 4>&{from_it}; exec "$@"', "sh", *command],
            pass_fds=(from_us, from_it), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(from_us)
        os.close(from_it)
        self._to = os.fdopen(ours, "wb")
        self._from = os.fdopen(theirs, "rb")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._session = None
        page = next(one for one in self._call("Target.getTargets")["targetInfos"]
                    if one["type"] == "page")
        self._session = self._call("Target.attachToTarget", targetId=page["targetId"],
                                   flatten=True)["sessionId"]
        self._call("Page.enable")

    def _read(self):
        buffer = b""
        while piece := self._from.read1(65536):
            buffer += piece
            *messages, buffer = buffer.split(b"\0")
            for message in map(json.loads, messages):
                with self._changed:
                    if "id" in message:
                        self._answers[message["id"]] = message
                    self._changed.notify_all()

    def _call(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        with self._changed:
            if not self._changed.wait_for(lambda: self._number in self._answers, 60):
                raise AssertionError(f"Chromium does not answer to {method}")
            answer = self._answers.pop(self._number)
        if "error" in answer:
            raise AssertionError(f"Chromium says to {method}: {answer['error']}")
        return answer["result"]

    def go(self, url):
        """An error text when the browser got nowhere."""
        return self._call("Page.navigate", url=url).get("errorText", "")

    def run(self, script):
        """What the page's own script would get."""
        return self._call("Runtime.evaluate", expression=script,
                          returnByValue=True)["result"].get("value")

    def wait_for(self, script, seconds=30):
        """Until it is true in whatever page is then there; asked again and again, since pages come
        and go."""
        until = time.monotonic() + seconds
        while True:
            try:
                if found := self.run(script):
                    return found
            except AssertionError:
                pass  # between two pages there is nobody to ask
            if time.monotonic() > until:
                raise AssertionError(f"never {script} at {self.url()}: {self.text()[:500]}")
            threading.Event().wait(0.05)

    def text(self):
        return self.run("document.body ? document.body.innerText : ''") or ""

    def title(self):
        return self.run("document.title")

    def url(self):
        return self.run("location.href")

    def picture(self, path, dark=False):
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=features)
        shot = self._call("Page.captureScreenshot", format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def close(self):
        """With all its helpers: they are one process group."""
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()
        self._reader.join(10)
        self._to.close()
        self._from.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
