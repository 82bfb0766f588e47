"""One installation of shoujian in a directory of its own, and its clock."""

import ctypes
import errno
import glob
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

import dovecot
import smtpd

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("SHOUJIAN_BUILD") or "build")
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
PROGRAM = BUILD / "shoujian"
ADDRESS = "xtkjjcgk@163.com"

NOON = "2024-09-10 12:00:00"  # a moment of the campaign: after the mails of that morning


@dataclass
class Run:
    status: int
    out: str
    err: str

    def __str__(self):
        return f"status {self.status}\n--- stdout\n{self.out}--- stderr\n{self.err}"


class Installation:
    """shoujian.conf, campaign.conf, replies, secrets and spool under DIRECTORY. `settings` is what
    stands in shoujian.conf: change it, then `write()`."""

    def __init__(self, directory, imap_port, smtp_port, ca, user=ADDRESS):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.spool = self.directory / "spool"
        self.config = self.directory / "shoujian.conf"
        self.campaign = self.directory / "campaign.conf"
        self.replies = self.directory / "replies"
        shutil.copy(ROOT / "config" / "campaign.conf", self.campaign)
        for extra in (ROOT / "config").glob("*.csv"):
            shutil.copy(extra, self.directory)
        shutil.copytree(ROOT / "config" / "replies", self.replies)
        self.imap_secret = self._secret("imap-secret", dovecot.PASSWORD)
        self.smtp_secret = self._secret("smtp-secret", smtpd.PASSWORD)
        self.spool.mkdir()
        self.settings = {
            "campaign": "campaign.conf", "spool": "spool", "templates": "replies", "filters": "",
            "sandbox": "required", "workers": 0, "retain_unrelated_days": 30,
            "imap": {"host": "localhost", "port": imap_port, "tls": "implicit", "ca_file": str(ca),
                     "user": user, "password_file": "imap-secret",
                     "folders": ["INBOX", "垃圾邮件", "广告邮件", "订阅邮件", "病毒文件夹"],
                     "sent": "已发送", "timeout": 20},
            "smtp": {"host": "localhost", "port": smtp_port, "tls": "implicit", "ca_file": str(ca),
                     "user": ADDRESS, "password_file": "smtp-secret", "from": ADDRESS,
                     "from_name": "湘潭市科技局成果转化与产学研合作科", "timeout": 20,
                     "per_minute": 0, "per_hour": 0, "per_day": 0},
            "reply": {"enabled": True, "settle_minutes": 10, "max_age_hours": 72, "per_sender_per_day": 6},
        }
        self.filters = self._shipped_filters()
        self.write()

    def write(self):
        lines = []
        for key, value in self.settings.items():
            if isinstance(value, dict):
                lines.append(f"{key} {{")
                lines += [f"  {name} = {_literal(item)}" for name, item in value.items()]
                lines.append("}")
            else:
                lines.append(f"{key} = {_literal(value)}")
        self.config.write_text("\n".join(lines) + "\n" + self.filters, encoding="utf-8")

    def set(self, **sections):
        """set(imap={"port": 1}, workers=2), and written."""
        for key, value in sections.items():
            if isinstance(value, dict):
                self.settings[key].update(value)
            else:
                self.settings[key] = value
        self.write()

    def campaign_edit(self, old, new):
        text = self.campaign.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{self.campaign} does not say {old!r}")
        self.campaign.write_text(text.replace(old, new, 1), encoding="utf-8")

    def campaign_set(self, **values):
        """campaign_set(code="CX2025"): keys of the section `campaign`."""
        text = self.campaign.read_text(encoding="utf-8")
        for key, value in values.items():
            text, count = re.subn(rf'(?m)^(  {key}\s*=\s*)"[^"]*"', lambda found: f'{found[1]}"{value}"', text)
            if count != 1:
                raise ValueError(f"{self.campaign} says {key} {count} times")
        self.campaign.write_text(text, encoding="utf-8")

    def campaign_add(self, text):
        with self.campaign.open("a", encoding="utf-8") as campaign:
            campaign.write("\n" + text + "\n")

    def run(self, *arguments, at=NOON, timeout=120, env=None, without=()):
        """The program, as it would run AT this moment in Beijing, on a kernel WITHOUT these system calls."""
        done = subprocess.run(self.command(*arguments), env=self.environment(at, env), cwd=self.directory,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                              preexec_fn=(lambda: _hide(without)) if without else None)
        return Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace"))

    def start(self, *arguments, at=NOON):
        """The same in the background; the Popen."""
        return subprocess.Popen(self.command(*arguments), env=self.environment(at), cwd=self.directory,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def command(self, *arguments):
        return [str(PROGRAM), "--config", str(self.config), *map(str, arguments)]

    def environment(self, at, more=None):
        return clock(at) | {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.directory)} | (more or {})

    def ok(self, *arguments, at=NOON, **more):
        done = self.run(*arguments, at=at, **more)
        assert done.status == 0, f"{' '.join(map(str, arguments))}: {done}"
        return done

    def poll(self, at=NOON, *options):
        return self.ok("poll", *options, at=at)

    def log(self, *options, at=NOON):
        """The objects of `log --json`."""
        return [json.loads(line) for line in self.ok("log", "--json", *options, at=at).out.splitlines()]

    def submissions(self, at=NOON):
        """By receipt."""
        return {entry["receipt"]: entry for entry in self.log(at=at)}

    def only(self, at=NOON):
        """The one submission that there is."""
        entries = self.log(at=at)
        assert len(entries) == 1, [(e["receipt"], e["fields"].get("unit_name")) for e in entries]
        return entries[0]

    @property
    def database(self):
        return self.spool / "intake.db"

    def rows(self, sql, *parameters):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, parameters)]
        finally:
            connection.close()

    def dump(self):
        """Every row of every table, for comparing."""
        tables = [row["name"] for row in self.rows(
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")]
        return {table: sorted(map(str, self.rows(f'select * from "{table}"'))) for table in tables}

    def mails_kept(self):
        """The messages in the spool, by the SHA-256 of their bytes."""
        return {hashlib.sha256(path.read_bytes()).hexdigest(): path
                for path in (self.spool / "mail").rglob("*") if path.is_file()}

    def _secret(self, name, password):
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(password + "\n")
        return path

    @staticmethod
    def _shipped_filters():
        """The filter sections of the configuration that the project ships."""
        text = (ROOT / "config" / "shoujian.conf").read_text(encoding="utf-8")
        kept, depth = [], 0
        for line in text.splitlines():
            if depth or line.startswith("filter "):
                kept.append(line)
                code = line.split("#")[0]
                depth += code.count("{") - code.count("}")
        return "\n".join(kept) + "\n"


def clock(at):
    """The environment in which a program believes that it is AT in Beijing, and time goes on from there.
    Its timers are real, and so are the times of files."""
    return {"LD_PRELOAD": _faketime(), "FAKETIME": "@" + at, "TZ": "Asia/Shanghai",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
            "ASAN_OPTIONS": SANITIZED, "UBSAN_OPTIONS": "print_stacktrace=1"}


# What makes the two fences of the filters' cage.
LANDLOCK, SECCOMP = "landlock_create_ruleset", "seccomp"


def _hide(calls):
    """From this process and its children on, these system calls do not exist."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    everything = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(0x7FFF0000)))  # SCMP_ACT_ALLOW
    enosys = ctypes.c_uint32(0x00050000 | errno.ENOSYS)  # SCMP_ACT_ERRNO
    for call in calls:
        if library.seccomp_rule_add(everything, enosys, library.seccomp_syscall_resolve_name(call.encode()), 0) < 0:
            os._exit(99)
    if library.seccomp_load(everything) < 0:
        os._exit(99)


# libfaketime stands before the address sanitizer, which wants to be first; and the sanitizer's allocator must not ask
# for the time, since libfaketime's first answer allocates.
SANITIZED = "detect_leaks=1:exitcode=99:verify_asan_link_order=0:allocator_release_to_os_interval_ms=-1"


def _faketime():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or glob.glob("/usr/lib/faketime/libfaketimeMT.so.1")
    if not found:
        raise RuntimeError("no libfaketime here: run tests/install-deps (package faketime)")
    return found[0]


def _literal(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "{" + ", ".join(_literal(item) for item in value) + "}"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
