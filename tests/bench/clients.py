"""The three programs that take in a mailbox, each into a directory of its own."""

import itertools
import sqlite3
from pathlib import Path

import installation
from dovecot import PASSWORD
from letters import window

HERE = Path(__file__).resolve().parent
SMTP_PORT = 9  # nobody is there, since nothing is sent

MBSYNC = """
IMAPAccount bench
Host localhost
Port {port}
User {user}
Pass {password}
SSLType IMAPS
SystemCertificates no
CertificateFile {ca}

IMAPStore far
Account bench

MaildirStore near
Path {directory}/mail/
Inbox {directory}/mail/INBOX

Channel bench
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""


def poll(directory, port, ca, user):
    """The command, and how many mails lie there afterwards."""
    house = installation.Installation(directory / "house", port, SMTP_PORT, ca, user)
    house.campaign_set(**window())
    return (house.command("poll", "--no-send"),
            lambda: house.rows("SELECT count(*) AS n FROM mail WHERE state = 'done'")[0]["n"])


def mbsync(directory, port, ca, user):
    config = directory / "mbsyncrc"
    config.write_text(MBSYNC.format(port=port, user=user, password=PASSWORD, ca=ca, directory=directory))
    (directory / "mail").mkdir()
    return (["mbsync", "-q", "-c", str(config), "bench"],
            lambda: sum(path.parent.name in ("new", "cur") for path in (directory / "mail").glob("INBOX/*/*")))


def peer(directory, port, ca, user):
    def count():
        with sqlite3.connect(directory / "intake.db") as database:
            return database.execute("SELECT count(*) FROM mail").fetchone()[0]

    return (["/usr/bin/python3", str(HERE / "peer.py"), str(port), str(ca), user, PASSWORD, str(directory)], count)


ALL = {"poll": poll, "mbsync": mbsync, "peer": peer}


class Fresh:
    """A directory for one run. It stays until all is measured: ext4 without a journal is slow to make files for some
    minutes after many were removed, and the next program would pay for it."""

    _number = itertools.count()

    def __init__(self, parent):
        self.path = Path(parent) / f"run{next(self._number)}"

    def __enter__(self):
        self.path.mkdir()
        return self.path

    def __exit__(self, *_):
        pass
