"""An IMAP server with the habits of imap.163.com, for what a Dovecot does not do: it refuses EXAMINE
without ID, has no UIDNEXT, UIDVALIDITY 1, huge UIDs with gaps, older mail that shows up later under lower UIDs,
and it can hang, hang up or refuse at any command.

    server.fault("EXAMINE", "NO EXAMINE Unsafe Login. Please contact kefu@188.com for help")
    server.fault("LOGIN", STALL)
    server.bodies[17] = NIL                 whenever the whole of message 17 is fetched
"""

import re
from dataclasses import dataclass, field

from dovecot import PASSWORD, modified_utf7
from server import CLOSE, STALL, Connection, Gone, Server

CAPABILITY = ("IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS APPENDLIMIT=71680000 XAPPLEPUSHSERVICE UIDPLUS "
              "X-CM-EXT-1 SASL-IR AUTH=XOAUTH2")
UNSAFE = "Unsafe Login. Please contact kefu@188.com for help"

# What becomes of a message that is fetched: a tagged NO in place of all that the command asked for, or behind the
# others; the end of the connection in place of all; NIL; the message two times, the first time without its end; half of
# it, and the connection ends; nothing, as if it had vanished; its text alone; its flags in front of it. A number: that
# is said to be its UID.
NO, NO_AT_LAST, CLOSED, NIL, TWICE, CUT = "no", "no at last", "closed", "NIL", "twice", "cut"
GONE, TEXT, FLAGS = "gone", "text", "flags"


@dataclass
class _Folder:
    uidvalidity: int = 1
    mails: dict = field(default_factory=dict)  # uid: (bytes, datetime)


class CoremailServer(Server):
    """A place is a command: "UID FETCH 17", "greeting"."""

    def __init__(self, authority, tls="implicit", certificate=None):
        self.folders = {"INBOX": _Folder(), "已发送": _Folder()}
        self.commands = []     # "LOGIN", "ID", "UID FETCH 1:* (UID …)", … without credentials
        self.logins = []       # (user, password) as they came
        self.bodies = {}       # uid: NO, NIL, …
        self.sizes = {}        # uid: RFC822.SIZE, where it is not true
        self.backwards = False # whether the newest comes first
        self.tells_next = False # whether EXAMINE and STATUS say what other servers say, UIDNEXT first of all
        super().__init__(_Connection, certificate or authority.server("coremail"), tls)

    def put(self, mail, uid, folder="INBOX"):
        self.folders.setdefault(folder, _Folder()).mails[uid] = (mail.raw, mail.at)


