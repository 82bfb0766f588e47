"""`make demo`: a mailbox on loopback, a week of the campaign, and what people see of it.

With --keep the servers go on, and the last lines say how to look around."""

import argparse
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

import dovecot  # noqa: E402
import installation  # noqa: E402
from answers import Answer  # noqa: E402
from certs import Authority  # noqa: E402
from mails import Mail, form, forwarded, gbk_zip, mail, moment, qq_vacation, sample, scan  # noqa: E402
from smtpd import SmtpServer  # noqa: E402

OURS = installation.ADDRESS
JUNK = "垃圾邮件"
FIRST, EVENING = "2024-09-10 12:00:00", "2024-09-10 18:00:00"
AFTER, QUIET = "2024-09-15 09:00:00", "2024-09-15 09:30:00"


class Wrong(Exception):
    """Something is not as it should be."""


@dataclass
class Sample:
    mail: Mail
    what: str
    folder: str = "INBOX"
    flags: str = ""


@dataclass
class Expected:
    """What a sender's submission and mailbox are when all is over; no status: the mail is no submission."""
    status: str | None
    answers: list
    version: int = 1


def pair(of, name="需求表.docx", **changes):
    """The form of the applicant that the scan OF shows, and that scan."""
    return [(name, form(of=of, **changes)), ("盖章扫描件" + Path(of).suffix, scan(of))]


def first_mails():
    county = mail("zhou@foxmail.com", "周工", files=pair("two-pages.pdf"), at="2024-09-10 08:05:00", style="utf8")
    return [
        Sample(mail("zhang@qq.com", "张工", "咨询揭榜挂帅", "今年何时开始征集？", at="2024-08-20 16:05:10"),
               "a mail from before the window", flags=r"\Seen"),
        Sample(mail("wang@qq.com", "王工", files=pair("colour.pdf"), at="2024-09-09 09:12:33"),
               "QQ Mail: form and stamped scan", flags=r"\Seen"),
        Sample(mail("li@qq.com", "李工", files=pair("photo.jpg")[:1], at="2024-09-09 10:30:21"),
               "the scan is missing"),
        Sample(mail("zhao@foxmail.com", "赵工", "揭榜挂帅材料", "材料见压缩包。", at="2024-09-09 15:47:02",
                    files=[("报送材料.zip", gbk_zip(pair("black-white.tif")))]),
               "a zip whose file names are in GBK"),
        Sample(qq_vacation("sun@qq.com", at="2024-09-09 16:20:45"), "QQ Mail's vacation reply"),
        Sample(mail("wu@qq.com", "吴工", "咨询揭榜挂帅项目申报", "请问扫描件需要法人签字吗？", at="2024-09-10 08:20:13"),
               "a question"),
        Sample(forwarded(county, at="2024-09-10 08:41:37"),
               "a company's mail, forwarded by a county bureau"),
        Sample(mail("chen@126.com", "陈工", files=pair("gray-skew.jpg"), at="2024-09-10 09:05:50", style="utf8"),
               "the provider took it for junk", folder=JUNK),
        Sample(mail("deng@163.com", "邓工", at="2024-09-10 09:36:18", style="utf8",
                    files=[("需求表.docx", sample("v66_encrypted")), ("盖章扫描件.jpg", scan("faint.jpg"))]),
               "the form has a password"),
        Sample(mail("tang@qq.com", "唐工", at="2024-09-10 10:02:44",
                    files=pair("two-overlapping.jpg", budget_total="90", budget_self="60", budget_apply="40")),
               "a budget that cannot be: 60 + 40 = 90"),
        Sample(mail("office@xiangtan.gov.cn", "办公室", "关于国庆节放假安排的通知", "请各科室做好值班。",
                    at="2024-09-10 10:15:00", style="utf8"), "ordinary office mail", flags=r"\Seen \Flagged"),
    ]


def newer_version():
    return Sample(mail("wang@qq.com", "王工", "需求表（修改稿）", "金额有改动，以此为准。", at="2024-09-10 15:20:09",
                       files=pair("colour.pdf", "需求表（修改）.docx", budget_total="500", budget_self="460",
                                  budget_apply="40")), "a newer version, with its scan")


def late_mail():
    return Sample(mail("he@qq.com", "何工", files=pair("ellipse.jpg"), at="2024-09-15 08:12:56"),
                  "eight hours after the deadline")


EXPECTED = {
    "wang@qq.com": Expected("complete", ["received", "received"], version=2),
    "li@qq.com": Expected("incomplete", ["received-incomplete"]),
    "zhao@foxmail.com": Expected("complete", ["received"]),
    "xian@hunan.gov.cn": Expected("complete", ["received"]),
    "chen@126.com": Expected("complete", ["received"]),
    "deng@163.com": Expected("incomplete", ["received-incomplete"]),
    "tang@qq.com": Expected("incomplete", ["received-incomplete"]),
    "he@qq.com": Expected("late", ["late"]),
    "wu@qq.com": Expected(None, ["guide"]),
    "zhang@qq.com": Expected(None, []),
    "sun@qq.com": Expected(None, []),
    "office@xiangtan.gov.cn": Expected(None, []),
    "zhou@foxmail.com": Expected(None, []),  # wrote to the county bureau
}


