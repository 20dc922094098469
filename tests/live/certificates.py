"""Certificates for one test: made new each time, trusted by nobody else."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Certificate:
    cert: Path  # also the CA file that makes a client trust it
    key: Path


def make_certificate(directory, name="server", names=("DNS:localhost", "IP:127.0.0.1")):
    directory = Path(directory)
    made = Certificate(directory / f"{name}.pem", directory / f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", made.key, "-out", made.cert, "-days", "30", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=" + ",".join(names)],
        check=True, capture_output=True)
    return made
