"""What others hold the program to: configuration of a user's own, exit statuses, the chain, the spool, another notice."""

import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import installation
import pytest
from answers import answers
from coremail import CoremailServer
from mails import Mail, form, gbk_zip, mail, moment, qq_vacation, replace_texts, scan
from smtpd import STALL, SmtpServer

FORM, SCAN = ("需求表.docx", form()), ("件.pdf", scan())
BECAUSE = ("--by", "李处", "--why", "电话核实")


def of_unit(number):
    return ("表.docx", form(unit_name=f"湘潭第{number}公司", demand_name=f"需求{number}"))


def a_day(count=6):
    """COUNT submissions of COUNT senders, a vacation and a question: COUNT + 1 answers."""
    return [mail(f"u{n}@qq.com", files=[of_unit(n), SCAN][:1 + n % 2]) for n in range(count)] + [
        qq_vacation(), mail("ask@qq.com", subject="咨询揭榜挂帅", text="？")]


def own_filter(intake, text, mode=0o755):
    intake.filters += 'filter own { command = "own" accepts = {"*"} }\n'
    intake.write()
    if text is not None:
        (intake.directory / "own").write_text(text)
        (intake.directory / "own").chmod(mode)


def test_without_any_filter_section(intake, mailbox):
    intake.filters = ""
    intake.write()
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll()
    assert intake.only()["status"] == "complete"


def test_a_filter_of_ones_own_meets_every_file(intake, mailbox):
    own_filter(intake, '#!/bin/sh\n[ "$1" = --version ] && { echo own 1; exit; }\n'
               """echo '{"fact":"own.clean","value":true}'\n""")
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll()
    assert intake.only()["status"] == "complete"
    read = intake.rows("select r.sha256 from fact f join reading r on r.id = f.reading where f.name = 'own.clean'")
    files = {file["sha256"] for file in intake.only()["files"]}
    assert len(read) == 3 and files < {row["sha256"] for row in read}


def test_a_filter_of_ones_own_may_wrap_one_of_ours(intake, mailbox):
    if os.getuid() == 0 and any(not p.stat().st_mode & 0o001 for p in installation.BUILD.resolve().parents):
        pytest.skip("the user that filters of root run as cannot walk to this build")
    script = intake.directory / "wrapper"
    script.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo wrapped 1; exit; }\n'
                      f'exec {installation.BUILD}/filters/docx "$@"\n')
    script.chmod(0o755)
    intake.filters = f'filter docx {{ command = "{script}" }}\n'
    intake.write()
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll()
    assert intake.only()["status"] == "complete"


@pytest.mark.parametrize("text, mode", [(None, 0), ("#!/bin/sh\n", 0o644), ("#!/bin/sh\nexit 0\n", 0o755)],
                         ids=["missing", "not-executable", "no-version"])
def test_a_filter_that_cannot_run(intake, mailbox, text, mode):
    own_filter(intake, text, mode)
    letter = mail(files=[FORM, SCAN])
    mailbox.put(letter)
    for done in (intake.run("check"), intake.run("poll")):
        assert done.status == 78 and "filter own" in done.err, done
    assert letter.sha256 in intake.mails_kept()
    intake.filters = ""
    intake.write()
    intake.poll()
    assert intake.only()["status"] == "complete"


def test_one_message_that_cannot_be_opened_keeps_no_other_back(intake, mailbox):
    """It was fetched; then its directory in the spool is no directory any more."""
    letters = []  # each in a directory of its own
    for number in range(4):
        letter = mail(f"wang{number}@qq.com", files=[FORM, SCAN], at=f"2024-09-10 09:0{number}:00")
        while letter.sha256[:2] in {other.sha256[:2] for other in letters}:
            letter = mail(f"wang{number}@qq.com", files=[FORM, SCAN], at=f"2024-09-10 09:0{number}:00")
        letters.append(letter)
    own_filter(intake, "#!/bin/sh\nexit 0\n", 0o755)
    mailbox.put(*letters)
    assert intake.run("poll").status == 78  # all is fetched, nothing read
    closed = intake.mails_kept()[letters[2].sha256].parent
    closed.rename(closed.with_name("away"))
    closed.touch()
    intake.filters = ""
    intake.write()
    failed = intake.run("poll")
    assert failed.status == 74 and letters[2].sha256 in failed.err, failed
    closed.unlink()
    closed.with_name("away").rename(closed)
    intake.poll()
    assert [len(entry["files"]) for entry in intake.log()] == [2] * 4
    assert [row["n"] for row in intake.rows("select count(*) as n from part where parent is null group by mail")] == [1] * 4


