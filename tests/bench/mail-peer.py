"""What taking mails apart is compared with: Python's email, as its documentation unpacks a message.

    mail-peer.py POLICY DIRECTORY MAIL…

POLICY is one of email.policy: default, which the documentation has for new programs, or compat32, which one gets who
says nothing. The headers of each mail are decoded, its texts too, and each file is written to DIRECTORY/NAME of the mail,
under a number."""

import email
import email.header
import email.policy
import sys
from pathlib import Path


def headers(message, policy):
    if policy is email.policy.compat32:
        return [(name, decoded(value)) for name, value in message.items()]
    return [(name, str(value)) for name, value in message.items()]


def file_name(part, policy):
    name = part.get_filename()
    return decoded(name) if name and policy is email.policy.compat32 else name


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(value)))


def unpack(mail, directory, policy):
    with mail.open("rb") as file:
        message = email.message_from_binary_file(file, policy=policy)
    found, texts, names = headers(message, policy), [], []
    for part in message.walk():
        if part.is_multipart():
            continue
        name, content = file_name(part, policy), part.get_payload(decode=True)
        if name:
            names.append(name)
            (directory / str(len(names))).write_bytes(content)
        else:
            texts.append(content.decode(part.get_content_charset("utf-8"), "replace"))
    return found, texts, names


def main():
    policy, directory = getattr(email.policy, sys.argv[1]), Path(sys.argv[2])
    for mail in map(Path, sys.argv[3:]):
        unpack(mail, directory / mail.name, policy)


if __name__ == "__main__":
    main()
