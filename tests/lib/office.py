"""Documents in other forms than docx, made by LibreOffice from the samples."""

import shutil
import subprocess
import tempfile
from pathlib import Path

FORMATS = {"doc": "doc", "rtf": "rtf", "odt": "odt", "html": "html"}


def convert(paths, ending, directory):
    """The files at PATHS as FORMATS[ENDING], in DIRECTORY; all in one run."""
    profile = tempfile.mkdtemp(prefix="shoujian-office-")
    try:
        subprocess.run(["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
                        FORMATS[ending], "--outdir", directory, *paths], check=True, capture_output=True, timeout=300)
    finally:
        shutil.rmtree(profile)
    made = [Path(directory) / f"{Path(path).stem}.{ending}" for path in paths]
    missing = [path.name for path in made if not path.exists()]
    if missing:
        raise RuntimeError(f"LibreOffice did not make {missing}")
    return made


def as_word_page(html):
    """As Word saves a page: what it declares is how it is known."""
    return html.replace(b"<html>", b'<html xmlns:o="urn:schemas-microsoft-com:office:office"\n'
                                   b'xmlns:w="urn:schemas-microsoft-com:office:word">', 1)


def word_page(text):
    return as_word_page(f'<html><head><meta http-equiv=Content-Type content="text/html; charset=utf-8"></head>'
                        f"<body>{text}</body></html>".encode())