def test_which_configuration_is_read(intake, tmp_path):
    def check(*options, cwd, named=None):
        more = {"SHOUJIAN_CONFIG": named} if named else {}
        return subprocess.run([installation.PROGRAM, *options, "check"], cwd=cwd, capture_output=True, text=True,
                              env=intake.environment(installation.NOON, more))

    assert check(cwd="/", named=str(intake.config)).returncode == 0
    assert check("--config", intake.config.name, cwd=intake.directory, named="/nowhere").returncode == 0
    assert "/nowhere" in check(cwd=intake.directory, named="/nowhere").stderr
    intake.directory.rename(tmp_path / "config")
    assert check(cwd=tmp_path).returncode == 0
    lost = check(cwd="/")
    assert lost.returncode == 78 and "/etc/shoujian/shoujian.conf" in lost.stderr


def test_plain_text_over_loopback(intake, authority):
    imap, smtp = CoremailServer(authority, tls="none"), SmtpServer(authority, tls="none")
    plain = {"host": "127.0.0.1", "tls": "none", "ca_file": ""}
    intake.set(imap=plain | {"port": imap.port}, smtp=plain | {"port": smtp.port})
    imap.put(mail(files=[FORM, SCAN]), 17)
    try:
        intake.poll()
        assert len(smtp.kept) == 1
    finally:
        imap.stop()
        smtp.stop()


def test_a_text_saved_by_windows(intake):
    text = intake.replies / "received.txt"
    text.write_bytes(text.read_bytes().replace(b"\n", b"\r\n"))
    intake.ok("check")


def test_an_expression_with_a_parameter(intake):
    intake.campaign_edit('require = "budget_total >= 100"', 'require = "budget_total >= :limit"')
    assert intake.run("check").status == 78


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def last_digests(intake):
    """{(table, id): (digest, salt)} after following the chain to its head."""
    before, digests = "", {}
    for number, event in enumerate(intake.rows("select * from event order by number"), 1):
        assert event["number"] == number
        rows, salts = json.loads(event["rows"]), json.loads(event["salts"])
        told = {"number": number, "at": event["at"], "what": event["what"], "rows": rows}
        before = before or ("" if sha256(canonical(told)) == event["hash"] else "0" * 64)
        assert sha256(before + canonical(told)) == event["hash"]
        before = event["hash"]
        digests |= {(row["table"], row["id"]): (row["digest"], salt) for row, salt in zip(rows, salts, strict=True)}
    assert (intake.spool / "head").read_text().split() == [str(number), before]
    return digests


def test_the_chain_can_be_computed_again(intake, mailbox):
    mailbox.put(*a_day(3))
    intake.poll()
    intake.ok("decide", "XT2024-0001", "accept", *BECAUSE)
    intake.ok("decide", "XT2024-0002", "class", "unrelated", *BECAUSE)
    digests = last_digests(intake)
    tables = intake.rows("select name from sqlite_schema where type = 'table' and name <> 'event'")
    for table in (row["name"] for row in tables):
        for row in intake.rows(f'select * from "{table}"'):
            digest, salt = digests.pop((table, row["id"]))
            assert sha256(salt + canonical(row)) == digest, (table, row)
    assert {digest for digest, _ in digests.values()} <= {None}, "rows that are gone say so"


def test_the_spool_is_written_anew_and_the_views_say_what_came(intake, mailbox):
    letter = mail(files=[FORM, SCAN])
    place = intake.spool / "mail" / letter.sha256[:2] / letter.sha256
    place.parent.mkdir(parents=True)
    place.write_bytes(b"left by one that died")
    mailbox.put(letter)
    intake.poll()
    assert place.read_bytes() == letter.raw and stat.S_IMODE(place.stat().st_mode) == 0o400
    assert list((intake.spool / "tmp").iterdir()) == []
    assert {"XT2024-0001", "wang@qq.com", "2024-09-10 09:12:33"} <= set(intake.rows("select * from intake")[0].values())
    sums = {value for row in intake.rows("select * from intake_files") for value in row.values()}
    assert {hashlib.sha256(content).hexdigest() for _, content in (FORM, SCAN)} <= sums


def test_a_damaged_file_is_made_again_from_the_message(intake, mailbox, tmp_path):
    letter = mail(files=[("材料.zip", gbk_zip([FORM, SCAN]))])
    mailbox.put(letter)
    intake.poll()
    before = intake.dump()
    name = hashlib.sha256(SCAN[1]).hexdigest()
    part = intake.spool / "parts" / name[:2] / name
    part.chmod(0o600)
    part.write_bytes(b"")
    intake.ok("files", "XT2024-0001", tmp_path / "out")
    assert (tmp_path / "out" / SCAN[0]).read_bytes() == SCAN[1]
    shutil.rmtree(intake.spool / "parts")
    intake.ok("files", "--all", tmp_path / "all")
    assert {path.read_bytes() for path in (tmp_path / "all").rglob("*") if path.is_file()} == {FORM[1], SCAN[1]}
    assert intake.dump() == before
    shutil.rmtree(intake.spool / "parts")
    (intake.spool / "mail" / letter.sha256[:2] / letter.sha256).unlink()
    done = intake.run("files", "XT2024-0001", tmp_path / "none")
    assert done.status == 65 and letter.sha256 in done.err, done


