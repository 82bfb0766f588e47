"""The house that the end-to-end tests live in: one Dovecot for all, an account for each test, an SMTP server and an
installation of shoujian of its own."""

import shutil
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

import installation  # noqa: E402
from certs import Authority  # noqa: E402
from coremail import CoremailServer  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from forms import Reader  # noqa: E402
from smtpd import SmtpServer  # noqa: E402


def pytest_sessionstart(session):
    if not installation.PROGRAM.exists():
        pytest.exit(f"{installation.PROGRAM} is not there: run make first", returncode=4)


@pytest.fixture(scope="session")
def house():
    """A directory that Dovecot's users can walk into (pytest's own are closed to them)."""
    path = Path(tempfile.mkdtemp(prefix="shoujian-e2e-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def read_form(tmp_path_factory):
    """The docx filter, as its author would run it."""
    return Reader(tmp_path_factory.mktemp("docx"))


@pytest.fixture(scope="session")
def authority(house):
    return Authority(house / "ca")


@pytest.fixture(scope="session")
def dovecot(house, authority):
    server = Dovecot(house / "dovecot", authority)
    yield server
    server.stop()


class Mailbox:
    """The account of one test."""

    def __init__(self, dovecot, user):
        self.dovecot, self.user = dovecot, user

    def __getattr__(self, name):
        """append, delete, move, … of Dovecot for this account."""
        method = getattr(self.dovecot, name)
        return lambda *arguments, **more: method(self.user, *arguments, **more)

    def put(self, *mails, folder="INBOX"):
        """As received when the mails say; the UIDs."""
        return [self.dovecot.append(self.user, m.raw, m.at, folder) for m in mails]


@pytest.fixture
def mailbox(dovecot):
    return Mailbox(dovecot, f"t{uuid.uuid4().hex[:12]}@163.com")


@pytest.fixture
def smtp(authority):
    server = SmtpServer(authority)
    yield server
    server.stop()


@pytest.fixture
def intake(tmp_path, dovecot, mailbox, smtp):
    return installation.Installation(tmp_path / "house", dovecot.tls_port, smtp.port, dovecot.ca, mailbox.user)


@pytest.fixture
def coremail(authority):
    server = CoremailServer(authority)
    yield server
    server.stop()


@pytest.fixture
def netease(tmp_path, coremail, smtp, authority):
    """An installation whose mailbox is the server with NetEase's habits."""
    return installation.Installation(tmp_path / "house", coremail.port, smtp.port, authority.ca)
