#!/usr/bin/env python3
"""Compares the integrity that `tongban verify` reports with an independent checker.

The checker shares nothing with Tongban: zipfile and ElementTree read the package, forty lines here read DER, hashlib
computes digests, and the openssl program checks every SM2, RSA and ECDSA signature.

Needs python3 and openssl 3.0 or later. Run after the tests, which leave their forgeries in target/attacks:

    cargo build && cargo test --test attacks && python3 tests/oracle_ofd.py target/debug/tongban FILE-OR-DIRECTORY...

Prints one line a disagreement and a summary; exits 1 if there is any disagreement.
"""

import base64
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile

DIGESTS = {
    "1.2.156.10197.1.401": "sm3", "2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512", "1.3.14.3.2.26": "sha1", "sm3": "sm3", "sha1": "sha1", "sha256": "sha256",
}
SIGNATURES = {
    "1.2.156.10197.1.501": "sm3", "1.2.156.10197.1.301.1": "sm3", "1.2.156.10197.6.1.4.2.2": "sm3",
    "1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.5": "sha1", "1.2.840.10045.4.3.2": "sha256",
}


# Reviewed: Tongban refuses what the checker, lenient by design, reads on. An agreement here is an error too.
REFUSED = {
    "prefixed": "the file does not begin as a ZIP; the checker looks for the end record only",
    "reference-climbing": "a path that leaves the package makes the description unreadable, not the file changed",
    "two-signed-infos": "an element that may stand once stands twice; the checker takes the first",
}


class Unreadable(Exception):
    """The structure is not what it must be."""


def values(data):
    """The values in `data`: (tag, content, whole), BER lengths allowed."""
    out, at = [], 0
    while at < len(data):
        value, at = one(data, at)
        if value is None:
            break
        out.append(value)
    return out


def one(data, at):
    if data[at:at + 2] == b"\0\0":
        return None, at + 2
    start, tag = at, data[at]
    length, at = data[at + 1], at + 2
    if length == 0x80:
        inner = at
        while True:
            value, at = one(data, at)
            if value is None:
                return (tag, data[inner:at - 2], data[start:at]), at
    if length > 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at:at + count], "big"), at + count
    if at + length > len(data):
        raise Unreadable("cut off")
    return (tag, data[at:at + length], data[start:at + length]), at + length


def only(data):
    found = values(data)
    if len(found) != 1 or found[0][2] != data:
        raise Unreadable("not one value")
    return values(found[0][1])


