"""Who answers whom, and that it ends: two copies of shoujian, vacation replies, and machines without any mark."""

import re
import uuid
from datetime import datetime, timedelta

import pytest
from answers import answers
from conftest import Mailbox
from installation import ADDRESS, Installation
from mails import form, mail, qq_vacation, delivered, scan
from smtpd import SmtpServer

FILES = [("需求表.docx", form()), ("盖章件.pdf", scan())]
OTHER = "gxj@xiangtan.gov.cn"


class Clock:
    """What the polls of this test believe."""

    def __init__(self):
        self.now = datetime(2024, 9, 10, 12)

    def pass_(self, **time):
        self.now += timedelta(**time)
        return str(self)

    def __str__(self):
        return f"{self.now:%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def clock():
    return Clock()


def without_marks(raw):
    """As a relay passes it on that keeps no header it does not know."""
    return _without(raw, rb"Auto-Submitted|X-[A-Za-z-]+")


def without_thread(raw):
    return _without(without_marks(raw), rb"In-Reply-To|References")


def _without(raw, names):
    return re.sub(rb"(?im)^(?:" + names + rb"):.*\r\n(?:[ \t].*\r\n)*", b"", raw)


class Side:
    """One of two installations whose mail goes to the other."""

    def __init__(self, directory, dovecot, authority, address, clock, relay):
        self.address, self.clock, self.relay = address, clock, relay
        self.mailbox = Mailbox(dovecot, f"t{uuid.uuid4().hex[:12]}@163.com")
        self.smtp = SmtpServer(authority, deliver=self._deliver, user=address)
        self.house = Installation(directory, dovecot.tls_port, self.smtp.port, dovecot.ca, self.mailbox.user)
        self.house.set(smtp={"user": address, "from": address})
        self.other = None

    def _deliver(self, kept):
        assert kept.recipients == [self.other.address]
        self.other.mailbox.put(delivered(self.relay(kept.data), self.address, str(self.clock)))

    @property
    def kinds(self):
        return [row["kind"] for row in self.house.rows("select kind from reply where state = 'sent' order by sent_at")]


@pytest.fixture
def pair(tmp_path, dovecot, authority, clock):
    """pair(RELAY): two that answer each other, by a relay that changes what it passes on."""
    sides = []

    def make(relay):
        for name, address in (("a", ADDRESS), ("b", OTHER)):
            sides.append(Side(tmp_path / name, dovecot, authority, address, clock, relay))
        sides[0].other, sides[1].other = sides[1], sides[0]
        return sides

    yield make
    for side in sides:
        side.smtp.stop()


def until_quiet(clock, sides):
    """Polls until nobody has anything to say, and once more after a day and after a week."""
    quiet = 0
    for _ in range(200):
        before = [len(side.smtp.kept) for side in sides]
        at = clock.pass_(minutes=15)
        for side in sides:
            side.house.poll(at)
        quiet = quiet + 1 if before == [len(side.smtp.kept) for side in sides] else 0
        if quiet == 6:
            break
    assert quiet == 6, "it goes on and on"
    said = [side.kinds for side in sides]
    for wait in (1, 7):
        at = clock.pass_(days=wait)
        for side in sides:
            side.house.poll(at)
    assert [side.kinds for side in sides] == said


@pytest.mark.parametrize("relay, ours, theirs", [
    (lambda raw: raw, ["received"], []),
    (without_marks, ["received", "guide"], ["guide"]),
    (without_thread, ["received"] + ["guide"] * 5, ["guide"] * 6),
], ids=["marked", "marks-stripped", "no-thread-either"])
def test_two_copies_answer_each_other(pair, clock, relay, ours, theirs):
    one, other = pair(relay)
    one.mailbox.put(mail(OTHER, "县工信局", files=FILES, at=str(clock), style="utf8"))
    until_quiet(clock, (one, other))
    assert (one.kinds, other.kinds) == (ours, theirs)


def test_a_question_between_two_copies(pair, clock):
    one, other = pair(without_marks)
    one.mailbox.put(mail(OTHER, "县工信局", "请问揭榜挂帅需求表怎么填", "请问？", at=str(clock), style="utf8"))
    until_quiet(clock, (one, other))
    assert (one.kinds, other.kinds) == (["guide"], ["guide"])


class Machine:
    """Answers each answer of ours, like a rule of its owner's mail program."""

    def __init__(self, intake, mailbox, smtp, clock, write):
        self.house, self.smtp = intake, smtp
        smtp.deliver = lambda kept: mailbox.put(write(answers(smtp)[-1], str(clock)))

    @property
    def kinds(self):
        return [row["kind"] for row in self.house.rows("select kind from reply where state = 'sent' order by sent_at")]


def by_rule(answer, at, thread=True, **more):
    """What a rule of Outlook.com sends: no mark at all."""
    ids = [f"In-Reply-To: {answer['Message-ID']}", f"References: {answer['Message-ID']}"] if thread else []
    return mail(subject=f"Re: {answer['Subject']}", text="来信已收到，谢谢。我会尽快回复。", headers=ids, at=at,
                style="utf8", **more)


@pytest.mark.parametrize("write, ours", [
    (lambda answer, at: qq_vacation("wang@qq.com", at, answer["Subject"]), ["received"]),
    (lambda answer, at: qq_vacation("wang@qq.com", at, answer["Subject"], older=True), ["received"]),
    (by_rule, ["received", "guide"]),
    (lambda answer, at: by_rule(answer, at, thread=False), ["received"] + ["guide"] * 5),
    (lambda answer, at: by_rule(answer, at, files=[("名片.pdf", scan("no-seal-logo.pdf"))]), ["received"] * 2),
], ids=["qq-vacation", "qq-vacation-of-2020", "rule", "rule-without-thread", "rule-with-a-file"])
def test_a_machine_that_answers_each_answer(intake, mailbox, smtp, clock, write, ours):
    mailbox.put(mail(files=FILES, at=str(clock)))
    machine = Machine(intake, mailbox, smtp, clock, write)
    until_quiet(clock, [machine])
    assert machine.kinds == ours


def test_a_question_about_an_answer_is_for_staff(intake, mailbox, smtp):
    """The first gets the guide, what is asked about that does not: a person has to answer it."""
    mailbox.put(mail(subject="请问揭榜挂帅需要哪些材料", text="请问？"))
    intake.poll()
    mailbox.put(by_rule(answers(smtp)[0], "2024-09-10 13:00:00"))
    intake.poll("2024-09-10 14:00:00")
    assert len(smtp.kept) == 1
    assert [entry["class"] for entry in intake.log("--all")] == ["question", "question"]
