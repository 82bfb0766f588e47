"""Killed anywhere: kill -9 before any call that writes, then run to the end: the same database, spool and sent mail as
without. The process dies, not the machine: what was written and not synced is still there.

SHOUJIAN_KILLS says how many times (200); as many as there are calls, or more: before every one."""

import fnmatch
import os
import random
import shutil
import uuid
from collections import Counter

import chain
import content
import installation
import killed
import pytest
from conftest import Mailbox
from mails import bounce, form, gbk_zip, mail, moment, scan
from smtpd import SmtpServer

KILLS = int(os.environ.get("SHOUJIAN_KILLS", 200))
PIECES = 10  # so that all cores have something to do

TAKES, ANSWERS, SETTLES = "2024-09-10 10:00:00", "2024-09-10 10:30:00", "2024-09-10 11:00:00"
# The poll that is killed, and those that come after it.
AGAIN = {TAKES: ("2024-09-10 10:01:00", ANSWERS, SETTLES), ANSWERS: ("2024-09-10 10:31:00", SETTLES)}


def mails():
    """(folder, mail): one of each kind; all who are answered wrote less than ten minutes before the first poll."""
    both = mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())], at="2024-09-10 09:52:00")
    two = gbk_zip([("甲/需求表.docx", form(of="two-pages.pdf")), ("乙/需求表.docx", form(of="ellipse.jpg"))])
    return [
        ("INBOX", mail("zhang@qq.com", "张工", "咨询揭榜挂帅", "今年何时开始征集？", at="2024-08-20 16:05:10")),
        ("INBOX", mail("office@xiangtan.gov.cn", "办公室", "放假安排", "请值班。", at="2024-08-28 10:15:00")),
        ("INBOX", both),
        ("INBOX", mail("li@qq.com", "李工", files=[("表.docx", form(of="photo.jpg"))], at="2024-09-10 09:53:00")),
        ("INBOX", mail("li@qq.com", "李工", "补件", files=[("件.jpg", scan("photo.jpg"))], at="2024-09-10 09:54:00")),
        ("INBOX", mail("xian@hunan.gov.cn", "县工信局", files=[("材料.zip", two)], at="2024-09-10 09:55:00")),
        ("INBOX", mail("wu@qq.com", "吴工", "咨询揭榜挂帅项目申报", "扫描件需要法人签字吗？", at="2024-09-10 09:56:00")),
        ("INBOX", bounce(at="2024-09-10 09:57:00")),
        ("INBOX", mail("chen@126.com", "陈工", files=[("件.tif", scan("black-white.tif"))], at="2024-09-10 09:58:00")),
        ("垃圾邮件", both),
    ]