class House:
    """The two servers and the installation, in DIRECTORY."""

    def __init__(self, directory):
        self.directory = directory
        self.dovecot = self.smtp = None

    def open(self):
        authority = Authority(self.directory / "ca")
        self.dovecot = dovecot.Dovecot(self.directory / "dovecot", authority, keep=True)
        authority.server("smtp")
        self.smtp = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), "--smtp", str(self.directory), str(self.dovecot.tls_port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=(self.directory / "smtp.log").open("wb"),
            start_new_session=True)
        self.smtp_port = int(self.smtp.stdout.readline() or 0)
        if not self.smtp_port:
            raise Wrong("the SMTP server did not start: " + (self.directory / "smtp.log").read_text())
        self.shoujian = installation.Installation(self.directory / "installation", self.dovecot.tls_port,
                                                  self.smtp_port, authority.ca)

    def close(self):
        if self.smtp:
            self.smtp.terminate()
            self.smtp.wait(timeout=20)
        if self.dovecot:
            self.dovecot.stop()
        shutil.rmtree(self.directory)

    def put(self, *samples):
        """Into the mailbox, as received when the mails say."""
        for one in samples:
            self.dovecot.append(OURS, one.mail.raw, one.mail.at, one.folder, one.flags)
            where = "" if one.folder == "INBOX" else f" (in {one.folder})"
            print(f"  {one.mail.at:%Y-%m-%d %H:%M:%S}  {one.mail.sender:<22}  {one.what}{where}")

    def run(self, at, *arguments):
        """The command at that moment, shown as it is typed, with what it prints."""
        print(f"[{at[:16]}] $ shoujian {' '.join(arguments)}")
        done = self.shoujian.run(*arguments, at=at)
        print((done.out + done.err).rstrip("\n") or "  (prints nothing)")
        if done.status != 0:
            raise Wrong(f"shoujian {' '.join(arguments)} ended with status {done.status}")
        return done

    def poll(self, at):
        before = self.dovecot.snapshot(OURS)
        done = self.run(at, "poll")
        if self.dovecot.snapshot(OURS) != before:
            raise Wrong("the poll changed something in the mailbox")
        return done.out + done.err

    def answers(self, address):
        return [Answer(data) for data in self.dovecot.messages(address)]


def serve_smtp(directory, imap_port):
    """The SMTP server, in a process of its own: what it takes lies in the mailboxes of its receivers at once."""
    directory = Path(directory)

    def deliver(kept):
        accounts = dovecot.Accounts(directory / "ca" / "ca.pem", imap_port)
        for address in kept.recipients:
            accounts.append(address, kept.data, parsedate_to_datetime(Answer(kept.data)["Date"]))
        accounts.close()

    certificate = [directory / "ca" / f"smtp.{kind}" for kind in ("pem", "key")]
    server = SmtpServer(None, deliver=deliver, certificate=certificate)
    print(server.port, flush=True)
    threading.Event().wait()


def play(house):
    step("Two servers on loopback, with TLS and a throw-away CA; an installation of shoujian that uses them")
    house.open()
    print(f"  Dovecot       imaps://localhost:{house.dovecot.tls_port}  the mailbox {OURS} and those of the senders\n"
          f"  SMTP server   smtps://localhost:{house.smtp_port}  delivers into the senders' mailboxes\n"
          f"  installation  {house.shoujian.directory}")
    first, newer, late = first_mails(), newer_version(), late_mail()
    step(f"{len(first)} mails in the mailbox, received")
    house.put(*first)
    step("Tuesday 10 September 2024, noon in Beijing: the first poll, quiet unless a person must act")
    house.poll(FIRST)
    step("The same evening: something new")
    house.put(newer)
    house.poll(EVENING)
    step("The morning after the deadline: one comes late; and then nothing new")
    house.put(late)
    house.poll(AFTER)
    if house.poll(QUIET):
        raise Wrong("a poll that finds nothing new printed something")
    step("The intake log, as staff see it")
    house.run(QUIET, "log", "--all")
    receipts = check(house, [one.mail for one in (*first, newer, late)])
    step("Everything about one of them: the form that has a password")
    house.run(QUIET, "show", receipts["deng@163.com"])
    step("What the sender of the budget that cannot be found in the mailbox tang@qq.com")
    show_answer(house.answers("tang@qq.com")[0])
    answers = sum(len(expected.answers) for expected in EXPECTED.values())
    step(f"All as it should be: {len(receipts)} receipts, {answers} answers that arrived, nobody else answered,\n"
         "   every message kept byte for byte, and the mailbox as it was, to the last flag")


