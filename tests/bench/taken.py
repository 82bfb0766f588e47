"""A spool that has taken many mails: what a poll wrote about a few, many times over.

Really polling 100,000 mails would take as long as all the rest. So a sample is polled, the messages at the server are
linked and the rows of the database copied, both TIMES more: tables and indexes have the size that they would have, and the
UIDs fit. What is not there are the files of the copies in the spool, and a chain that would verify: a poll that finds
nothing touches neither."""

import sqlite3

# What must differ between copies, beside what refers to another row. uid: see Account.repeat.
DISTINCT = {
    ("mail", "sha256"): "printf('%08x', copy) || substr(sha256, 9)",
    ("mail", "sender"): "copy || sender",
    ("mail", "message_id"): "copy || message_id",
    ("file", "sha256"): "printf('%08x', copy) || substr(sha256, 9)",
    ("part", "sha256"): "printf('%08x', copy) || substr(sha256, 9)",
    ("member", "sha256"): "printf('%08x', copy) || substr(sha256, 9)",
    ("reading", "sha256"): "printf('%08x', copy) || substr(sha256, 9)",
    ("place", "uid"): "uid + copy * (SELECT max(uid) FROM main.place AS p WHERE p.folder = place.folder)",
    ("submission", "receipt"): "'XT2024-' || (substr(receipt, 8) + copy * (SELECT count(*) FROM main.submission))",
    ("version", "unit"): "unit || copy",
    ("version", "code"): "code || copy",
    ("version", "demand"): "demand || copy",
    ("reply", "message_id"): "copy || message_id",
    ("reply", "recipient"): "copy || recipient",
}
ONCE = ("folder", "memory", "sqlite_sequence")


def answer(path):
    """All answers have been sent."""
    with sqlite3.connect(path) as database:
        database.execute("UPDATE reply SET state = 'sent', tries = 1, tried_at = queued_at, sent_at = queued_at")
    database.close()


def multiply(path, times):
    """The rows of every table TIMES more."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("CREATE TEMP TABLE copies AS WITH RECURSIVE c (copy) AS"
                     " (SELECT 1 UNION ALL SELECT copy + 1 FROM c WHERE copy < ?) SELECT copy FROM c", (times,))
    tables = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
              if name not in ONCE]
    size = {table: database.execute(f'SELECT coalesce(max(rowid), 0) FROM "{table}"').fetchone()[0] for table in tables}
    for table in tables:
        _copy(database, table, size)
    database.execute("UPDATE folder SET count = count * (? + 1), highest_uid = highest_uid * (? + 1)", (times, times))
    broken = database.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise RuntimeError(f"the copy refers to nothing: {broken}")
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _copy(database, table, size):
    refers = {row[3]: row[2] for row in database.execute(f'PRAGMA foreign_key_list("{table}")')}
    columns = {row[1]: row[5] for row in database.execute(f'PRAGMA table_info("{table}")')}
    values = []
    for column, is_key in columns.items():
        if is_key:
            values.append(f'"{column}" + copy * {size[table]}')
        elif column in refers:
            values.append(f'"{column}" + copy * {size[refers[column]]}')
        else:
            values.append(DISTINCT.get((table, column), f'"{column}"'))
    database.execute(f'INSERT INTO "{table}" SELECT {", ".join(values)} FROM "{table}", copies ORDER BY copy, {table}.rowid')
