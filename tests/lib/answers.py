"""What a sender reads: a kept answer, decoded."""

import email
import email.policy
import re


class Answer:
    def __init__(self, data):
        self.message = email.message_from_bytes(data, policy=email.policy.default)
        self.raw = data
        self.text = self.message.get_content()

    def __getitem__(self, header):
        return self.message[header]

    @property
    def proof(self):
        """(number, hash) of `No. N · HASH`."""
        found = re.search(r"No\.\s*(\d+)\s*·\s*([0-9a-f]{64})", self.text)
        return (int(found[1]), found[2]) if found else None


def answers(smtp):
    return [Answer(kept.data) for kept in smtp.kept]