def check(house, mails):
    """That everything is as it should be; the receipts by their senders."""
    opens = moment("2024-08-26 00:00:00")
    if set(house.shoujian.mails_kept()) != {one.sha256 for one in mails if one.at >= opens}:
        raise Wrong("the messages in the spool are not those of the mailbox, byte for byte")
    entries = house.shoujian.log("--all", at=QUIET)
    taken = {entry["sender"]["address"]: entry for entry in entries if entry["receipt"]}
    submissions = sum(expected.status is not None for expected in EXPECTED.values())
    if len(taken) != submissions or sum(entry["receipt"] is not None for entry in entries) != submissions:
        raise Wrong(f"{submissions} receipts were to be expected, not these: {sorted(taken)}")
    for address, expected in EXPECTED.items():
        entry = taken.get(address)
        if expected.status and (entry["status"], entry["version"]) != (expected.status, expected.version):
            raise Wrong(f"{address}: {entry['status']}, version {entry['version']}; "
                        f"it should be {expected.status}, version {expected.version}")
        replies = entry["replies"] if entry else [
            reply for other in entries for reply in other["replies"] if reply["to"] == address]
        if [(reply["kind"], reply["state"]) for reply in replies] != [(kind, "sent") for kind in expected.answers]:
            raise Wrong(f"{address}: the answers are {[(r['kind'], r['state']) for r in replies]}, "
                        f"not {expected.answers}, all sent")
        arrived = [answer["Message-ID"] for answer in house.answers(address)]
        if sorted(arrived) != sorted(reply["message_id"] for reply in replies):
            raise Wrong(f"{address}: {len(arrived)} answers arrived, {len(replies)} were sent")
    strangers = {path.name for path in (house.directory / "dovecot" / "mail").iterdir()} - {OURS, *EXPECTED}
    if strangers:
        raise Wrong(f"an answer went to {sorted(strangers)}")
    return {address: entry["receipt"] for address, entry in taken.items()}


def show_answer(answer):
    for header in ("From", "To", "Subject", "Date"):
        print(f"  {header}: {answer[header]}")
    print()
    for line in answer.text.splitlines():
        print(f"  {line}".rstrip())


def step(heading):
    print(f"\n== {heading}")


WRAPPER = """#!/bin/sh
# shoujian with the demo's installation, at the moment where the demo ended, or AT="2024-09-12 10:00:00".
exec env FAKETIME="@${{AT:-{now}}}" {environment} \\
    {program} "$@"
"""

STOP = """#!/bin/sh
# Stops the demo's two servers and removes everything that it made.
cd /
directory={directory}
for pid in {pids}; do
    ours() {{ grep -Fqs "$directory" /proc/$pid/cmdline; }}
    ours || continue
    kill $pid || exit 1
    while ours; do sleep 0.1; done
done
rm -rf "$directory"
"""


def leave(house):
    """Lets the servers go on, and says how to look around."""
    directory = house.directory
    environment = house.shoujian.environment(QUIET) | {"SHOUJIAN_CONFIG": str(house.shoujian.config)}
    for name in ("FAKETIME", "PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
        del environment[name]
    script(directory / "shoujian", WRAPPER.format(
        now=QUIET, program=shlex.quote(str(installation.PROGRAM)),
        environment=" ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())))
    script(directory / "stop", STOP.format(
        directory=shlex.quote(str(directory)), pids=f"{house.smtp.pid} {house.dovecot.process.pid}"))
    step("The servers go on. To look around:")
    address, port = "tang@qq.com", house.dovecot.tls_port
    print(f"""\
  cd {directory}

  ./shoujian log --all
  ./shoujian show XT2024-0001
  AT="2024-09-16 10:00:00" ./shoujian poll       # at another moment than {QUIET}
  less installation/shoujian.conf                # how it is set up; beside it campaign.conf, the notice

  # A mailbox: of the senders, or {OURS}; the password is always the same.
  curl --cacert ca/ca.pem -u {address}:{dovecot.PASSWORD} \\
      'imaps://localhost:{port}/INBOX;MAILINDEX=1'
  openssl s_client -quiet -crlf -CAfile ca/ca.pem -connect localhost:{port}
  a LOGIN {address} {dovecot.PASSWORD}

  ./stop                                         # stops both servers and removes that directory""")


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)


def on_signals(handler):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def main():
    parser = argparse.ArgumentParser(description="A mailbox on loopback, sample mails, their log and their answers.")
    parser.add_argument("--keep", action="store_true", help="leave the servers running")
    parser.add_argument("--smtp", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.smtp:
        serve_smtp(arguments.smtp[0], int(arguments.smtp[1]))
    if not installation.PROGRAM.exists():
        sys.exit(f"demo: {installation.PROGRAM} is not there: run make first")
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    on_signals(lambda number, frame: sys.exit(128 + number))
    house = House(Path(tempfile.mkdtemp(prefix="shoujian-demo-")))
    kept = False
    try:
        play(house)
        if arguments.keep:
            leave(house)
            kept = True
        return 0
    except Wrong as wrong:
        print(f"\ndemo: FAILED: {wrong}", file=sys.stderr)
        return 1
    finally:
        on_signals(signal.SIG_IGN)
        if not kept:
            house.close()


if __name__ == "__main__":
    sys.exit(main())
