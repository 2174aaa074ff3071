#!/usr/bin/env python3
"""Holds the judgement of signed PDF against pyHanko, and makes samples that the forge cannot.

Needs pyHanko 0.38, which brings everything else:

    python3 -m venv target/oracle && target/oracle/bin/pip install 'pyhanko==0.38.*'

Compare files; one line for each signature that the two see differently, exit code 1 if that is not as reviewed:

    cargo build
    KEEP_FORGED=1 cargo test --test forged_pdf
    target/oracle/bin/python tests/oracle_pdf.py compare target/debug/tongban \
        ../shared/corpus/pdf/*.pdf tests/samples/*.pdf target/tmp/forged_pdf/*.pdf

Compared are the range of bytes, the digest of what it covers, the signature value where pyHanko knows the algorithm
(SM2 it does not), and whether later revisions changed more than they may. Trust is not compared.

Make the samples in tests/samples anew, with keys that are thrown away:

    target/oracle/bin/python tests/oracle_pdf.py make tests/samples
"""

import datetime
import hashlib
import io
import json
import logging
import pathlib
import subprocess
import sys

from asn1crypto import algos, cms, core, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic, writer
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, SuspiciousModification
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

# What pyHanko says about each file is compared, not printed.
logging.disable(logging.CRITICAL)


def by_oracle(path):
    """One dict a signature, or a string if the file is refused."""
    try:
        reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=False)
        embedded = list(reader.embedded_signatures)
    except Exception as error:  # noqa: BLE001, any refusal is one
        return f"refused: {error}"
    found = []
    for one in embedded:
        facts = {"name": one.field_name, "value": None}
        try:
            one.coverage = one.evaluate_signature_coverage()
            facts["covers"] = one.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
            level = ModificationLevel.NONE
            if one.coverage != SignatureCoverageLevel.ENTIRE_FILE:
                result = one.evaluate_modifications(DEFAULT_DIFF_POLICY)
                suspicious = isinstance(result, SuspiciousModification)
                level = ModificationLevel.OTHER if suspicious else result.modification_level
            allowed = one.docmdp_level
            facts["changed"] = level == ModificationLevel.OTHER or (
                allowed is not None and level.value > allowed.value
            )
        except Exception as error:  # noqa: BLE001
            facts["error"] = repr(error)
        try:
            context = ValidationContext(trust_roots=[], allow_fetching=False)
            status = validate_pdf_signature(one, signer_validation_context=context)
            facts["value"] = status.intact and status.valid
        except Exception as error:  # noqa: BLE001
            facts["unknown"] = str(error)
        found.append(facts)
    return found


def by_us(binary, path):
    output = subprocess.run(
        [binary, "verify", "--json", "--at", "2026-11-21T08:00:00Z", str(path)], capture_output=True, check=False
    )
    return json.loads(output.stdout)


BAD_RANGE = ("pdf.byte_range", "pdf.contents_missing")


def differences(path, oracle, ours):
    ours_fatal = [r["code"] for r in ours["reasons"] if r["severity"] == "fatal"]
    if isinstance(oracle, str):
        fatal = ours_fatal + [r["code"] for s in ours["signatures"] for r in s["reasons"] if r["severity"] == "fatal"]
        if not any(not code.startswith("chain.") for code in fatal):
            yield f"pyHanko {oracle}; here {ours['verdict']}"
        return
    if ours_fatal:
        # Refused whole: stricter is no disagreement about a signature.
        return
    signatures = {s["id"]: s for s in ours["signatures"]}
    for facts in oracle:
        own = signatures.get(facts["name"])
        if own is None:
            yield f"{facts['name']}: not seen here"
            continue
        codes = [r["code"] for r in own["reasons"] if r["severity"] == "fatal" and r["code"].startswith("pdf.")]
        if "error" in facts:
            if not codes and own["integrity"] == "intact":
                yield f"{facts['name']}: pyHanko stops with `{facts['error']}`; here intact"
            continue
        ranged = not any(code.startswith(BAD_RANGE) for code in codes)
        if ranged != facts["covers"]:
            yield f"{facts['name']}: range in order {facts['covers']} there, {ranged} here"
            continue
        if ranged and facts["changed"] != bool(codes):
            yield f"{facts['name']}: changed {facts['changed']} there, here {codes or 'not'}"
        if ranged and facts["value"] is not None and facts["value"] != (own["integrity"] == "intact"):
            yield f"{facts['name']}: holds {facts['value']} there, {own['integrity']} here"


