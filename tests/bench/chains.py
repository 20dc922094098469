"""Certificate chains as providers have them, since a client keeps what its server sent."""

import subprocess
from pathlib import Path

KINDS = {"ecdsa": (["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], 1),
         "rsa": (["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], 2)}
AUTHORITY = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Chain:
    """A root, one intermediate (ECDSA) or two (RSA), and a leaf for each address asked for. A
    server sends leaf and intermediates: two certificates, or three."""

    def __init__(self, directory, kind):
        self.dir, self.kind = Path(directory), kind
        self.dir.mkdir(parents=True, exist_ok=True)
        self._key_words, intermediates = KINDS[kind]
        self.certificates = intermediates + 1
        self._above = self._make("root", "/O=Benchmark Trust/CN=Root", AUTHORITY, None)
        self.root = self._above[0]
        self._sent = []
        for number in range(intermediates):
            name = f"intermediate-{number}"
            self._above = self._make(name, f"/O=Benchmark Trust/CN={name}", AUTHORITY, self._above)
            self._sent.insert(0, self._above[0])
        self.key = self._key("leaf")

    def _key(self, name):
        path = self.dir / f"{name}.key"
        openssl("genpkey", "-algorithm", *self._key_words, "-out", path)
        return path

    def _make(self, name, subject, extensions, above, key=None):
        """(certificate, key), signed by `above` or by itself."""
        key = key or self._key(name)
        cert, request, more = (self.dir / f"{name}.{end}" for end in ("pem", "csr", "ext"))
        more.write_text(extensions)
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        signer = ["-signkey", key] if above is None else ["-CA", above[0], "-CAkey", above[1],
                                                          "-CAcreateserial"]
        openssl("x509", "-req", "-in", request, *signer, "-days", "30", "-sha256", "-extfile", more,
                "-out", cert)
        return cert, key

    def leaf(self, address):
        """A file with all that a server at this address sends."""
        extensions = (f"subjectAltName=IP:{address}\nkeyUsage=digitalSignature\n"
                      "extendedKeyUsage=serverAuth\n")
        cert, _ = self._make(f"leaf-{address}", f"/CN={address}", extensions, self._above, self.key)
        whole = self.dir / f"chain-{address}.pem"
        whole.write_bytes(b"".join(path.read_bytes() for path in (cert, *self._sent)))
        return whole
