"""The mails of the bench: a form and a stamped scan each, of as many units as there are mails."""

import ctypes
import itertools
from datetime import datetime, timedelta

from mails import BEIJING, form, mail, scan

NOW = datetime.now(BEIJING).replace(microsecond=0)
QUOTED = "关于征集2024年度科技创新“揭榜挂帅”项目技术需求的通知：请各有关单位按要求填写需求表，加盖公章后报送。\n"


def window():
    """The campaign's dates, so that today lies in the middle: no clock has to be set back."""
    def day(offset):
        return f"{NOW + timedelta(days=offset):%Y-%m-%d} 00:00"
    return {"opens": day(-20), "deadline": day(10), "closes": day(12)}


def large(count):
    """COUNT mails of about 220 KB: form and a scan of 150 KB."""
    jpeg, width, height = _page()
    for number in range(count):
        yield _letter(number, [("盖章扫描件.pdf", _pdf(_numbered(jpeg, number), width, height))])


def small(count):
    """COUNT mails of about 20 KB: the form, and the notice quoted below a line of text."""
    for number in range(count):
        yield _letter(number, [], "您好，附件是我公司的需求表，请查收。\n" + QUOTED * 30)


def plain(count):
    """COUNT mails of about 20 KB: text alone, of people who ask."""
    for number in range(count):
        yield _letter(number, None, f"请问第{number}批怎么申报？\n" + QUOTED * 45)


def mixed(count):
    """COUNT mails, eight of ten as `large` makes them, one as `small` and one as `plain`."""
    kinds = [large(count), small(count), plain(count)]
    for number, mails in enumerate(zip(*kinds)):
        yield mails[max(number % 10 - 7, 0)]


def huge():
    """One mail of 68 MB, with a scan that is as large as that."""
    jpeg, width, height = _page()
    noise = bytes(itertools.islice(itertools.cycle(jpeg[1000:-1000]), 49_500_000))
    return _letter(0, [("盖章扫描件.pdf", _pdf(_numbered(jpeg, 0), width, height, noise))])


def _letter(number, files, text="您好，附件是我公司的需求表，请查收。"):
    """From a sender of its own, received in the last two days: not too late to be answered."""
    at = NOW - timedelta(days=2) + number % 2_800 * timedelta(minutes=1)
    filled = form(unit_name=f"湘潭市第{number + 1}新材料有限公司", credit_code=_credit_code(number),
                  demand_name=f"第{number + 1}号正极材料规模化制备技术")
    return mail(f"unit{number:06d}@qq.com", f"第{number + 1}公司", text=text, at=f"{at:%Y-%m-%d %H:%M:%S}",
                files=[("需求表.docx", filled), *files] if files is not None else [])


def _credit_code(number):
    """GB 32100: 17 characters and one to check them."""
    characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91430300MA{number:07d}"
    total = sum(characters.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + characters[-total % 31]


def _page():
    """A stamped page of the fixtures at 150 dpi: its JPEG of about 150 KB, width and height in pixels."""
    pdf = scan("colour.pdf")
    original = pdf[pdf.index(b"\xff\xd8\xff"):pdf.index(b"\nendstream")]
    leptonica = ctypes.CDLL("liblept.so.5")
    leptonica.pixReadMem.restype = leptonica.pixScale.restype = ctypes.c_void_p
    leptonica.pixScale.argtypes = [ctypes.c_void_p, ctypes.c_float, ctypes.c_float]
    page = ctypes.c_void_p(leptonica.pixScale(leptonica.pixReadMem(original, ctypes.c_size_t(len(original))), 0.75, 0.75))
    data, size = ctypes.POINTER(ctypes.c_char)(), ctypes.c_size_t()
    if leptonica.pixWriteMemJpeg(ctypes.byref(data), ctypes.byref(size), page, 24, 0) != 0:
        raise RuntimeError("leptonica wrote no JPEG")
    return data[:size.value], leptonica.pixGetWidth(page), leptonica.pixGetHeight(page)


def _numbered(jpeg, number):
    """With a comment behind its first two bytes."""
    comment = f"page {number}".encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _pdf(jpeg, width, height, unused=None):
    """One A4 page that is the picture; UNUSED stands in a stream that no page shows."""
    show = b"q 595.28 0 0 841.89 0 0 cm /I Do Q"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [5 0 R] >>",
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8"
        b" /Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (width, height, len(jpeg), jpeg),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(show), show),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Resources << /XObject << /I 3 0 R >> >>"
        b" /Contents 4 0 R >>",
    ]
    if unused is not None:
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(unused), unused))
    out, places = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out) + end % (len(places) + 1, table, len(places) + 1, len(out))
