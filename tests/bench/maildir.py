"""Mails put under a Dovecot's feet: files in its Maildir, which is faster than APPEND."""

import os
import pwd

from dovecot import modified_utf7, quoted


class Account:
    """A user's mailbox at a running Dovecot."""

    def __init__(self, dovecot, user):
        self.dovecot, self.user = dovecot, user
        self._root = dovecot.directory / "mail" / user / "Maildir"
        self._seconds = {}  # folder → what the next file is named by: Dovecot gives UIDs in the order of names

    def fill(self, folder, mails):
        """Writes them as APPEND would have, and lets Dovecot see them; how many bytes they are."""
        directory, total = self._directory(folder), 0
        for mail in mails:
            content = mail.raw.replace(b"\r\n", b"\n")
            path = directory / f"{self._stamp(folder)},S={len(content)},W={len(mail.raw)}:2,"
            path.write_bytes(content)
            os.utime(path, (mail.at.timestamp(),) * 2)
            self._give(path)
            total += len(mail.raw)
        self._warm(folder)
        return total

    def repeat(self, folder, times):
        """Every message of the folder TIMES more, in the same order, as links to the same files."""
        directory = self._directory(folder)
        names = sorted(os.listdir(directory))
        for _ in range(times):
            for name in names:
                os.link(directory / name, directory / (self._stamp(folder) + name[name.index(",S="):]))
        self._warm(folder)

    def count(self, folder):
        connection = self.dovecot.login(self.user)
        status, data = connection.select(quoted(folder), readonly=True)
        connection.logout()
        return int(data[0])

    def _directory(self, folder):
        connection = self.dovecot.login(self.user)
        connection.create(quoted(folder))  # NO where it exists
        connection.select(quoted(folder), readonly=True)
        connection.logout()
        root = self._root if folder == "INBOX" else self._root / ("." + modified_utf7(folder))
        return root / "cur"

    def _stamp(self, folder):
        self._seconds[folder] = self._seconds.get(folder, 1_700_000_000) + 1
        return f"{self._seconds[folder]}.M1P1.bench"

    def _warm(self, folder):
        """What the first client makes Dovecot do once, and would pay for: UIDs, its cache, the disk's."""
        connection = self.dovecot.login(self.user)
        connection.select(quoted(folder), readonly=True)
        connection.uid("FETCH", "1:*", "(INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        connection.logout()

    @staticmethod
    def _give(path):
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
