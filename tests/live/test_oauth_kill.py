"""A renewal is killed at each of its calls, beside a provider that ends a grant whose old refresh
token comes a second time. Between its answer and our rename nothing can save the grant; then that is
said, and a login brings it back. At every other moment nothing is lost, and no file is ever half."""

import re
import unittest

from live import oauth_provider, test_kill_sweep
from live.grant_case import GrantCase

CALLS = ("fallocate", "write", "fsync", "renameat", "renameat2")


def cannot_run():
    return oauth_provider.cannot_run() or test_kill_sweep.cannot_run()


class KillTest(GrantCase):
    def kill_at(self, call, place):
        """False when the renewal came to its end before."""
        self.expire()
        before, _ = self.grant()[1], self.assertEqual(1, len(self.tokens_of_disk()))
        asked, logins = self.asked(), self.logins()
        wrap = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                "-e", f"inject={call}:signal=KILL:when={place}")
        run = self.account.run("-vv", "sync", expect=(0, -9, 137), wrap=wrap)
        self.said.append(lambda: run.text)
        if run.code == 0:
            return False
        is_renewed = self.grant()[1] != before
        was_asked = self.asked() > asked
        # Whoever has used a token has made it durable before.
        self.assertTrue(is_renewed or self.logins() == logins)
        is_lost = was_asked and not is_renewed
        self.outcomes.add("lost" if is_lost else "renewed" if is_renewed else "untouched")
        after = self.sync(expect=77 if is_lost else 0)
        if is_lost:
            self.assertIn("needs login", after.text)
            code, text = self.log_in()
            self.assertEqual(0, code, text)
            self.sync()
        return True

    def tokens_of_disk(self):
        """Nothing unfinished is left behind by whoever came after a death."""
        folder = self.account.state / "tokens"
        return [path.name for path in folder.iterdir() if not path.name.endswith(".lock")]

    def test_at_each_call(self):
        self.outcomes = set()
        kills = 0
        for call in CALLS:
            for place in range(1, 8):
                with self.subTest(call=call, place=place):
                    if not self.kill_at(call, place):
                        break
                    kills += 1
        self.assertLessEqual({"lost", "untouched"}, self.outcomes)
        self.figures(f"{kills} kills: {sorted(self.outcomes)}")

    def test_an_old_refresh_token_ends_the_grant(self):
        """The provider does what this file counts on."""
        path, old = self.grant()
        self.expire()
        self.sync()
        self.assertNotEqual(old, self.grant()[1])
        self.sync()
        path.write_text(re.sub(r'"expires_ms":\d+', '"expires_ms":1', old))
        self.assertIn("needs login", self.sync(expect=77).text)

    def test_revoked(self):
        """Told what to do, each time; and a login brings it back."""
        self.provider.revoke(self.refresh_token())
        self.expire()
        self.sync(expect=77)
        self.assertIn("imapkeep login work", self.sync(expect=77).text)
        code, text = self.log_in()
        self.assertEqual(0, code, text)
        self.sync()


if __name__ == "__main__":
    unittest.main()