UIDS = itertools.count(1615978270)


def put_in(coremail, *mails, folder="INBOX"):
    for letter in mails:
        coremail.put(letter, next(UIDS), folder)


def finish(intake, smtp):
    """What the next two polls make of it is what one that nobody killed would have left: each mail taken once, each
    sender answered once, and the chain whole."""
    for at in ("12:30:00", "13:30:00"):
        intake.poll(f"2024-09-10 {at}")
    assert [len(entry["mails"]) for entry in intake.log("--all")] == [1] * 4
    assert sorted(kept.recipients[0] for kept in smtp.kept) == ["ask@qq.com", "u0@qq.com", "u1@qq.com"]
    last_digests(intake)


@pytest.fixture
def sent_folder(smtp, coremail):
    """What the server accepts lies in 已发送."""
    def deliver(kept):
        put_in(coremail, Mail(kept.data, moment("2024-09-10 12:00:10"), None, None), folder="已发送")
    smtp.deliver = deliver


@pytest.mark.parametrize("server, place", [
    *[("coremail", place) for place in ("LOGIN", "EXAMINE", "UID FETCH 1:", "UID FETCH 1615")],
    *[("smtp", place) for place in ("connect", "auth", "mail", "data", "dot", "quit")]])
def test_killed_while_a_server_is_waited_for(netease, coremail, smtp, sent_folder, server, place):
    put_in(coremail, *a_day(2))
    server = {"coremail": coremail, "smtp": smtp}[server]
    server.fault(place, STALL)
    process = netease.start("poll")
    server.wait_for(place)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    finish(netease, smtp)


def test_killed_when_the_server_has_the_answer_and_has_not_said_so(netease, coremail, smtp, sent_folder):
    put_in(coremail, *a_day(2))
    deliver = smtp.deliver

    def kill(kept):
        deliver(kept)
        process.kill()
        process.wait()
        smtp.deliver = deliver
    smtp.deliver = kill
    process = netease.start("poll")
    process.communicate()
    assert process.returncode == -signal.SIGKILL and len(smtp.kept) == 1
    finish(netease, smtp)


