"""A throw-away certificate authority and the certificates of servers, made with openssl(1)."""

import os
import subprocess
from pathlib import Path

# The tests live in 2024 (libfaketime), openssl in the real year: the certificates are good in both.
VALID = ["-startdate", "20200101000000Z", "-enddate", "20491231235959Z"]

CONFIG = """
[ca]
default_ca = house
[house]
dir = {dir}
database = {dir}/index.txt
new_certs_dir = {dir}
serial = {dir}/serial
default_md = sha256
policy = policy
unique_subject = no
[policy]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = {san}
"""


class Authority:
    """A CA in DIRECTORY: `ca` is its certificate, `server()` issues for names."""

    def __init__(self, directory, name="Throw-away CA"):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "index.txt").write_text("")
        (self.directory / "serial").write_text("1000\n")
        self._issued = {}
        self.ca = self.directory / "ca.pem"
        self._key = self.directory / "ca.key"
        request = self._request("ca", name, self._key)
        self._sign(request, self.ca, "authority", ["-selfsign", "-keyfile", str(self._key)])

    def server(self, label="localhost", names=("DNS:localhost", "IP:127.0.0.1")):
        """The paths (certificate, key) of a server that goes by NAMES; issued once."""
        if (label, names) not in self._issued:
            self._issued[label, names] = self._issue(label, names)
        return self._issued[label, names]

    def _issue(self, label, names):
        key, certificate = self.directory / f"{label}.key", self.directory / f"{label}.pem"
        request = self._request(label, label, key)
        self._sign(request, certificate, "server",
                   ["-cert", str(self.ca), "-keyfile", str(self._key)], names)
        return certificate, key

    def _request(self, label, common_name, key):
        request = self.directory / f"{label}.csr"
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-subj", f"/CN={common_name}", "-keyout", str(key), "-out", str(request))
        os.chmod(key, 0o600)
        return request

    def _sign(self, request, certificate, section, with_key, names=("DNS:unused",)):
        config = self.directory / "openssl.cnf"
        config.write_text(CONFIG.format(dir=self.directory, san=",".join(names)))
        _openssl("ca", "-batch", "-notext", "-config", str(config), "-extensions", section,
                 *VALID, *with_key, "-in", str(request), "-out", str(certificate))


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")