class World:
    """A mailbox, a provider that sends, and what an installation has that nobody killed: at the end, and after the
    first poll."""

    def __init__(self, directory, dovecot, authority):
        self.directory, self.dovecot = directory, dovecot
        self.mailbox = Mailbox(dovecot, f"t{uuid.uuid4().hex[:12]}@163.com")
        for folder, one in mails():
            self.mailbox.put(one, folder=folder)
        self.smtp = SmtpServer(authority)
        self.before = self.mailbox.snapshot()
        intake = self.installation(True)
        self.calls = {TAKES: killed.run(intake, 0, "poll", at=TAKES)}
        self.taken = directory / "taken"
        shutil.copytree(intake.spool, self.taken)
        self.calls[ANSWERS] = killed.run(intake, 0, "poll", at=ANSWERS)
        intake.poll(SETTLES)
        self.files, self.rows = content.files(intake), content.rows(intake)
        chain.check(intake)
        self.sent = sent(self.smtp)
        self.forget_sent(intake)

    def installation(self, copies, taken=False):
        """A new one; TAKEN: the first poll is over. COPIES: the provider lays what it sends into the Sent folder, of
        which each installation has its own."""
        name = uuid.uuid4().hex[:12]
        intake = installation.Installation(self.directory / name, self.dovecot.tls_port, self.smtp.port,
                                           self.dovecot.ca, self.mailbox.user)
        intake.set(imap={"sent": f"已发送{name}"}, retain_unrelated_days=7)
        if taken:
            shutil.rmtree(intake.spool)
            shutil.copytree(self.taken, intake.spool)
        self.smtp.kept.clear()
        self.smtp.deliver = (lambda kept: self.mailbox.append(
            kept.data, moment(ANSWERS), intake.settings["imap"]["sent"])) if copies else None
        return intake

    def forget_sent(self, intake):
        folder = intake.settings["imap"]["sent"]
        if self.mailbox.messages(folder):
            self.mailbox.delete_folder(folder)

    def numbers(self, poll):
        """Before which calls of POLL it is killed: about half of all kills each, spread evenly."""
        total, some = len(self.calls[poll]), random.Random(poll)
        few = min(KILLS // 2, len(self.calls[ANSWERS]))
        share = min(few if poll == ANSWERS else KILLS - few, total)
        return [some.randint(i * total // share + 1, (i + 1) * total // share) for i in range(share)]


@pytest.fixture(scope="module")
def world(tmp_path_factory, dovecot, authority):
    one = World(tmp_path_factory.mktemp("killed"), dovecot, authority)
    yield one
    one.smtp.stop()


def sent(smtp):
    return Counter((*kept.recipients, content.words(kept.data)) for kept in smtp.kept)


def test_every_stage_writes_and_is_seen(world):
    """Else there would be nothing to kill."""
    for poll, patterns in {TAKES: ["rename */spool/mail/*", "rename */spool/parts/*", "unlink */spool/mail/*",
                                   "pwrite64 */intake.db-wal", "fdatasync */intake.db-wal", "rename */spool/head",
                                   "sendmsg socket:*"],
                           ANSWERS: ["pwrite64 */intake.db-wal", "sendmsg socket:*", "rename */spool/head"]}.items():
        for pattern in patterns:
            assert fnmatch.filter(world.calls[poll], pattern), (poll, pattern)
    assert world.sent.total() == 5
    assert sum(len(world.numbers(poll)) for poll in AGAIN) == min(KILLS, sum(map(len, world.calls.values())))


@pytest.mark.parametrize("piece", range(PIECES))
@pytest.mark.parametrize("poll", AGAIN)
def test_killed_anywhere(world, poll, piece):
    for index, number in enumerate(world.numbers(poll)):
        if index % PIECES == piece:
            survive(world, poll, number, copies=index // PIECES % 2 == 0)
    assert world.mailbox.snapshot() == world.before


def survive(world, poll, number, copies):
    intake, calls = world.installation(copies, poll == ANSWERS), []
    try:
        calls += killed.run(intake, number, "poll", at=poll)
        world.smtp.wait_until_left()
        for at in AGAIN[poll]:
            intake.poll(at)
        compare(world, intake, copies)
    except AssertionError as wrong:
        pytest.fail(f"{intake.directory}, the poll at {poll} killed before call {number} ({calls[-1:]}): {wrong}")
    finally:
        world.forget_sent(intake)
    shutil.rmtree(intake.directory)


def compare(world, intake, copies):
    files, rows, answers = content.files(intake), content.rows(intake), sent(world.smtp)
    chain.check(intake)
    assert all(path.endswith(sha256) for path, sha256 in files.items()), files
    assert answers <= world.sent, f"sent, and should not be: {answers - world.sent}"
    lost = world.sent - answers
    if copies:
        assert not lost, f"not sent: {lost}"
    else:
        rows = settle_unknown(rows, lost)
    assert rows == world.rows, f"rows too many: {rows - world.rows}\n\nrows too few: {world.rows - rows}"
    assert files == world.files, f"files that differ: {files.items() ^ world.files.items()}"


def settle_unknown(rows, lost):
    """Where the provider keeps no copies, nobody can say whether the one answer that was on its way was sent: it stays
    for a person. ROWS as if it was sent."""
    unknown = [row for row in rows.elements() if row.startswith("reply (") and "state='unknown'" in row]
    assert lost.total() <= len(unknown) <= 1, f"unknown {unknown}, lost {lost}"
    assert all(f"recipient='{recipient}'" in unknown[0] for recipient, _ in lost)
    return Counter(row.replace("state='unknown'", "state='sent'") for row in rows.elements())
