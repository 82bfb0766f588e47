"""What is compared with: intake as it is usually written, with imaplib, email, python-docx and sqlite3.

    peer.py PORT CA USER PASSWORD DIRECTORY"""

import email
import email.policy
import imaplib
import io
import re
import sqlite3
import ssl
import sys
from pathlib import Path

import docx

SCHEMA = """
CREATE TABLE mail (id INTEGER PRIMARY KEY, uid INTEGER UNIQUE, sender TEXT, subject TEXT, received TEXT);
CREATE TABLE attachment (id INTEGER PRIMARY KEY, mail INTEGER REFERENCES mail, name TEXT, path TEXT, size INTEGER);
CREATE TABLE field (id INTEGER PRIMARY KEY, mail INTEGER REFERENCES mail, name TEXT, value TEXT);
CREATE TABLE finding (id INTEGER PRIMARY KEY, mail INTEGER REFERENCES mail, message TEXT);
"""
LABELS = ["单位名称", "统一社会信用代码", "单位地址", "邮编", "职工总数", "技术需求名称", "所属领域", "技术水平", "技术类型",
          "计划研发投入", "自筹", "申请专项"]
REQUIRED = ["单位名称", "统一社会信用代码", "技术需求名称", "计划研发投入"]


def main():
    port, ca, user, password, directory = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], Path(sys.argv[5])
    database = sqlite3.connect(directory / "intake.db")
    database.executescript(SCHEMA)
    files = directory / "files"
    files.mkdir()
    server = imaplib.IMAP4_SSL("localhost", port, ssl_context=ssl.create_default_context(cafile=ca))
    server.login(user, password)
    server.select("INBOX", readonly=True)
    known = {uid for uid, in database.execute("SELECT uid FROM mail")}
    for uid in server.uid("SEARCH", "ALL")[1][0].split():
        if int(uid) not in known:
            _, data = server.uid("FETCH", uid, "(INTERNALDATE BODY.PEEK[])")
            received = re.search(rb'INTERNALDATE "([^"]*)"', data[0][0])[1].decode()
            take(database, files, int(uid), received, data[0][1])
    server.logout()


def take(database, files, uid, received, raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    mail = database.execute("INSERT INTO mail (uid, sender, subject, received) VALUES (?, ?, ?, ?)",
                            (uid, str(message["From"]), str(message["Subject"]), received)).lastrowid
    forms, scans = [], 0
    for part in message.iter_attachments():
        name = Path(part.get_filename() or "unnamed").name
        content = part.get_payload(decode=True)
        path = files / f"{uid}-{name}"
        path.write_bytes(content)
        database.execute("INSERT INTO attachment (mail, name, path, size) VALUES (?, ?, ?, ?)",
                         (mail, name, str(path), len(content)))
        if name.lower().endswith(".docx"):
            forms.append(read_form(content))
        elif name.lower().endswith((".pdf", ".jpg", ".jpeg", ".png")):
            scans += 1
    for fields in forms:
        database.executemany("INSERT INTO field (mail, name, value) VALUES (?, ?, ?)",
                             [(mail, label, value) for label, value in fields.items()])
    database.executemany("INSERT INTO finding (mail, message) VALUES (?, ?)",
                         [(mail, message) for message in judge(forms, scans)])
    database.commit()


def read_form(content):
    """The cell behind each label, in whatever table it stands."""
    fields = {}
    for table in docx.Document(io.BytesIO(content)).tables:
        for row in table.rows:
            texts = [re.sub(r"\s", "", cell.text) for cell in row.cells]
            for label, value in zip(texts, texts[1:]):
                known = next((name for name in LABELS if label.startswith(name)), None)
                if known and value != label and known not in fields:
                    fields[known] = value
    return fields


def judge(forms, scans):
    if not forms:
        yield "没有需求表"
    if not scans:
        yield "没有盖章扫描件"
    for fields in forms:
        for label in REQUIRED:
            if not fields.get(label):
                yield f"“{label}”未填写"
        budget = re.match(r"[\d.]+", fields.get("计划研发投入", ""))
        if budget and float(budget[0]) < 100:
            yield "计划研发投入低于100万元"


if __name__ == "__main__":
    main()
