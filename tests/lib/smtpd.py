"""An SMTP server with TLS and AUTH on loopback that can be told to misbehave.

    server.fault("rcpt", "450 RP:CEL wait")        the next RCPT is answered so
    server.fault("dot", CLOSE_KEPT)                after the final dot: the mail is kept, the connection ends
    server.fault("mail", STALL)                    no answer at all until `release()` or the client leaves

Places: connect (the banner), ehlo, starttls, auth, mail, rcpt, data, body (before the final dot is read), dot, quit.
"""

import base64
import socket
import ssl
import threading
import time
from dataclasses import dataclass

CLOSE = "close"            # the connection ends without an answer; nothing is kept
CLOSE_KEPT = "close-kept"  # the same after the final dot, but the mail is kept and delivered
STALL = "stall"            # silence

PASSWORD = "fasong-shouquanma"


@dataclass
class Kept:
    sender: str
    recipients: list
    data: bytes  # CRLF lines, without dot-stuffing
    user: str


@dataclass
class _Fault:
    place: str
    answer: str
    times: int


class SmtpServer:
    def __init__(self, authority, tls="implicit", deliver=None, user="xtkjjcgk@163.com",
                 certificate=None, mechanisms="PLAIN LOGIN"):
        self.tls, self.deliver, self.user, self.mechanisms = tls, deliver, user, mechanisms
        self.kept = []        # Kept, in the order they came
        self.commands = []    # every line that clients sent, for looking at afterwards (no credentials)
        self.connections = 0
        self._faults = []
        self._arrived = threading.Condition()
        self._places = []
        self._release = threading.Event()
        self._open = set()
        self._context = None
        if tls != "none":
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            chain, key = certificate or authority.server("smtp")
            self._context.load_cert_chain(chain, key)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fault(self, place, answer, times=1):
        self._faults.append(_Fault(place, answer, times))

    def clear(self):
        self._faults.clear()

    def wait_for(self, place, seconds=30):
        """Until a client has come to PLACE since the server was started."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: place in self._places, seconds):
                raise TimeoutError(f"no client came to {place}: {self._places}")

    def release(self):
        self._release.set()

    def stop(self):
        self.release()
        self._socket.close()
        for connection in list(self._open):
            connection.drop()

    def _accept(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        connection = _Connection(self, client)
        self._open.add(connection)
        try:
            connection.run()
        except (OSError, _Gone):
            pass
        finally:
            self._open.discard(connection)
            connection.drop()

    def _at(self, place):
        """What was ordered for PLACE, or None."""
        with self._arrived:
            self._places.append(place)
            self._arrived.notify_all()
        for fault in self._faults:
            if fault.place == place and fault.times > 0:
                fault.times -= 1
                return fault.answer
        return None

    def _keep(self, sender, recipients, data, user):
        kept = Kept(sender, recipients, data, user)
        self.kept.append(kept)
        if self.deliver:
            self.deliver(kept)


class _Gone(Exception):
    """The conversation is over."""


class _Connection:
    def __init__(self, server, client):
        self.server, self.socket = server, client
        self.file = None
        self.user = None
        self.sender, self.recipients = None, []

    def run(self):
        if self.server.tls == "implicit":
            self._start_tls()
        else:
            self.file = self.socket.makefile("rb")
        self._answer("connect", "220 163.com Anti-spam GT for Coremail System (163com[20141201])")
        while True:
            line = self._line()
            verb, _, rest = line.partition(" ")
            handler = getattr(self, "_" + verb.lower(), None)
            if verb.upper() not in ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
                                    "RSET", "NOOP", "QUIT"):
                self._say("500 Error: bad syntax")
            else:
                handler(rest)

    def drop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def _start_tls(self):
        self.socket = self.server._context.wrap_socket(self.socket, server_side=True)
        self.file = self.socket.makefile("rb")

    def _line(self, log=True):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise _Gone
        text = line.decode("ascii", "replace").rstrip("\r\n")
        if log:
            self.server.commands.append(text if not text.upper().startswith("AUTH") else "AUTH …")
        return text

    def _say(self, text):
        self.socket.sendall(text.encode("utf-8") + b"\r\n")

    def _answer(self, place, usual):
        """Says USUAL or what was ordered for PLACE; True when it was the usual."""
        ordered = self.server._at(place)
        if ordered is None:
            self._say(usual)
            return True
        if ordered in (CLOSE, CLOSE_KEPT):
            raise _Gone
        if ordered == STALL:
            self._stall()
        self._say(ordered)
        return False

    def _stall(self):
        """Silence until the server is released or the client has left."""
        self.socket.settimeout(0.05)
        while not self.server._release.is_set():
            try:
                if self.socket.recv(1) == b"":
                    break
            except (TimeoutError, ssl.SSLWantReadError):
                continue
        raise _Gone

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
            self._say("454 Command not permitted when TLS active")
        elif self._answer("starttls", "220 Ready to start TLS"):
            self._start_tls()

    def _auth(self, rest):
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            if not initial:
                self._say("334 ")
                initial = self._line(log=False)
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            if not initial:
                self._say("334 VXNlcm5hbWU6")
                initial = self._line(log=False)
            user = base64.b64decode(initial).decode()
            self._say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self._line(log=False)).decode()
        if (user, password) != (self.server.user, PASSWORD):
            self._say("535 Error: authentication failed")
        elif self._answer("auth", "235 Authentication successful"):
            self.user = user

    def _mail(self, rest):
        address = rest[rest.find("<") + 1:rest.find(">")]
        if self.user is None:
            self._say("553 authentication is required")
        elif address != self.server.user:
            self._say("553 Mail from must equal authorized user" if address
                      else "553 NULL sender is not allowed")
        elif self._answer("mail", "250 Mail OK"):
            self.sender, self.recipients = address, []

    def _rcpt(self, rest):
        if self._answer("rcpt", "250 Mail OK"):
            self.recipients.append(rest[rest.find("<") + 1:rest.find(">")])

    def _data(self, rest):
        if not self.recipients:
            self._say("503 bad sequence of commands")
            return
        if not self._answer("data", "354 End data with <CR><LF>.<CR><LF>"):
            return
        ordered = self.server._at("body")
        if ordered == CLOSE:
            self.file.readline()
            raise _Gone
        if ordered == STALL:
            self._stall()
        data = b""
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise _Gone
            data += line[1:] if line.startswith(b".") else line
        self._take(data)
        self.sender, self.recipients = None, []

    def _take(self, data):
        ordered = self.server._at("dot")
        if ordered is None or ordered == CLOSE_KEPT:
            self.server._keep(self.sender, self.recipients, data, self.user)
        if ordered in (CLOSE, CLOSE_KEPT):
            raise _Gone
        if ordered == STALL:
            self._stall()
        self._say(ordered or f"250 Mail OK queued as smtp11,D8CowABXRAHFeUpcvx3dAg--.43886S2 {int(time.time())}")

    def _rset(self, rest):
        self.sender, self.recipients = None, []
        self._say("250 OK")

    def _noop(self, rest):
        self._say("250 OK")

    def _quit(self, rest):
        self._answer("quit", "221 Bye")
        raise _Gone