def oid(content):
    arcs, arc = [], 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def encoded(tag, content):
    length = len(content)
    head = bytes([length]) if length < 0x80 else bytes([0x80 | (length.bit_length() + 7) // 8]) + length.to_bytes(
        (length.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + content


def der(value):
    """A BER value as DER."""
    tag, content, _ = value
    if tag & 0x20 == 0:
        return encoded(tag, content)
    parts = [der(part) for part in values(content)]
    if tag == 0x24:
        return encoded(4, b"".join(values(part)[0][1] for part in parts))
    return encoded(tag, b"".join(parts))


def holds(certificate, digest, message, signature):
    """Whether openssl finds `signature` good."""
    if digest == "sm3":
        signature = sm2_der(signature)
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory)
        (path / "m").write_bytes(message)
        (path / "s").write_bytes(signature)
        (path / "c").write_bytes(certificate)
        key = subprocess.run(["openssl", "x509", "-inform", "DER", "-in", path / "c", "-noout", "-pubkey"],
                             capture_output=True, check=False)
        if key.returncode:
            raise Unreadable("certificate")
        (path / "k").write_bytes(key.stdout)
        options = ["-sigopt", "distid:1234567812345678"] if digest == "sm3" else []
        command = ["openssl", "dgst", f"-{digest}", "-verify", path / "k", *options, "-signature", path / "s", path / "m"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def sm2_der(signature):
    """r and s in minimal DER, from 64 bytes or from loose integers."""
    if len(signature) == 64:
        numbers = [signature[:32], signature[32:]]
    else:
        numbers = [content for _, content, _ in only(signature)]
    integer = lambda raw: encoded(2, int.from_bytes(raw, "big").to_bytes(
        int.from_bytes(raw, "big").bit_length() // 8 + 1, "big"))
    return encoded(0x30, b"".join(map(integer, numbers)))


def seal_intact(raw):
    fields = values(values(raw)[0][1])
    if len(fields) == 2:
        maker, algorithm, signature = values(fields[1][1])[:3]
        message = encoded(0x30, fields[0][2] + maker[2] + algorithm[2])
    else:
        maker, algorithm, signature = fields[1:4]
        message = fields[0][2]
    return holds(maker[1], SIGNATURES[oid(algorithm[1])], message, signature[1][1:])


def ses_intact(value, content):
    outer = only(value)
    statement = values(outer[0][1])
    if len(outer) == 2:
        signer, algorithm, signature = statement[5], statement[6], outer[1]
    else:
        signer, algorithm, signature = outer[1:4]
    digest = SIGNATURES[oid(algorithm[1])]
    bound = hashlib.new(digest, content).digest() == statement[3][1][1:]
    return bound and holds(signer[1], digest, outer[0][2], signature[1][1:]) and seal_intact(statement[1][2])


def cms_intact(value, content):
    info = only(der(values(value)[0]))
    data = values(values(info[1][1])[0][1])
    inside = values(data[2][1])
    enclosed = values(inside[1][1])[0][1] if len(inside) > 1 else None
    signers = values(data[-1][1])
    if len(signers) != 1:
        raise Unreadable("signers")
    certificates = [whole for tag, body, _ in data if tag == 0xA0 for _, _, whole in values(body)]
    fields = values(signers[0][1])
    digest = DIGESTS[oid(values(fields[2][1])[0][1])]
    named = fields[1][1]
    certificate = next((one for one in certificates if matches(one, named)), None)
    if certificate is None:
        return None
    if enclosed is not None and enclosed not in (content, hashlib.new(digest, content).digest()):
        return False
    message = signed = enclosed if enclosed is not None else content
    at = 3
    if fields[3][0] == 0xA0:
        at, message = 4, encoded(0x31, fields[3][1])
        attributes = {oid(values(one)[0][1]): values(values(one)[1][1]) for _, one, _ in values(fields[3][1])}
        if attributes["1.2.840.113549.1.9.4"][0][1] != hashlib.new(digest, signed).digest():
            return False
        if attributes["1.2.840.113549.1.9.3"][0][1] != inside[0][1]:
            return False
    return holds(certificate, digest, message, fields[at + 1][1])


def matches(certificate, named):
    fields = values(values(values(certificate)[0][1])[0][1])
    skip = 1 if fields[0][0] == 0xA0 else 0
    return fields[skip + 2][2] + fields[skip][2] == named


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def find(element, name):
    return next((one for one in element.iter() if local(one) == name), None)


def resolve(base, location):
    location = location.strip()
    parts = [] if location.startswith("/") else base.split("/")[:-1]
    return "/".join(part for part in parts + location.split("/") if part not in ("", "."))


def signatures(data):
    """(id, integrity) of every signature, or None if the package cannot be read."""
    package = zipfile.ZipFile(io.BytesIO(data))
    read = lambda name: package.read(name)
    root = ElementTree.fromstring(read("OFD.xml"))
    out = []
    for body in (one for one in root if local(one) == "DocBody"):
        listed = next((one for one in body if local(one) == "Signatures"), None)
        if listed is None:
            continue
        entry = resolve("OFD.xml", listed.text)
        for row in (one for one in ElementTree.fromstring(read(entry)) if local(one) == "Signature"):
            try:
                intact = judge(read, resolve(entry, row.get("BaseLoc")))
            except (AttributeError, KeyError, IndexError, Unreadable, ElementTree.ParseError, StopIteration, ValueError):
                intact = None
            out.append((row.get("ID"), {True: "intact", False: "broken", None: "unchecked"}[intact]))
    return out


def judge(read, entry):
    content = read(entry)
    root = ElementTree.fromstring(content)
    references = find(root, "References")
    digest = DIGESTS[references.get("CheckMethod").lower()]
    rows = [one for one in references if local(one) == "Reference"]
    names = [resolve("", row.get("FileRef")) for row in rows]
    if not rows:
        return None
    whole = len(set(names)) == len(names)
    for name, row in zip(names, rows):
        try:
            whole &= hashlib.new(digest, read(name)).digest() == base64.b64decode(find(row, "CheckValue").text)
        except KeyError:
            whole = False
    value = read(resolve(entry, find(root, "SignedValue").text))
    if value[:1] == b"M":
        value = base64.b64decode(value)
    first = values(values(value)[0][1])[0]
    if first[0] == 6:
        good = cms_intact(value, content)
    elif first[0] == 0x30:
        good = ses_intact(value, content)
    else:
        good = None
    return False if not whole else good


def main():
    program, *paths = sys.argv[1:]
    files = [file for path in map(pathlib.Path, paths) for file in (sorted(path.rglob("*.ofd")) if path.is_dir() else [path])]
    agreed, refused, differing = 0, 0, 0
    for file in files:
        run = subprocess.run([program, "verify", "--json", file], capture_output=True, check=False)
        ours = json.loads(run.stdout)
        if any(reason["severity"] == "fatal" for reason in ours["reasons"]) and not ours["signatures"]:
            # Containers that Tongban refuses as ambiguous or costly are often read by others; that is the point.
            refused += 1
            continue
        try:
            theirs = signatures(file.read_bytes())
        except (KeyError, ElementTree.ParseError, zipfile.BadZipFile) as error:
            theirs = repr(error)
        ours = [(one["id"], one["integrity"]) for one in ours["signatures"]]
        if (ours == theirs) != (file.stem in REFUSED):
            agreed += 1
        else:
            differing += 1
            print(f"{file}: tongban {ours}, oracle {theirs}")
    print(f"{agreed} as expected, {differing} not, {refused} refused whole")
    return 1 if differing or not agreed else 0


if __name__ == "__main__":
    sys.exit(main())
