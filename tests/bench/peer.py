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
LABELS = ["单位名称", "统一社会信用代码", "单位地址", "邮编", "职工总数", "研究开发人员", "销售收入总额", "利税总额", "年研究开发经费",
          "研发经费占年销售收入比重", "技术需求名称", "所属领域", "技术水平", "技术类型"]
GROUPS = {"法定代表人": ["姓名", "电话"], "联系人": ["姓名", "职务", "手机", "电子邮箱"]}
TEXTS = ["1.项目需求的背景与意义", "2.国内外研究现状", "3.项目需求内容描述", "4.预期成果及经济社会生态效益", "5.对揭榜方要求"]
BUDGET = re.compile(r"计划研发投入([\d.]+)万元，其中自筹([\d.]+)万元，申请专项([\d.]+)万元")
REQUIRED = [*LABELS, "法定代表人姓名", "联系人姓名", "联系人手机", *TEXTS]


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
    """The cell behind each label; budgets and long texts stand in the cell of their label."""
    fields = {}
    for table in docx.Document(io.BytesIO(content)).tables:
        for row in table.rows:
            texts = [cell.text.strip() for cell in row.cells]
            group = GROUPS.get(texts[0], [])
            for label, value in zip(texts, texts[1:]):
                if value != label and label in LABELS:
                    fields[label] = ticked(value) if "☑" in value or "□" in value else value
                elif value != label and label in group:
                    fields[texts[0] + label] = value
            for text in TEXTS:
                if texts[0].startswith(text):
                    fields[text] = texts[0].partition("\n")[2].strip()
            budget = BUDGET.search(texts[-1])
            if budget:
                fields["计划研发投入"], fields["自筹"], fields["申请专项"] = budget.groups()
    return fields


def ticked(text):
    return "、".join(re.findall(r"☑\s*([^\s□☑]+)", text))


def judge(forms, scans):
    if not forms:
        yield "没有需求表"
    if not scans:
        yield "没有盖章扫描件"
    for fields in forms:
        for label in REQUIRED:
            if not fields.get(label):
                yield f"“{label}”未填写"
        if "计划研发投入" not in fields:
            yield "项目投资预算无法读取"
            continue
        total, own, applied = (float(fields[label]) for label in ("计划研发投入", "自筹", "申请专项"))
        if total < 100:
            yield "计划研发投入低于100万元"
        if abs(own + applied - total) > 0.005:
            yield "自筹与申请专项之和不等于计划研发投入"
        if applied > min(total * 0.25, 50):
            yield "申请专项超过上限"


if __name__ == "__main__":
    main()
