"""A scripted server with IDLE, and those that do it badly."""

import asyncio
import threading

from live.scripted import Folder, ScriptedServer, message


class IdleServer(ScriptedServer):
    capability = b"IMAP4rev1 IDLE"

    def __init__(self, certificate, folders=None):
        super().__init__(certificate, folders or {
            b"INBOX": Folder({number: message(number) for number in range(1, 6)})})
        self.idling = set()
        self.somebody_idles = threading.Event()  # and has been told of all that had come

    def deliver(self, announced=True):
        """A new message in INBOX, told to whoever idles."""
        def add():
            inbox = self.folders[b"INBOX"].messages
            inbox[max(inbox) + 1] = message(max(inbox) + 1)
            for session in self.idling if announced else ():
                self.tell(session)
        self.call(add)

    @staticmethod
    def tell(session):
        """What has come since this session was last told."""
        count = len(session.folder.messages)
        if count != session.told:
            session.writer.write(b"* %d EXISTS\r\n" % count)
            session.told = count

    async def answer(self, session, line):
        tag, verb = line.split()[:2]
        if verb.upper() == b"IDLE":
            await self.idle(session, tag)
        else:
            await session.behave(line)

    async def idle(self, session, tag):
        await session.say(b"+ idling")
        self.tell(session)
        self.idling.add(session)
        self.somebody_idles.set()
        try:
            await session.reader.readline()  # DONE
        finally:
            self.idling.discard(session)
        await self.after_done(session, tag)

    async def after_done(self, session, tag):
        await session.say(tag + b" OK no longer idling")


class Liar(IdleServer):
    """Announces one message more than there is, whenever somebody idles."""

    async def idle(self, session, tag):
        await session.say(b"+ idling", b"* %d EXISTS" % (len(session.folder.messages) + 1))
        await super().idle(session, tag)


class SaysBye(IdleServer):
    async def idle(self, session, tag):
        await session.say(b"+ idling", b"* BYE Autologout; idle for too long")
        session.over = True


class EndsIdle(IdleServer):
    """Ends every IDLE of its own accord."""

    async def idle(self, session, tag):
        await session.say(b"+ idling", tag + b" OK enough of that")


class RefusesIdle(IdleServer):
    async def idle(self, session, tag):
        await session.say(tag + b" NO [CANNOT] not today")


class SlowToEnd(IdleServer):
    async def after_done(self, session, tag):
        await asyncio.sleep(3)
        await super().after_done(session, tag)


class NeverEnds(IdleServer):
    async def after_done(self, session, tag):
        await session.silence()
