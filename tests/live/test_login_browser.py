"""A person's login in a real Chromium, from the address that `login` prints, or opens by itself, to
the page that it shows at the end."""

import os
import stat
import struct
import unittest
import urllib.parse
from pathlib import Path

from live import browser, oauth_provider
from live.oauth_case import OAuthCase

# Where pictures of the pages are kept, for people; nowhere by default.
PICTURES = os.environ.get("IMAPKEEP_PICTURES")


def cannot_run():
    return browser.cannot_run() or oauth_provider.cannot_run()


class BrowserTest(OAuthCase):
    def setUp(self):
        super().setUp()
        self.browser = self.enterContext(browser.Browser(self.work))

    def picture(self, name, **options):
        folder = Path(PICTURES or self.work)
        self.browser.picture(folder / f"{name}.png", **options)
        head = (folder / f"{name}.png").read_bytes()[:24]
        return struct.unpack(">II", head[16:])

    def sign_in(self, url):
        """As far as the question."""
        self.assertEqual("", self.browser.go(url))
        self.browser.wait_for("document.querySelector('[name=password]') != null")
        self.assertEqual("alice", self.browser.run("document.querySelector('[name=login]').value"))
        self.browser.run("document.querySelector('[name=password]').value = 'x';"
                         "document.querySelector('form').submit()")
        self.browser.wait_for("document.querySelector('[value=consent]') != null")

    def allow(self, url):
        self.sign_in(url)
        self.browser.run("document.querySelector('form').submit()")

    def check_page(self):
        """Ours: in the colours that were meant, without a script, without what was in the address."""
        self.assertIn("imapkeep", self.browser.title())
        style = "getComputedStyle(document.querySelector('main'))"
        self.assertEqual("6px", self.browser.run(style + ".borderTopWidth"))
        self.assertEqual(0, self.browser.run("document.scripts.length"))
        page = self.browser.run("document.documentElement.outerHTML")
        for value in urllib.parse.parse_qs(urllib.parse.urlsplit(self.browser.url()).query).values():
            self.assertNotIn(value[0], page)

    def test_from_the_address_to_the_page(self):
        login = self.login()
        self.allow(login.url())
        self.browser.wait_for("document.title.startsWith('Permission received')")
        self.check_page()
        self.assertIn("Look at the terminal", self.browser.text())
        width, height = self.picture("received")
        self.assertGreater(min(width, height), 500)
        self.picture("received-dark", dark=True)
        code, text = login.end()
        self.assertEqual(0, code, text)
        self.assertIn("logged in as alice", text)
        self.assertIn("3 new messages", self.sync().text)

    def test_declined(self):
        login = self.login()
        self.sign_in(login.url())
        self.browser.run("document.querySelector('a[href$=abort]').click()")
        self.browser.wait_for("document.title.startsWith('Permission declined')")
        self.check_page()
        self.picture("declined")
        self.assertEqual(77, login.end()[0])

    def test_somebody_elses_page(self):
        """What a stray visitor sees, while the login waits on."""
        login = self.login()
        url = login.url()
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.browser.go(query["redirect_uri"] + "?code=stray-code&state=stray-state")
        self.browser.wait_for("document.title.startsWith('Not an answer')")
        self.check_page()
        self.picture("stranger")
        self.allow(url)
        self.browser.wait_for("document.title.startsWith('Permission received')")
        self.assertEqual(0, login.end()[0])

    def test_opened_by_itself(self):
        """With a screen, $BROWSER is started and gets the address as one argument."""
        told = self.work / "told"
        os.mkfifo(told)
        opener = self.work / "opener"
        opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$1" >{told}\n')
        opener.chmod(opener.stat().st_mode | stat.S_IXUSR)
        login = self.login(environment={"DISPLAY": ":77", "BROWSER": f"{opener}:never"})
        count, url = told.read_text().splitlines()
        self.assertEqual("1", count)
        login.wait_for("A browser is being opened")
        self.assertEqual(login.url(), url)
        self.allow(url)
        self.browser.wait_for("document.title.startsWith('Permission received')")
        self.assertEqual(0, login.end()[0])

    def test_no_browser_to_open(self):
        login = self.login(environment={"DISPLAY": ":77", "BROWSER": "/no/such/browser"})
        login.wait_for("no browser opened")
        login.wait_for("Open this address")


if __name__ == "__main__":
    unittest.main()
