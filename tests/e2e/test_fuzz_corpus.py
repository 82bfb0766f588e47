"""The inputs of tests/fuzz/corpus, those that once broke something among them: each is read, or refused with a reason."""

import io
import json
import subprocess
import zipfile

import pytest
from installation import BUILD, PROGRAM, ROOT

CORPUS = ROOT / "tests" / "fuzz" / "corpus"


def file_of(path):
    """What the target of `make fuzz` makes of an input (tests/fuzz/NAME.c)."""
    content = path.read_bytes()
    if path.parent.name != "docx" or not content.startswith(b"<"):
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", content)
    return out.getvalue()


@pytest.fixture(scope="module")
def params(tmp_path_factory):
    said = subprocess.run([PROGRAM, "--config", ROOT / "config" / "shoujian.conf", "campaign", "--json"],
                          capture_output=True, check=True)
    path = tmp_path_factory.mktemp("params") / "params.json"
    path.write_bytes(said.stdout)
    return path


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_is_read_or_refused(path, params, tmp_path):
    file, outdir = tmp_path / "file", tmp_path / "out"
    file.write_bytes(file_of(path))
    outdir.mkdir()
    done = subprocess.run([BUILD / "filters" / path.parent.name, "--params", params, file, outdir],
                          capture_output=True, timeout=60)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == b""
    assert done.returncode == 0 or (done.returncode == 65 and any("note" in line for line in lines))