class _Connection(Connection):
    def __init__(self, server, client):
        super().__init__(server, client)
        self.identified = self.known = False
        self.folder = None

    def run(self):
        self.open()
        self._ordered("greeting")
        self.say("* OK Coremail System IMap Server Ready(163com[10774b260cc7a37d26d71b52404dcf5c])")
        while True:
            self._command(self._line())

    def _command(self, line):
        tag, _, rest = line.partition(" ")
        verb, _, arguments = rest.partition(" ")
        verb = verb.upper()
        if verb == "UID":
            sub, _, arguments = arguments.partition(" ")
            verb = "UID " + sub.upper()
        self.server.commands.append(verb if verb == "LOGIN" else f"{verb} {arguments}".strip())
        ordered = self._ordered(f"{verb} {arguments}")
        if ordered:
            self.say(f"{tag} {ordered}")
            return
        handler = getattr(self, "_" + verb.lower().replace(" ", "_"), None)
        if handler is None:
            self.say(f"{tag} BAD {verb} Command unknown")
        else:
            handler(tag, arguments)

    def _ordered(self, command):
        ordered = self.server.at(command)
        if ordered == CLOSE:
            raise Gone
        if ordered == STALL:
            self.stall()
        return ordered

    def _line(self):
        """A command with its literals in place, as if they had been quoted strings."""
        text = ""
        while True:
            line = self.file.readline()
            if not line.endswith(b"\n"):
                raise Gone
            text += line.decode("utf-8", "replace").rstrip("\r\n")
            literal = re.search(r"\{(\d+)(\+?)\}$", text)
            if not literal:
                return text
            if not literal[2]:
                self.say("+ Ready")
            value = self.file.read(int(literal[1])).decode("utf-8", "replace")
            text = text[:literal.start()] + '"' + value.replace("\\", r"\\").replace('"', r"\"") + '"'

    def _capability(self, tag, _):
        self.say(f"* CAPABILITY {CAPABILITY}")
        self.say(f"{tag} OK CAPABILITY completed")

    def _id(self, tag, arguments):
        if arguments.upper() != "NIL" and self.known:
            self.identified = True
        self.say('* ID ("name" "Coremail Imap" "vendor" "Mailtech" "TransID" "I082JmAAABqnFWEI7zcA")')
        self.say(f"{tag} OK ID completed")

    def _noop(self, tag, _):
        self.say(f"{tag} OK NOOP completed")

    def _login(self, tag, arguments):
        user, password = [_unquoted(word) for word in re.findall(r'"(?:[^"\\]|\\.)*"|\S+', arguments)]
        self.server.logins.append((user, password))
        self.known = password == PASSWORD
        self.say(f"{tag} " + ("OK LOGIN completed" if self.known else
                               "NO LOGIN Login error or password error"))

    def _list(self, tag, arguments):
        if arguments.replace(" ", "") == '""""':
            self.say(r'* LIST (\Noselect) "/" ""')
        else:
            for name in self.server.folders:
                flags = r"\Sent" if name == "已发送" else ""
                self.say(f'* LIST ({flags}) "/" "{modified_utf7(name)}"')
        self.say(f"{tag} OK LIST Completed")

    _xlist = _list

    def _status(self, tag, arguments):
        wanted = re.match(r'"((?:[^"\\\\]|\\\\.)*)"', arguments)
        folder = next((folder for name, folder in self.server.folders.items()
                       if wanted and modified_utf7(name).upper() == wanted[1].upper()), None)
        if self.server.tells_next and folder:
            self.say(f'* STATUS {wanted[0]} (MESSAGES {len(folder.mails)} UIDNEXT {max(folder.mails, default=0) + 1} '
                     f"UIDVALIDITY {folder.uidvalidity})")
        else:
            self.say('* STATUS "INBOX" ()')
        self.say(f"{tag} OK STATUS completed")

    def _examine(self, tag, arguments):
        if not self.identified:
            self.say(f"{tag} NO EXAMINE {UNSAFE}")
            return
        wanted = _unquoted(arguments)
        names = [n for n in self.server.folders if modified_utf7(n).upper() == wanted.upper()]
        if not names:
            self.say(f"{tag} NO EXAMINE The folder does not exist")
            return
        self.folder = self.server.folders[names[0]]
        flags = r"(\Answered \Seen \Deleted \Draft \Flagged)"
        self.say(f"* {len(self.folder.mails)} EXISTS")
        self.say(f"* {len(self.folder.mails)} RECENT")
        self.say(f"* OK [UIDVALIDITY {self.folder.uidvalidity}] UIDs valid")
        if self.server.tells_next:
            self.say(f"* OK [UIDNEXT {max(self.folder.mails, default=0) + 1}] next")
        self.say(f"* FLAGS {flags}")
        self.say(f"* OK [PERMANENTFLAGS {flags}] Limited")
        self.say(f"{tag} OK [READ-ONLY] EXAMINE completed")

    def _uid_search(self, tag, arguments):
        if self.folder is None:
            self.say(f"{tag} NO SEARCH State error")
            return
        asked = re.search(r"(\d+|\*)(?::(\d+|\*))?", arguments)
        uids = self._uids(asked[0]) if asked else sorted(self.folder.mails)
        self.say("* SEARCH " + " ".join(map(str, uids)))
        self.say(f"{tag} OK SEARCH completed")

    def _uid_fetch(self, tag, arguments):
        if self.folder is None:
            self.say(f"{tag} NO FETCH State error")
            return
        asked, _, items = arguments.partition(" ")
        section = re.search(r"BODY(\.PEEK)?\[(.*?)\]", items, re.IGNORECASE)
        uids = self._uids(asked)
        if self.server.backwards:
            uids.reverse()
        habits = [self.server.bodies.get(uid) for uid in uids] if section and not section[2] else []
        if NO in habits:
            self.say(f"{tag} NO FETCH Server internal error")
            return
        if CLOSED in habits:
            raise Gone
        for uid in uids:
            if section:
                self._body(uid, section[2])
            else:
                self._attributes(uid, items.upper())
        self.say(f"{tag} " + ("NO FETCH Server internal error" if NO_AT_LAST in habits else "OK FETCH completed"))

    def _attributes(self, uid, items):
        raw, at = self.folder.mails[uid]
        said = [f"UID {uid}"]
        if "INTERNALDATE" in items:
            said.append(f'INTERNALDATE "{at.strftime("%d-%b-%Y %H:%M:%S %z")}"')
        if "RFC822.SIZE" in items:
            said.append(f"RFC822.SIZE {self.server.sizes.get(uid, len(raw))}")
        if "FLAGS" in items:
            said.append("FLAGS ()")
        self.say(f"* {self._number(uid)} FETCH ({' '.join(said)})")

    def _body(self, uid, section):
        body = _section(self.folder.mails[uid][0], section)
        habit = self.server.bodies.get(uid) if not section else None
        start = f"* {self._number(uid)} FETCH (UID {habit if isinstance(habit, int) else uid} "
        if habit in (GONE, NO_AT_LAST):
            return
        if habit == NIL:
            self.say(start + "BODY[] NIL)")
            return
        if habit == FLAGS:
            self.say(start + r"FLAGS (\Seen))")
        if habit == TWICE:
            self._literal(start + "BODY[]", body[:-1])
        if habit == CUT:
            self.socket.sendall(f"{start}BODY[] {{{len(body)}}}\r\n".encode() + body[:len(body) // 2])
            raise Gone
        self._literal(f"{start}BODY[{'TEXT' if habit == TEXT else section}]", body)

    def _literal(self, start, body):
        self.socket.sendall(f"{start} {{{len(body)}}}\r\n".encode() + body + b")\r\n")

    def _number(self, uid):
        return sorted(self.folder.mails).index(uid) + 1

    def _logout(self, tag, _):
        self.say("* BYE IMAP4rev1 Server logging out")
        self.say(f"{tag} OK LOGOUT completed")
        raise Gone

    def _uids(self, asked):
        """RFC 3501: `n:*` gives the highest even when n is larger."""
        known = sorted(self.folder.mails)
        if not known:
            return []
        found = set()
        for piece in asked.split(","):
            first, _, last = piece.partition(":")
            bounds = sorted(known[-1] if edge == "*" else int(edge) for edge in (first, last or first))
            found |= {uid for uid in known if bounds[0] <= uid <= bounds[1]}
        return sorted(found)


def _section(raw, section):
    if not section:
        return raw
    head = raw.split(b"\r\n\r\n")[0].split(b"\r\n")
    fields = re.search(r"HEADER\.FIELDS \((.*)\)", section, re.IGNORECASE)
    wanted = [name.lower() for name in fields[1].replace('"', "").split()] if fields else None
    unfolded = re.sub(rb"\r\n(?=[ \t])", b"\0", b"\r\n".join(head)).split(b"\r\n")
    kept = [line.replace(b"\0", b"\r\n") for line in unfolded
            if wanted is None or line.split(b":")[0].decode("latin-1").lower() in wanted]
    return b"".join(line + b"\r\n" for line in kept) + b"\r\n"


def _unquoted(word):
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
