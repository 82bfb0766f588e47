"""Many messages in one command: each comes to its own, and a bad one keeps no other from being taken."""

import hashlib

import pytest
from coremail import CLOSED, CUT, FLAGS, GONE, NIL, NO, NO_AT_LAST, TEXT, TWICE
from mails import mail

UIDS = [1392611444, 1392611445, 1392611446, 1392611450, 1615978270]
THIRD = UIDS[2]


@pytest.fixture
def five(coremail):
    """Five messages, by their UIDs."""
    mails = {uid: mail(f"a{uid}@qq.com", subject="放假", text=f"第 {uid} 封") for uid in UIDS}
    for uid, message in mails.items():
        coremail.put(message, uid)
    return mails


def taken(installation):
    """UID: SHA-256 of what was taken as this message, which is in the spool, too."""
    if not installation.database.exists():
        return {}
    found = {row["uid"]: row["sha256"] for row in installation.rows(
        "select p.uid, m.sha256 from place p join mail m on m.id = p.mail")}
    assert set(found.values()) == set(installation.mails_kept())
    return found


def hashes(mails, *but):
    return {uid: message.sha256 for uid, message in mails.items() if uid not in but}


def fetched(coremail):
    """The UIDs of each command that asked for bodies."""
    return [command.split()[2] for command in coremail.commands if "BODY.PEEK[]" in command]


def test_one_command_takes_many(netease, coremail, five):
    netease.poll()
    assert taken(netease) == hashes(five)
    assert fetched(coremail) == ["1392611444:1392611446,1392611450,1615978270"]
    assert netease.rows("select count(*) n from event where what = 'fetch'")[0]["n"] == 2  # mails; the folder


@pytest.mark.parametrize("habit", [NO, NO_AT_LAST, NIL, TWICE, TEXT, 999, UIDS[3]], ids=str)
def test_one_that_cannot_be_had(netease, coremail, five, habit):
    """What came twice, or under the UID of another, is nobody's."""
    coremail.bodies[THIRD] = habit
    done = netease.run("poll")
    assert done.status == 69 and done.err.count("\n") == 1 and f"UID FETCH {THIRD}" in done.err, done
    assert taken(netease) == hashes(five, THIRD)
    del coremail.bodies[THIRD]
    netease.poll("2024-09-10 12:05:00")
    assert taken(netease) == hashes(five)


def test_a_connection_that_breaks_in_the_third(netease, coremail, five):
    coremail.bodies[THIRD] = CUT
    broken = netease.run("poll")
    assert broken.status == 75 and broken.err.count("\n") == 1, broken
    assert taken(netease) == hashes(five, *UIDS[2:])
    again = netease.run("poll", at="2024-09-10 12:05:00")
    assert again.status == 75, again
    assert taken(netease) == hashes(five, THIRD)
    assert fetched(coremail)[1:] == [str(uid) for uid in (*UIDS[3:], THIRD)]
    del coremail.bodies[THIRD]
    netease.poll("2024-09-10 12:10:00")
    assert taken(netease) == hashes(five)


def test_a_server_that_dies_of_one_before_it_says_anything(netease, coremail, five):
    """The first of the batch is blamed; two polls later all others are there all the same."""
    coremail.bodies[THIRD] = CLOSED
    for minute in range(3):
        broken = netease.run("poll", at=f"2024-09-10 12:{minute:02}:00")
        assert broken.status == 75, broken
    assert taken(netease) == hashes(five, THIRD)


def test_answers_in_another_order(netease, coremail, five):
    coremail.backwards = True
    netease.poll()
    assert taken(netease) == hashes(five)


def test_flags_between_the_bodies(netease, coremail, five):
    coremail.bodies = dict.fromkeys(UIDS, FLAGS)
    netease.poll()
    assert taken(netease) == hashes(five)


def test_one_that_vanished_is_no_error(netease, coremail, five):
    coremail.bodies[THIRD] = GONE
    netease.poll()
    assert taken(netease) == hashes(five, THIRD)
    assert len(fetched(coremail)) == 1
    del coremail.bodies[THIRD]
    netease.poll("2024-09-10 12:05:00")
    assert taken(netease) == hashes(five)


def test_the_same_bytes_twice_and_a_known_one(netease, coremail, five):
    netease.poll()
    twice = mail("b@qq.com", subject="放假", text="…")
    more = {1615978271: twice, 1615978272: five[THIRD], 1615978273: twice}
    for uid, message in more.items():
        coremail.put(message, uid)
    netease.poll("2024-09-10 12:05:00")
    assert taken(netease) == hashes(five | more)
    assert netease.rows("select count(*) n from mail")[0]["n"] == 6


def test_a_large_one_is_asked_for_alone(netease, coremail, five):
    coremail.put(mail("b@qq.com", subject="放假", text="…", files=[("图.bin", b"\0" * 13_000_000)]), THIRD)
    netease.poll()
    assert fetched(coremail) == ["1392611444:1392611445", str(THIRD), "1392611450,1615978270"]
    assert len(taken(netease)) == 5


def test_an_empty_message_among_others(netease, coremail, five):
    class Empty:
        raw, at, sha256 = b"", five[THIRD].at, hashlib.sha256(b"").hexdigest()
    coremail.put(Empty, THIRD)
    netease.poll()
    assert taken(netease) == hashes(five | {THIRD: Empty})
