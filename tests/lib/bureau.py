"""A county bureau that forwards the forms of many enterprises."""

from mails import form, mail, scan

BUREAU = "gxj@xiangtan.gov.cn"
SCAN = scan("photo.jpg")


def credit_code(number):
    """One of its own for each enterprise, with its check digit (GB 32100-2015)."""
    digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = f"91430300MA4L{number:05d}"
    total = sum(digits.index(digit) * pow(3, place, 31) for place, digit in enumerate(code))
    return code + digits[-total % 31]


def filled(number, **changes):
    """The form of enterprise NUMBER."""
    return form(unit_name=f"湘潭第{number}轴承有限公司", credit_code=credit_code(number),
                demand_name=f"第{number}项永磁电机轴承可靠性技术", **changes)


def passed_on(number, at, scanned=True, proved=True, **changes):
    """The mail about it."""
    files = [(f"第{number}家/需求表.docx", filled(number, **changes))]
    files += [(f"第{number}家/盖章件.jpg", SCAN + b"%d" % number)] if scanned else []
    return mail(BUREAU, "县工信局", f"转报第{number}家揭榜挂帅需求表", "请查收。", files, at, style="utf8",
                proved=proved)
