"""`log --json` is an interface: every key of it, and nothing else (docs/json.md)."""

import json
import re

import pytest
from mails import form, mail, qq_vacation, scan

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$")
KEYS = ("unit_name credit_code address postcode legal_rep_name legal_rep_phone contact_name contact_title "
        "contact_mobile contact_email staff_total staff_rnd sales_revenue profit_tax rnd_expense rnd_ratio demand_name "
        "field level tech_type budget_total budget_self budget_apply background research_status demand_content "
        "expected_results requirements").split()
CHOICES = {"field", "level", "tech_type"}
STATUSES = {"accepted", "rejected", "late", "incomplete", "review", "complete"}
KINDS = {"late", "received-incomplete", "cloud-attachment", "received-checking", "received", "guide"}
CLASSES = {"submission", "question", "auto", "bounce", "receipt", "list", "own", "unrelated", "before"}


def is_time(value, or_null=False):
    return (value is None and or_null) or (isinstance(value, str) and TIME.match(value))


def validate_mails(mails):
    assert mails
    for m in mails:
        assert set(m) == {"folder", "uidvalidity", "uid", "message_id", "received_at", "subject"}
        assert isinstance(m["uid"], int) and isinstance(m["uidvalidity"], int) and is_time(m["received_at"])


def validate_replies(replies):
    for reply in replies:
        assert set(reply) == {"kind", "state", "to", "message_id", "at", "returned_at"}
        assert reply["kind"] in KINDS
        assert reply["state"] in {"queued", "sending", "sent", "failed", "unknown", "held"}
        assert re.match(r"<[^<>\s]+@[^<>\s]+>$", reply["message_id"])
        assert is_time(reply["at"]) if reply["state"] == "sent" else is_time(reply["at"], True)


def validate(entry):
    assert entry["v"] == 1 and entry["class"] in CLASSES
    validate_mails(entry["mails"])
    validate_replies(entry["replies"])
    if entry["receipt"] is None:
        assert set(entry) == {"v", "receipt", "class", "mails", "replies"} and entry["class"] != "submission"
        return
    assert set(entry) == {"v", "receipt", "status", "in_time", "first_received_at", "complete_at", "class", "version",
                          "sender", "fields", "files", "findings", "replies", "mails"}
    assert re.match(r"XT2024-\d{4}$", entry["receipt"]) and entry["class"] == "submission"
    assert entry["status"] in STATUSES and entry["in_time"] in (True, False, None)
    assert is_time(entry["first_received_at"]) and is_time(entry["complete_at"], True)
    assert isinstance(entry["version"], int) and entry["version"] >= 1
    assert set(entry["sender"]) == {"address", "name", "proved"}
    assert entry["sender"]["proved"] in (True, False, None)
    for key, value in entry["fields"].items():
        assert key in KEYS
        assert isinstance(value, list if key in CHOICES else str), key
    for file in entry["files"]:
        assert set(file) == {"name", "sha256", "size", "type", "role", "received_at"}
        assert re.match(r"[0-9a-f]{64}$", file["sha256"]) and isinstance(file["size"], int)
        assert file["role"] in {"form", "scan", "other", "container"} and is_time(file["received_at"])
        assert re.match(r"[a-z]+/[\w.+-]+$", file["type"])
    for finding in entry["findings"]:
        assert set(finding) == {"rule", "level", "person", "message", "fix"}
        assert finding["level"] in {"must", "should", "staff", "late"} and isinstance(finding["person"], bool)
        assert finding["message"] and "{" not in finding["message"]
        assert finding["fix"] is None or isinstance(finding["fix"], str)


@pytest.fixture
def day(intake, mailbox):
    """One of each."""
    mailbox.put(
        mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())], at="2024-09-10 11:00:00"),
        mail("li@qq.com", "李工", files=[("表.docx", form(of="photo.jpg", budget_total="约300"))], at="2024-09-10 09:00:00"),
        mail("zhou@qq.com", files=[("件.jpg", scan("faint.jpg"))], at="2024-09-10 10:00:00"),
        mail("wu@qq.com", subject="揭榜挂帅咨询", text="请问……"),
        mail("office@xiangtan.gov.cn", subject="放假安排", text="…", style="utf8"),
        qq_vacation(), mail("early@qq.com", at="2024-08-20 10:00:00"))
    intake.poll()
    return intake


def test_every_line_is_as_written_down(day):
    entries = day.log("--all")
    assert len(entries) == 7
    for entry in entries:
        validate(entry)
    assert {e["class"] for e in entries} == {"submission", "question", "unrelated", "auto", "before"}


def test_ordered_by_receipt_in_the_order_of_receipt(day):
    entries = day.log()
    assert [e["receipt"] for e in entries] == ["XT2024-0001", "XT2024-0002", "XT2024-0003"]
    assert [e["sender"]["address"] for e in entries] == ["li@qq.com", "zhou@qq.com", "wang@qq.com"]


def test_fields_in_the_order_of_the_form(day):
    line = day.ok("log", "--json").out.splitlines()[2]
    assert list(json.loads(line)["fields"]) == KEYS


def test_the_sender_of_a_half_read_mail(day):
    entry = day.log()[0]
    assert entry["sender"] == {"address": "li@qq.com", "name": "李工", "proved": True}
    assert entry["fields"]["budget_total"] == "约300"


def test_filters_of_the_log(day):
    assert [e["receipt"] for e in day.log("--status", "complete")] == ["XT2024-0003"]
    assert [e["receipt"] for e in day.log("--since", "2024-09-10 10:00")] == ["XT2024-0002", "XT2024-0003"]


def test_the_table_for_people(day):
    shown = day.ok("log").out
    lines = shown.splitlines()
    assert all(any(receipt in line for line in lines) for receipt in ("XT2024-0001", "XT2024-0002", "XT2024-0003"))
    assert "湘潭博远医疗器械集团有限公司" in shown
    assert len(day.ok("log", "--all").out.splitlines()) > len(lines)


def test_show(day):
    shown = day.ok("show", "XT2024-0003").out
    for text in ("XT2024-0003", "wang@qq.com", "需求表.docx", "盖章件.pdf", "91430302MA00RDP91Q", "2024-09-10"):
        assert text in shown, text
    whole = json.loads(day.ok("show", "--json", "XT2024-0003").out)
    entry = day.submissions()["XT2024-0003"]
    assert {key: whole.pop(key) for key in entry} == entry
    version, = whole.pop("versions")
    assert set(version) == {"number", "state", "received_at", "complete_at", "fields", "files"}
    assert (version["number"], version["state"]) == (1, "standing") and version["files"] == entry["files"]
    assert whole == {"decisions": [], "candidates": [], "notes": [], "merged_into": None, "dropped": False}
