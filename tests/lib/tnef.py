"""winmail.dat: what Outlook makes of a mail with its attachments, as [MS-OXTNEF] has it."""

import struct

MESSAGE, ATTACHMENT = 1, 2  # levels of attributes
SUBJECT, BODY, CODEPAGE, MESSAGE_PROPERTIES = 0x00018004, 0x0002800c, 0x00069007, 0x00069003
RENDERING, TITLE, DATA, PROPERTIES = 0x00069002, 0x00018010, 0x0006800f, 0x00069005

STRING8, UNICODE, BINARY, OBJECT, BOOLEAN, LONG, CURRENCY, SYSTIME = 0x1e, 0x1f, 0x102, 0xd, 0xb, 3, 6, 0x40
LONG_FILENAME, DISPLAY_NAME, ATTACH_DATA, ATTACH_METHOD, HIDDEN = 0x3707, 0x3001, 0x3701, 0x3705, 0x7ffe

I_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
I_STORAGE = bytes.fromhex("0b00000000000000c000000000000046")


def attribute(level, number, content, size=None, checksum=None):
    """SIZE and CHECKSUM: those announced, when they are wrong."""
    return (struct.pack("<BII", level, number, len(content) if size is None else size) + content
            + struct.pack("<H", sum(content) & 0xffff if checksum is None else checksum))


def padded(content):
    return content + bytes(-len(content) % 4)


def one(tag, kind, value):
    """A property of one value."""
    head = struct.pack("<HH", kind, tag)
    if isinstance(tag, int) and tag >= 0x8000:  # a named one
        head += bytes(16) + struct.pack("<II", 1, 10) + padded("Name\0".encode("utf-16-le"))
    if kind in (STRING8, UNICODE, BINARY, OBJECT):
        return head + struct.pack("<II", 1, len(value)) + padded(value)
    return head + padded(value)


def name(text, tag=LONG_FILENAME):
    """As Unicode, or as bytes of some code page."""
    if isinstance(text, bytes):
        return one(tag, STRING8, text + b"\0")
    return one(tag, UNICODE, (text + "\0").encode("utf-16-le"))


def properties(*given):
    return struct.pack("<I", len(given)) + b"".join(given)


# What Outlook writes before those that matter: each of a size of its own.
USUAL = [one(0x0e20, LONG, bytes(4)), one(0x3007, SYSTIME, bytes(8)), one(0x0057, CURRENCY, bytes(8)),
         one(0x8001, BOOLEAN, b"\1\0"), one(0x3702, BINARY, b"abc"),
         struct.pack("<HHIII", 0x1000 | LONG, 0x3703, 2, 7, 7),
         struct.pack("<HHI", 0x1000 | STRING8, 0x3704, 2) + (struct.pack("<I", 2) + padded(b"x\0")) * 2]


def attachment(content=None, long=None, title=None, more=(), wrong=None, inside=None, size=None):
    """CONTENT as attAttachData, or INSIDE, an object with its interface before it. LONG: the long name, TITLE the short
    one as bytes. WRONG: the attribute whose checksum is wrong; SIZE: the size announced for the content."""
    given = [*USUAL, *more]
    if long is not None:
        given.append(name(long))
    if inside is not None:
        given.append(one(ATTACH_DATA, OBJECT, inside))
    attributes = [(RENDERING, struct.pack("<HiHHI", 1, -1, 0, 0, 0))]
    if title is not None:
        attributes.append((TITLE, title + b"\0"))
    if content is not None:
        attributes.append((DATA, content))
    attributes.append((PROPERTIES, properties(*given)))
    return b"".join(attribute(ATTACHMENT, number, content, size if number == DATA else None,
                              (sum(content) + 1) & 0xffff if number == wrong else None)
                    for number, content in attributes)


def message(inner, subject):
    """INNER, a whole winmail.dat, as a forwarded mail."""
    return attachment(inside=I_MESSAGE + inner, more=[name(subject, DISPLAY_NAME), one(ATTACH_METHOD, LONG, b"\5\0\0\0")])


def tnef(*attachments, codepage=936, body="您好，附件是我公司的需求表。"):
    head = attribute(MESSAGE, 0x00089006, b"\0\0\1\0")
    if codepage is not None:
        head += attribute(MESSAGE, CODEPAGE, struct.pack("<II", codepage, 0))
    head += attribute(MESSAGE, SUBJECT, "技术需求表".encode("gbk") + b"\0") + attribute(MESSAGE, BODY, body.encode("gbk") + b"\0")
    head += attribute(MESSAGE, MESSAGE_PROPERTIES, properties(name("技术需求表", 0x0037), *USUAL))
    return b"\x78\x9f\x3e\x22\x01\x00" + head + b"".join(attachments)
