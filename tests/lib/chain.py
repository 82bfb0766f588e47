"""The chain over intake.db, computed again: what src/event.c writes, and what the rows say now."""

import hashlib
import json


def check(intake):
    """That every link holds, every row is as the last event that names it left it, and the head is written down.
    The number of events."""
    previous, number, digests = "0" * 64, 0, {}
    for number, event in enumerate(intake.rows("select * from event order by number"), 1):
        assert event["number"] == number, f"event {number} is missing"
        rows, salts = json.loads(event["rows"]), json.loads(event["salts"])
        told = canonical({"number": number, "at": event["at"], "what": event["what"], "rows": rows})
        assert event["hash"] == sha256(previous + told), f"event {number} does not follow from the one before"
        assert len(rows) == len(salts) > 0, f"event {number}: {len(rows)} rows, {len(salts)} salts"
        digests |= {(row["table"], row["id"]): (row["digest"], salt) for row, salt in zip(rows, salts)}
        previous = event["hash"]
    head = (intake.spool / "head").read_text()
    assert head == f"{number} {previous}\n", f"the head says {head!r}, the last event is {number} {previous}"
    now = {(table, row["id"]): row for table in tables(intake) if table != "event"
           for row in intake.rows(f'select * from "{table}"')}
    assert now.keys() == {key for key, (digest, _) in digests.items() if digest}, "rows that no event tells of, or lost"
    for key, row in now.items():
        digest, salt = digests[key]
        assert digest == sha256(salt + canonical(row)), f"{key} is not as its last event left it"
    return number


def tables(intake):
    return [row["name"] for row in intake.rows(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")]


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