# Where the two are known to differ, and why; where it says nothing else, pyHanko lets it pass.
REVIEWED = {
    "contents-with-white-space.pdf": "white space in the gap is a place to hide things in",
    "padding-not-zero.pdf": "so are bytes behind the value",
    "field-filled-locked.pdf": "pyHanko takes a lock from the FieldMDP transform alone, not from the field",
    "field-with-an-action-added.pdf": "a new field brings an action with it",
    "large-timestamp-appearance.pdf": "a timestamp by anyone at all covers the page",
    "shown-empty-field-added.pdf": "an unsigned field shows something",
    "shadow-replace-appearance.pdf": "a field looks different and has the value that it had",
    "hybrid-later.pdf": "old readers see another document than new ones; pyHanko refuses it in its strict mode alone",
    "two-fields-one-signature.pdf": "one signature is shown as two",
    "annotation-added-certification-3.pdf": "the certification allows it, which pyHanko does not look into",
    "form-update-ap-indirect-sneaky-trailer.pdf": "see tests/corpus_pdf_divergences.tsv",
    "form-update-no-override-appearance-stream-ap-indirect-sneaky.pdf": "see tests/corpus_pdf_divergences.tsv",
    "cms-gbt35275.pdf": "pyHanko does not know the object identifiers of GB/T 35275",
    "ed448-disallowed-hash.pdf": "Ed448 is not checked here",
    "ed448-shake256-nolen.pdf": "Ed448 is not checked here",
    "ed448.pdf": "Ed448 is not checked here",
    "ecdsa-p521.pdf": "ECDSA over P-521 is not checked here",
    "rsa-pss-long-salt.pdf": "RSA-PSS is checked only with a salt as long as the digest",
}


def compare(binary, paths):
    unexpected, differing = 0, set()
    for path in map(pathlib.Path, paths):
        for difference in differences(path, by_oracle(path), by_us(binary, path)):
            reason = REVIEWED.get(path.name)
            unexpected += reason is None
            differing.add(path.name)
            print(f"{path.name}: {difference} ({reason or 'not reviewed'})")
    for name in sorted({path.name for path in map(pathlib.Path, paths)} & REVIEWED.keys() - differing):
        unexpected += 1
        print(f"{name}: a difference is expected and there is none")
    print(f"{len(paths)} files, {len(differing)} with differences, {unexpected} not as reviewed")
    return 1 if unexpected else 0


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certified(key, issuer, issuer_key, algorithm, authority=False):
    """A certificate of `key` by `issuer`; of the issuer itself if it is the issuer's key."""
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named(issuer if key is issuer_key else "Sample of " + type(key).__name__))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(1000)
        .not_valid_before(datetime.datetime(2026, 1, 1))
        .not_valid_after(datetime.datetime(2036, 1, 1))
        .add_extension(
            x509.KeyUsage(
                not authority, not authority, False, False, False, authority, authority, False, False
            ),
            critical=True,
        )
    )
    if authority:
        certificate = certificate.add_extension(x509.BasicConstraints(True, None), critical=True)
    certificate = certificate.sign(issuer_key, algorithm)
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def identity(key, algorithm):
    return certified(key, "Sample of " + type(key).__name__, key, algorithm)


