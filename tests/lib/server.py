"""What the servers of the tests share: TLS on loopback, a thread for each client, and orders to misbehave.

    server.fault("rcpt", "450 RP:CEL wait")   the next time that a client is at this place, this is the answer
    server.fault("LOGIN", STALL)              silence, until `release()` or the client leaves
    server.fault("mail", CLOSE)               the connection ends

A place is what the server calls it, or how that begins.
"""

import socket
import ssl
import threading

CLOSE, STALL = "close", "stall"


class Gone(Exception):
    """The conversation is over."""


class Server:
    """Listens at once on `port`. CONNECTION(server, socket) has `run()`, the conversation."""

    def __init__(self, connection, certificate, tls):
        self.tls = tls
        self.connections = 0
        self.handshakes = 0
        self._connection = connection
        self._faults = []
        self._places = []
        self._arrived = threading.Condition()
        self._release = threading.Event()
        self._open = set()
        self._context = None
        if tls != "none":
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fault(self, place, answer, times=1):
        """The next TIMES that a client comes to PLACE, ANSWER stands for the usual."""
        self._faults.append([place, answer, times])

    def wait_for(self, place, seconds=30):
        """Until a client has come to PLACE since the server was started."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: any(p.startswith(place) for p in self._places), seconds):
                raise TimeoutError(f"no client came to {place}: {self._places}")

    def wait_until_left(self, seconds=30):
        """Until every conversation is over, and what came in it is kept."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: not self._open, seconds):
                raise TimeoutError("a client stays")

    def release(self):
        self._release.set()

    def stop(self):
        self.release()
        self._socket.close()
        for connection in list(self._open):
            connection.drop()

    def at(self, place):
        """A client is there: what was ordered for it, or None."""
        with self._arrived:
            self._places.append(place)
            self._arrived.notify_all()
        for fault in self._faults:
            if place.startswith(fault[0]) and fault[2] > 0:
                fault[2] -= 1
                return fault[1]
        return None

    def _accept(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its lines are written one by one
            self.connections += 1
            connection = self._connection(self, client)
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.run()
        except (OSError, Gone):
            pass
        finally:
            connection.drop()
            with self._arrived:
                self._open.discard(connection)
                self._arrived.notify_all()


class Connection:
    def __init__(self, server, client):
        self.server, self.socket = server, client
        self.file = None

    def open(self):
        """With implicit TLS the handshake comes first."""
        if self.server.tls == "implicit":
            self.start_tls()
        else:
            self.file = self.socket.makefile("rb")

    def start_tls(self):
        self.socket = self.server._context.wrap_socket(self.socket, server_side=True)
        self.server.handshakes += 1
        self.file = self.socket.makefile("rb")

    def say(self, text):
        self.socket.sendall(text.encode("utf-8") + b"\r\n")

    def stall(self):
        """Silence until the server is released or the client has left."""
        self.socket.settimeout(0.05)
        while not self.server._release.is_set():
            try:
                if self.socket.recv(1) == b"":
                    break
            except (TimeoutError, ssl.SSLWantReadError):
                continue
        raise Gone

    def drop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
