"""A real Dovecot on loopback, in a directory of its own, as root or as anyone else."""

import base64
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

PASSWORD = "kaihu-shouquanma"  # of every account

CONFIG = """
base_dir = {run}
state_dir = {run}
log_path = {directory}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_format = %Lu
login_trusted_networks =
mail_home = {mail}/%u
mail_location = maildir:{mail}/%u/Maildir
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_vsz_limit = 0
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
  unix_listener stats-reader {{
    mode = 0600
  }}
}}
"""


class Accounts:
    """What people do with their mail at a Dovecot that runs."""

    def __init__(self, ca, tls_port):
        self.ca, self.tls_port = ca, tls_port
        self._connections = {}

    def close(self):
        """Without LOGOUT, which would wait for ever where a command was broken off half-way."""
        for connection in self._connections.values():
            connection.shutdown()
        self._connections.clear()

    def login(self, user):
        """A new connection of a person, who may change things."""
        context = ssl.create_default_context(cafile=str(self.ca))
        connection = imaplib.IMAP4_SSL("localhost", self.tls_port, ssl_context=context)
        connection.login(user, PASSWORD)
        return connection

    def append(self, user, message, at, folder="INBOX", flags=""):
        """Puts MESSAGE (bytes) into FOLDER as received AT (an aware datetime)."""
        connection = self._connection(user)
        data = _ok(connection.create(quoted(folder)), strict=False)
        when = imaplib.Time2Internaldate(at)
        data = _ok(connection.append(quoted(folder), flags, when, message))
        # [APPENDUID uidvalidity uid]
        return int(data[0].split(b"]")[0].split()[-1])

    def delete(self, user, uid, folder="INBOX"):
        connection = self._connection(user)
        _ok(connection.select(quoted(folder)))
        _ok(connection.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)"))
        _ok(connection.expunge())
        _ok(connection.unselect())

    def move(self, user, uid, source, target):
        connection = self._connection(user)
        _ok(connection.create(quoted(target)), strict=False)
        _ok(connection.select(quoted(source)))
        _ok(connection.uid("MOVE", str(uid), quoted(target)))
        _ok(connection.unselect())

    def delete_folder(self, user, folder):
        _ok(self._connection(user).delete(quoted(folder)))

    def uidvalidity(self, user, folder="INBOX"):
        data = _ok(self._connection(user).status(quoted(folder), "(UIDVALIDITY)"))
        return int(data[0].split()[-1].rstrip(b")"))

    def messages(self, user, folder="INBOX"):
        """The messages of FOLDER as bytes, oldest first; no flag is set."""
        connection = self._connection(user)
        status, _ = connection.select(quoted(folder), readonly=True)
        if status != "OK":
            return []
        data = _ok(connection.uid("FETCH", "1:*", "(BODY.PEEK[])"))
        connection.unselect()
        return [item[1] for item in data if isinstance(item, tuple)]

    def _connection(self, user):
        if user not in self._connections:
            self._connections[user] = self.login(user)
        return self._connections[user]


class Dovecot(Accounts):
    """Started at once; any user name is an account, with PASSWORD. `port` speaks STARTTLS,
    `tls_port` TLS from the first byte."""

    def __init__(self, directory, authority, keep=False):
        self.directory = Path(directory)
        self.port, tls_port = free_ports(2)
        super().__init__(authority.ca, tls_port)
        self.config = self.directory / "dovecot.conf"
        certificate, key = authority.server()
        users = self._users()
        run, mail = self.directory / "run", self.directory / "mail"
        run.mkdir(parents=True)
        mail.mkdir()
        if os.getuid() == 0:
            os.chown(mail, users["uid"], users["gid"])
            _let_pass(mail)
        self.config.write_text(CONFIG.format(
            directory=self.directory, run=run, mail=mail, port=self.port, tls_port=self.tls_port,
            certificate=certificate, key=key, password=PASSWORD, **users))
        self.process = subprocess.Popen(
            [_program(), "-F", "-c", str(self.config)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=(self.directory / "start.log").open("wb"),
            start_new_session=keep)
        try:
            wait_for_port(self.tls_port, self.process, self._why)
        except BaseException:  # also when somebody is tired of waiting: nobody else knows the process
            self.stop()
            raise

    def stop(self):
        self.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)

    def snapshot(self, user):
        """All that a mailbox shows and keeps: folders, and for each message UID, date, size, flags
        (with \\Recent, which a read-write SELECT would take away) and the files on disk."""
        maildir = self.directory / "mail" / user / "Maildir"
        files = sorted(str(path.relative_to(maildir)) for path in maildir.rglob("*")
                       if path.is_file() and path.parent.name in ("cur", "new"))
        connection = self._connection(user)
        # \Marked is what the server happens to guess.
        folders = sorted(line.replace(rb" \Marked", b"").replace(rb" \UnMarked", b"") for line in _ok(connection.list()))
        shown = {}
        for line in folders:
            name = line.decode("ascii").split(' "/" ', 1)[1].strip('"')
            _ok(connection.select(f'"{name}"', readonly=True))
            data = _ok(connection.uid("FETCH", "1:*", "(FLAGS INTERNALDATE RFC822.SIZE)"))
            shown[name] = data
            connection.unselect()
        return {"folders": folders, "messages": shown, "files": files}

    def _why(self):
        logs = (self.directory / "start.log", self.directory / "dovecot.log")
        return "\n".join(log.read_text(errors="replace") for log in logs if log.exists())

    @staticmethod
    def _users():
        """Who runs what. Dovecot started by root wants three users and gives mail to none of them;
        started by anyone else it stays who it is."""
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            return {"uid": nobody.pw_uid, "gid": nobody.pw_gid, "login_user": "dovenull",
                    "internal_user": "dovecot", "internal_group": "dovecot"}
        me = pwd.getpwuid(os.getuid())
        return {"uid": me.pw_uid, "gid": os.getgid(), "login_user": me.pw_name,
                "internal_user": me.pw_name, "internal_group": grp.getgrgid(os.getgid()).gr_name}


def modified_utf7(name):
    """RFC 3501, 5.1.3."""
    encoded, run = [], ""

    def flush():
        nonlocal run
        if run:
            utf7 = run.encode("utf-16-be")
            encoded.append("&" + base64.b64encode(utf7).decode().rstrip("=").replace("/", ",") + "-")
            run = ""

    for character in name:
        if " " <= character <= "~":
            flush()
            encoded.append("&-" if character == "&" else character)
        else:
            run += character
    flush()
    return "".join(encoded)


def quoted(folder):
    return '"' + modified_utf7(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'


def free_ports(count):
    """COUNT ports of loopback that were free just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for_port(port, process, why, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}: {why()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}: {why()}")


def _program():
    found = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise RuntimeError("no dovecot here: run tests/install-deps (package dovecot-imapd)")
    return found


def _let_pass(directory):
    """Dovecot's mail user must be able to walk down to DIRECTORY."""
    for parent in directory.parents:
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
            os.chmod(parent, parent.stat().st_mode | 0o011)


def _ok(answer, strict=True):
    status, data = answer
    if strict and status != "OK":
        raise RuntimeError(f"IMAP: {status} {data}")
    return data