def private(key):
    return keys.PrivateKeyInfo.load(
        key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def blank():
    """A document of one empty page."""
    document = writer.PdfFileWriter(stream_xrefs=False)
    document.insert_page(
        writer.PageObject(
            contents=document.add_object(generic.StreamObject(stream_data=b"")), media_box=(0, 0, 595, 842)
        )
    )
    out = io.BytesIO()
    document.write(out)
    return out


def sign(path, key, algorithm, certificate=None, digest="sha256", **options):
    signer = signers.SimpleSigner(
        signing_cert=certificate or identity(key, algorithm),
        signing_key=private(key),
        cert_registry=SimpleCertificateStore(),
        **options,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature1",
        md_algorithm=digest,
        subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
    )
    file = blank()
    file.seek(0)
    out = signers.sign_pdf(IncrementalPdfFileWriter(file), metadata, signer=signer)
    path.write_bytes(out.getvalue())


def sign_by_hand(path, sub_filter, value, entries=b""):
    """A revision with a field and a signature, whose value `value` makes from what it covers."""
    file = blank().getvalue()
    reader = PdfFileReader(io.BytesIO(file))
    root, size = reader.root_ref.idnum, int(reader.trailer["/Size"])
    page = reader.root["/Pages"]["/Kids"].raw_get(0).idnum
    pages, contents = reader.root.raw_get("/Pages").idnum, reader.root["/Pages"]["/Kids"][0].raw_get("/Contents").idnum
    room = 4096
    objects = {
        root: b"<</Type/Catalog/Pages %d 0 R/AcroForm<</SigFlags 3/Fields[%d 0 R]>>>>" % (pages, size),
        page: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<<>>/Annots[%d 0 R]>>"
        % (pages, contents, size),
        size: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/F 132/Rect[0 0 0 0]/P %d 0 R/V %d 0 R>>"
        % (page, size + 1),
        size + 1: b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/%s/M(D:20261120080000Z)%s/ByteRange[0 %s]/Contents<%s>>>"
        % (sub_filter, entries, b" " * 32, b"0" * room),
    }
    out, rows = bytearray(file), []
    for number, body in sorted(objects.items()):
        rows.append((number, len(out)))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    previous = int(file.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % row for row in rows)
    out += b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (size + 2, root, previous, start)
    gap = out.index(b"<" + b"0" * room)
    end = gap + room + 2
    at = out.rindex(b"[0 ", 0, gap)
    numbers = b"[0 %d %d %d" % (gap, end, len(out) - end)
    out[at : at + len(numbers)] = numbers
    digits = value(bytes(out[:gap] + out[end:])).hex().encode()
    out[gap + 1 : gap + 1 + len(digits)] = digits
    path.write_bytes(bytes(out))


def signed_data(certificate, algorithm, signature, inside=None):
    """SignedData without signed attributes, around `inside` or detached."""
    name = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(name)}),
            "digest_algorithm": sha256,
            "signature_algorithm": algos.SignedDigestAlgorithm(algorithm),
            "signature": signature,
        }
    )
    content = {"content_type": "data"}
    if inside is not None:
        content["content"] = core.OctetString(inside)
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [sha256],
            "encap_content_info": content,
            "certificates": [certificate],
            "signer_infos": [info],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


def enclosed_sha1(key, certificate):
    def value(content):
        inside = hashlib.sha1(content).digest()
        signature = key.sign(inside, padding.PKCS1v15(), hashes.SHA256())
        return signed_data(certificate, {"algorithm": "sha256_rsa"}, signature, inside)

    return value


def pss(key, certificate):
    """RSA-PSS with a salt as long as the digest, which is what RFC 4055 recommends."""
    sha256 = {"algorithm": "sha256"}
    parameters = {
        "hash_algorithm": sha256,
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
        "salt_length": 32,
    }

    def value(content):
        signature = key.sign(content, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        algorithm = {"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters)}
        return signed_data(certificate, algorithm, signature)

    return value


def make(directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    rsa_key = rsa.generate_private_key(65537, 2048)
    sign(directory / "rsa-pss-long-salt.pdf", rsa_key, hashes.SHA256(), prefer_pss=True)
    sign(directory / "ecdsa-p256.pdf", ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    sign(directory / "ed25519.pdf", ed25519.Ed25519PrivateKey.generate(), None, digest="sha512")
    sign(directory / "ed448.pdf", ed448.Ed448PrivateKey.generate(), None, digest="shake256")
    sign(directory / "ecdsa-p521.pdf", ec.generate_private_key(ec.SECP521R1()), hashes.SHA512(), digest="sha512")
    weak_key = rsa.generate_private_key(65537, 1024)
    root = certified(weak_key, "Sample of a weak authority", weak_key, hashes.SHA256(), authority=True)
    (directory / "weak-authority.der").write_bytes(root.dump())
    certificate = certified(rsa_key, "Sample of a weak authority", weak_key, hashes.SHA256())
    sign(directory / "weak-authority.pdf", rsa_key, hashes.SHA256(), certificate)
    certificate = identity(rsa_key, hashes.SHA256())
    sign_by_hand(directory / "rsa-pss.pdf", b"adbe.pkcs7.detached", pss(rsa_key, certificate))
    sign_by_hand(directory / "pkcs7-sha1.pdf", b"adbe.pkcs7.sha1", enclosed_sha1(rsa_key, certificate))
    sign_by_hand(
        directory / "x509-rsa-sha1.pdf",
        b"adbe.x509.rsa_sha1",
        lambda content: core.OctetString(rsa_key.sign(content, padding.PKCS1v15(), hashes.SHA1())).dump(),
        b"/Cert<%s>" % certificate.dump().hex().encode(),
    )
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "compare":
        sys.exit(compare(sys.argv[2], sys.argv[3:]))
    if len(sys.argv) == 3 and sys.argv[1] == "make":
        sys.exit(make(sys.argv[2]))
    sys.exit(__doc__)