def readers(pid):
    """The processes of filters that read a file for PID."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"\0-\0out\0" in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:  # it has ended
            pass
    return found


def has_ended(process):
    """A zombie has no command line."""
    try:
        return (process / "cmdline").read_bytes() == b""
    except OSError:
        return True


def wait_for(what):
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_while_a_filter_reads(netease, coremail, smtp, sent_folder):
    """Which ends with it."""
    put_in(coremail, *a_day(2))
    text = "#!/usr/bin/python3\nimport sys, time\nif sys.argv[1] == '--version':\n    sys.exit(print('own 1'))\n"
    own_filter(netease, text + "time.sleep(1000)\n")
    process = netease.start("poll")
    wait_for(lambda: readers(process.pid))
    reader = readers(process.pid)[0]
    process.kill()
    process.communicate()
    wait_for(lambda: has_ended(reader))
    (netease.directory / "own").write_text(text)
    finish(netease, smtp)


def test_of_several_faults_the_certificate_is_told(intake, mailbox):
    mailbox.put(mail(files=[FORM]))
    intake.poll("2024-09-10 12:00:00", "--no-send")
    intake.set(imap={"port": 1}, smtp={"ca_file": ""})
    assert intake.run("poll").status == 77
    assert [reply["state"] for reply in intake.only()["replies"]] == ["queued"]


def test_a_list_that_is_refused_is_no_refused_login(netease, coremail):
    coremail.fault("LIST", "NO LIST system busy", times=3)
    assert [netease.run("poll").status for _ in range(3)] == [69] * 3


def test_an_accepted_one_without_scan_is_not_told_that_all_is_there(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM]))
    intake.poll()
    intake.ok("decide", "XT2024-0001", "accept", *BECAUSE, "--answer")
    intake.poll("2024-09-10 13:00:00")
    assert len(smtp.kept) == 2 and "扫描件齐全" not in answers(smtp)[-1].text


def test_a_damaged_form_is_told_by_its_name(intake, mailbox):
    mailbox.put(mail(files=[("需求表.docx", form()[:3000])]))
    intake.poll()
    message, = [f["message"] for f in intake.only()["findings"] if f["rule"] == "corrupt_file"]
    assert "“需求表.docx”" in message


def test_our_own_answers_that_come_back(intake, mailbox, smtp):
    mailbox.put(*a_day(2))
    intake.poll()
    for kept in list(smtp.kept):
        mailbox.append(kept.data, moment("2024-09-10 12:00:30"))
    intake.poll("2024-09-10 14:00:00")
    assert len(smtp.kept) == 3 and [e["class"] for e in intake.log("--all")].count("own") == 3


def test_our_own_limits(intake, mailbox, smtp):
    intake.set(smtp={"per_minute": 2, "per_hour": 3, "per_day": 4})
    mailbox.put(*a_day(4))
    sent = []
    for at in ("10 12:00:00", "10 12:00:30", "10 12:01:10", "10 13:30:00", "11 14:00:00"):
        intake.poll(f"2024-09-{at}")
        sent.append(len(smtp.kept))
    assert sent == [2, 2, 3, 4, 5]


def test_times_of_receipt_that_do_not_fit(intake, mailbox):
    for n, second in enumerate(("09:10:00", "09:10:01")):
        mailbox.append(mail(files=[of_unit(n), SCAN], at="2024-09-10 09:00:00").raw, moment(f"2024-09-10 {second}"))
    intake.poll()
    assert [[f["rule"] for f in e["findings"]] for e in intake.log()] == [[], ["delayed_delivery"]]


def test_mail_that_became_none_before_what_is_from_before(intake, mailbox):
    """The order of docs/json.md."""
    mailbox.put(mail(at="2024-08-01 10:00:00"), qq_vacation(), mail(files=[FORM]))
    intake.poll()
    assert [entry["class"] for entry in intake.log("--all")] == ["submission", "auto", "before"]


def test_imported_from_before_the_window_is_not_answered(intake, tmp_path, smtp):
    intake.set(reply={"max_age_hours": 0})
    (tmp_path / "a.eml").write_bytes(mail(files=[FORM, SCAN], at="2024-08-20 10:00:00").raw)
    intake.ok("import", "--answer", tmp_path / "a.eml")
    intake.poll()
    assert smtp.kept == []


def test_two_demands_of_one_sender_under_keys_of_another_notice(intake, mailbox):
    text = intake.campaign.read_text(encoding="utf-8")
    intake.campaign.write_text(re.sub(r"\b(unit_name|credit_code|demand_name)\b", r"the_\1", text), encoding="utf-8")
    mailbox.put(mail(files=[of_unit(1), SCAN], at="2024-09-10 09:00:00"),
                mail(files=[of_unit(2), SCAN], at="2024-09-10 10:00:00"))
    intake.poll()
    assert [entry["fields"]["the_unit_name"] for entry in intake.log()] == ["湘潭第1公司", "湘潭第2公司"]


@pytest.mark.parametrize("unit", ["元", "吨"])
def test_units_that_another_notice_prints(intake, mailbox, unit):
    text = intake.campaign.read_text(encoding="utf-8")
    intake.campaign.write_text(text.replace('unit = "万元"', f'unit = "{unit}"'), encoding="utf-8")
    mailbox.put(mail(files=[("表.docx", replace_texts(form(), {"万元": unit}))]))
    intake.poll()
    assert intake.only()["fields"]["sales_revenue"] == "45502"


def test_a_configuration_that_says_only_what_it_must(intake, mailbox, smtp):
    """The rest is as the shipped one says."""
    for key in ("campaign", "templates", "filters", "sandbox", "workers", "retain_unrelated_days", "reply"):
        del intake.settings[key]
    for section, keys in (("imap", ("folders", "sent", "tls", "timeout")), ("smtp", ("from", "from_name", "tls", "timeout"))):
        for key in keys:
            del intake.settings[section][key]
    intake.write()
    mailbox.put(mail(files=[FORM, SCAN]), folder="病毒文件夹")
    intake.poll()
    assert intake.only()["status"] == "complete" and len(smtp.kept) == 1


def test_a_field_that_goes_by_the_name_of_a_column(intake):
    text = intake.campaign.read_text(encoding="utf-8").replace("field postcode ", "field deadline ", 1)
    intake.campaign.write_text(text, encoding="utf-8")
    line = text[:text.index("field deadline ")].count("\n") + 1
    done = intake.run("check")
    assert done.status == 78 and f"campaign.conf:{line}:" in done.err and "deadline" in done.err, done


def test_an_authority_that_is_not_there(intake):
    intake.set(imap={"ca_file": "nowhere.pem"})
    done = intake.run("check")
    assert done.status == 78 and "nowhere.pem" in done.err, done
