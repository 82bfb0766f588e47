"""An SMTP server with TLS and AUTH on loopback that can be told to misbehave.

    server.fault("rcpt", "450 RP:CEL wait")        the next RCPT is answered so
    server.fault("dot", CLOSE_KEPT)                after the final dot: the mail is kept, the connection ends
    server.fault("mail", STALL)                    no answer at all until `release()` or the client leaves

Places: connect (the banner), ehlo, starttls, auth, mail, rcpt, data, body (before the final dot is read), dot, quit.
"""

import base64
import ssl
import time
from dataclasses import dataclass

from server import CLOSE, STALL, Connection, Gone, Server

CLOSE_KEPT = "close-kept"  # after the final dot: the mail is kept and delivered, then the connection ends

PASSWORD = "fasong-shouquanma"


@dataclass
class Kept:
    sender: str
    recipients: list
    data: bytes  # CRLF lines, without dot-stuffing
    user: str


class SmtpServer(Server):
    def __init__(self, authority, tls="implicit", deliver=None, user="xtkjjcgk@163.com",
                 certificate=None, mechanisms="PLAIN LOGIN"):
        self.deliver, self.user, self.mechanisms = deliver, user, mechanisms
        self.kept = []        # Kept, in the order they came
        self.commands = []    # every line that clients sent, for looking at afterwards (no credentials)
        super().__init__(_Connection, certificate or authority.server("smtp"), tls)

    def clear(self):
        self._faults.clear()

    def _keep(self, sender, recipients, data, user):
        kept = Kept(sender, recipients, data, user)
        self.kept.append(kept)
        if self.deliver:
            self.deliver(kept)


class _Connection(Connection):
    def __init__(self, server, client):
        super().__init__(server, client)
        self.user = None
        self.sender, self.recipients = None, []

    def run(self):
        self.open()
        self._answer("connect", "220 163.com Anti-spam GT for Coremail System (163com[20141201])")
        while True:
            line = self._line()
            verb, _, rest = line.partition(" ")
            handler = getattr(self, "_" + verb.lower(), None)
            if verb.upper() not in ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
                                    "RSET", "NOOP", "QUIT"):
                self.say("500 Error: bad syntax")
            else:
                handler(rest)

    def _line(self, log=True):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise Gone
        text = line.decode("ascii", "replace").rstrip("\r\n")
        if log:
            self.server.commands.append(text if not text.upper().startswith("AUTH") else "AUTH …")
        return text

    def _answer(self, place, usual):
        """Says USUAL or what was ordered for PLACE; True when it was the usual."""
        ordered = self.server.at(place)
        if ordered is None:
            self.say(usual)
            return True
        if ordered in (CLOSE, CLOSE_KEPT):
            raise Gone
        if ordered == STALL:
            self.stall()
        self.say(ordered)
        return False

    def _ehlo(self, rest):
        lines = ["mail", "PIPELINING"]
        secret = self.server.tls == "none" or isinstance(self.socket, ssl.SSLSocket)
        if secret:
            lines += [f"AUTH {self.server.mechanisms}", f"AUTH={self.server.mechanisms}"]
        lines.append("coremail 1Uxr2xKj7kG0xkI17xGrU7I0s8FY2U3Uj8Cz28x1UUUUU7Ic2I0Y2Ur")
        if self.server.tls == "starttls" and not secret:
            lines.append("STARTTLS")
        lines += ["SIZE 73400320", "8BITMIME"]
        self._answer("ehlo", "\r\n".join(f"250-{line}" for line in lines[:-1]) + f"\r\n250 {lines[-1]}")

    def _helo(self, rest):
        self._answer("ehlo", "250 mail")

    def _starttls(self, rest):
        if isinstance(self.socket, ssl.SSLSocket):
            self.say("454 Command not permitted when TLS active")
        elif self._answer("starttls", "220 Ready to start TLS"):
            self.start_tls()

    def _auth(self, rest):
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            if not initial:
                self.say("334 ")
                initial = self._line(log=False)
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            if not initial:
                self.say("334 VXNlcm5hbWU6")
                initial = self._line(log=False)
            user = base64.b64decode(initial).decode()
            self.say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self._line(log=False)).decode()
        if (user, password) != (self.server.user, PASSWORD):
            self.say("535 Error: authentication failed")
        elif self._answer("auth", "235 Authentication successful"):
            self.user = user

    def _mail(self, rest):
        address = rest[rest.find("<") + 1:rest.find(">")]
        if self.user is None:
            self.say("553 authentication is required")
        elif address != self.server.user:
            self.say("553 Mail from must equal authorized user" if address
                      else "553 NULL sender is not allowed")
        elif self._answer("mail", "250 Mail OK"):
            self.sender, self.recipients = address, []

    def _rcpt(self, rest):
        if self._answer("rcpt", "250 Mail OK"):
            self.recipients.append(rest[rest.find("<") + 1:rest.find(">")])

    def _data(self, rest):
        if not self.recipients:
            self.say("503 bad sequence of commands")
            return
        if not self._answer("data", "354 End data with <CR><LF>.<CR><LF>"):
            return
        ordered = self.server.at("body")
        if ordered == CLOSE:
            self.file.readline()
            raise Gone
        if ordered == STALL:
            self.stall()
        data = b""
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise Gone
            data += line[1:] if line.startswith(b".") else line
        self._take(data)
        self.sender, self.recipients = None, []

    def _take(self, data):
        ordered = self.server.at("dot")
        if ordered is None or ordered == CLOSE_KEPT:
            self.server._keep(self.sender, self.recipients, data, self.user)
        if ordered in (CLOSE, CLOSE_KEPT):
            raise Gone
        if ordered == STALL:
            self.stall()
        self.say(ordered or f"250 Mail OK queued as smtp11,D8CowABXRAHFeUpcvx3dAg--.43886S2 {int(time.time())}")

    def _rset(self, rest):
        self.sender, self.recipients = None, []
        self.say("250 OK")

    def _noop(self, rest):
        self.say("250 OK")

    def _quit(self, rest):
        self._answer("quit", "221 Bye")
        raise Gone
