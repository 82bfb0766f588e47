"""What an installation has at the end, whatever the numbers of its rows: for comparing two that did the same work in
other pieces."""

import hashlib
import re
from collections import Counter, defaultdict

import chain
from answers import Answer

# How a row is called where another points to it; else by all that it says. An answer's words are compared where it
# stands itself.
NAMES = {"mail": ["sha256"], "submission": ["receipt"], "reply": ["mail", "recipient", "kind"]}

# Rows that people see in the order in which they were written: their place below the first row that they point to
# counts too.
IN_ORDER = {"part", "note", "member", "part_reading", "version", "version_file", "finding"}

# Not compared, and why.
LEFT_OUT = {
    "folder": ["compared_at"],  # the moment of the poll that did it
    "reply": ["queued_at", "due_at", "tried_at", "sent_at",  # the same
              "tries",          # one that was lost on the way is tried again
              "answer",         # the server's own number, or where the message was found
              "message_id"],    # made from the chain's head
}


def rows(intake):
    """Counter of what every row says, of every table but the chain: another run may need more events for the same."""
    database = _Database(intake)
    return Counter(f"{table} {database.say(table, id)}" for table in database.rows for id in database.rows[table])


def files(intake):
    """Path below the spool → SHA-256 of what is there. Of the database and its head only that they are there."""
    found = {str(path.relative_to(intake.spool)): path for path in intake.spool.rglob("*")
             if path.is_file() or path.parent.name == "tmp"}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() if name.startswith(("mail/", "parts/")) else ""
            for name, path in found.items()}


def words(message):
    """An answer (bytes) without its moment, its Message-ID and the head of the chain, which that is made from."""
    answer = Answer(message)
    head = {name: value for name, value in answer.message.items() if name not in ("Date", "Message-ID")}
    text = re.sub(r"No\. \d+ · [0-9a-f]{64}", "No. N · HASH", answer.text)
    return f"{head} {text}"


class _Database:
    def __init__(self, intake):
        self.rows, self.points, self.places = {}, {}, {}
        for table in chain.tables(intake):
            if table == "event":
                continue
            self.rows[table] = {row["id"]: row for row in intake.rows(f'select * from "{table}" order by id')}
            self.points[table] = {key["from"]: key["table"]
                                  for key in intake.rows(f'pragma foreign_key_list("{table}")')}
            if table in IN_ORDER:
                self.places[table] = self._places(table)

    def say(self, table, id, columns=None):
        """The row in one line."""
        row = self.rows[table][id]
        said = [f"{column}={self._value(table, column, row[column])}" for column in columns or row
                if column != "id" and column not in LEFT_OUT.get(table, [])]
        if table in IN_ORDER:
            said.append(f"place={self.places[table][id]}")
        return f"({', '.join(said)})"

    def _value(self, table, column, value):
        other = self.points[table].get(column)
        if other is not None and value is not None:
            return self.say(other, value, NAMES.get(other))
        return words(value.encode("utf-8")) if (table, column) == ("reply", "message") else repr(value)

    def _places(self, table):
        below, places = defaultdict(int), {}
        for id, row in self.rows[table].items():
            parent = next(row[column] for column in row if column in self.points[table])
            below[parent] += 1
            places[id] = below[parent]
        return places
