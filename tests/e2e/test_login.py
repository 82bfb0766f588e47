"""Certificates, passwords and logins: who is refused, and what is never sent."""

import os

import pytest
from certs import Authority
from coremail import CoremailServer
from mails import form, mail, scan
from smtpd import SmtpServer

FILES = [("需求表.docx", form()), ("盖章件.pdf", scan())]


def test_a_wrong_password_is_refused_and_three_times_in_a_row_given_up(netease):
    netease.imap_secret.write_text("falsch-falsch\n")
    polls = [netease.run("poll", at=f"2024-09-10 12:{minute}:00") for minute in ("00", "05", "10")]
    assert [done.status for done in polls] == [75, 75, 77], polls
    assert all("falsch" not in done.err + done.out for done in polls)
    netease.imap_secret.write_text("kaihu-shouquanma\n")
    netease.poll("2024-09-10 12:15:00")
    netease.imap_secret.write_text("falsch-falsch\n")
    assert netease.run("poll", at="2024-09-10 12:20:00").status == 75, "counted from the last success"


def test_a_certificate_of_another_authority(intake, house):
    stranger = Authority(house / "other-ca", "Another CA")
    intake.set(imap={"ca_file": str(stranger.ca)})
    done = intake.run("poll")
    assert done.status == 77 and "certificate" in done.err.lower(), done


@pytest.mark.parametrize("names", [("DNS:imap.example.com",), ("DNS:localhost.example.com", "DNS:*.localhost")])
def test_a_certificate_for_another_host(netease, authority, names):
    server = CoremailServer(authority, certificate=authority.server("elsewhere", names))
    try:
        netease.set(imap={"port": server.port})
        done = netease.run("poll")
        assert done.status == 77 and "localhost" in done.err, done
        assert server.logins == [] and server.commands == []
    finally:
        server.stop()


def test_the_smtp_password_goes_to_nobody_unknown(intake, mailbox, authority):
    server = SmtpServer(authority, certificate=authority.server("elsewhere", ("DNS:smtp.example.com",)))
    try:
        intake.set(smtp={"port": server.port})
        mailbox.put(mail(files=FILES))
        done = intake.run("poll")
        assert done.status == 77, done
        assert server.commands == []
        assert [r["state"] for r in intake.only()["replies"]] == ["queued"]
    finally:
        server.stop()


def test_starttls_on_both_ways(intake, mailbox, dovecot, authority):
    server = SmtpServer(authority, tls="starttls")
    try:
        intake.set(imap={"tls": "starttls", "port": dovecot.port}, smtp={"tls": "starttls", "port": server.port})
        mailbox.put(mail(files=FILES))
        intake.poll()
        assert len(server.kept) == 1
    finally:
        server.stop()


def test_starttls_that_is_not_offered_sends_no_password(intake, mailbox, authority):
    server = SmtpServer(authority, tls="none")
    try:
        intake.set(smtp={"tls": "starttls", "port": server.port})
        mailbox.put(mail(files=FILES))
        done = intake.run("poll")
        assert done.status == 77 and server.kept == [], done
        assert not any(command.startswith("AUTH") for command in server.commands)
    finally:
        server.stop()


def test_auth_login_where_plain_is_not_offered(intake, mailbox, authority):
    server = SmtpServer(authority, mechanisms="LOGIN")
    try:
        intake.set(smtp={"port": server.port})
        mailbox.put(mail(files=FILES))
        intake.poll()
        assert len(server.kept) == 1
    finally:
        server.stop()


def test_plain_text_only_to_loopback(intake):
    intake.set(imap={"tls": "none", "host": "imap.163.com"})
    done = intake.run("check")
    assert done.status == 78 and "loopback" in done.err, done


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_password_file_that_others_can_read(intake, mode):
    intake.imap_secret.chmod(mode)
    done = intake.run("poll")
    assert done.status == 78
    assert str(intake.imap_secret) in done.err and "600" in done.err, done
    assert "kaihu" not in done.err


def test_a_missing_or_empty_password_file(intake):
    intake.imap_secret.write_text("")
    assert intake.run("poll").status == 78
    os.remove(intake.imap_secret)
    done = intake.run("poll")
    assert done.status == 78 and str(intake.imap_secret) in done.err


def test_a_password_command(intake, mailbox):
    del intake.settings["imap"]["password_file"]
    intake.set(imap={"password_command": "printf 'kaihu-shouquanma\\n'"})
    mailbox.put(mail(files=FILES))
    intake.poll()
    assert len(intake.log()) == 1


def test_the_password_stands_in_no_file_of_the_spool(intake, mailbox):
    mailbox.put(mail(files=FILES))
    intake.poll()
    for path in intake.spool.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"kaihu-shouquanma" not in content and b"fasong-shouquanma" not in content, path
