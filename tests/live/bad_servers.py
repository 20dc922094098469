"""Servers that are wrong from the first word, or at one command."""

from live.scripted import ScriptedServer


class Closes(ScriptedServer):
    async def greet(self, session):
        session.over = True


class ClosesInMessage(ScriptedServer):
    async def answer(self, session, line):
        if b"BODY.PEEK[]" in line:
            await session.raw(b"* 1 FETCH (UID 1 BODY[] {5000}\r\nSubject: cut")
            session.over = True
        else:
            await session.behave(line)


class StallsOnce(ScriptedServer):
    """Silent for ever, in its first connection."""

    async def answer(self, session, line):
        if b"EXAMINE" in line and self.connections == 1:
            await session.silence()
        await session.behave(line)


class Garbage(ScriptedServer):
    async def greet(self, session):
        await session.raw(bytes(range(1, 256)) * 40 + b"\r\n")


class SpeaksHttp(ScriptedServer):
    async def greet(self, session):
        await session.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        session.over = True


class EndlessLine(ScriptedServer):
    async def greet(self, session):
        for _ in range(4096):
            await session.raw(b"* OK " + b"x" * 65531)
        session.over = True


class Nulls(ScriptedServer):
    async def answer(self, session, line):
        if b" LIST " in line:
            await session.raw(b"* LIST () \"/\" \"IN\0BOX\0\"\r\n" + b"\0" * 3000 + b"\r\n")
        await session.behave(line)


class EmptyList(ScriptedServer):
    async def answer(self, session, line):
        if b" LIST " in line:
            await session.say(line.split()[0] + b" OK nothing here")
        else:
            await session.behave(line)


class Busy(ScriptedServer):
    async def greet(self, session):
        await session.say(b"* BYE [UNAVAILABLE] too many connections, try again later")
        session.over = True


class RefusesLogin(ScriptedServer):
    async def answer(self, session, line):
        if b" LOGIN " in line or b" AUTHENTICATE " in line:
            await session.say(line.split()[0] + b" NO [AUTHENTICATIONFAILED] go away")
        else:
            await session.behave(line)


class HidesOneBody(ScriptedServer):
    """OK to a FETCH, but one message never comes."""

    async def answer(self, session, line):
        if b"BODY.PEEK[]" in line:
            wanted = session.wanted(line.split(b" ")[3])
            for number, uid in enumerate(sorted(session.folder.messages), 1):
                if wanted(uid) and uid != 2:
                    await session.fetch(number, uid, session.folder.messages[uid], True)
            await session.say(line.split()[0] + b" OK done")
        else:
            await session.behave(line)
