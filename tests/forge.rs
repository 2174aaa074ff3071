//! What the forge makes, seen by readers that share no code with it: OpenSSL and Python.
//! Where one is absent its checks are skipped with a reason, and fail if `CI` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/programs.rs"]
mod programs;

use std::path::Path;
use std::process::Command;

use tongban::asn1::{Reader, ber, tag, write};
use tongban::clock::Timestamp;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Authority, Cms, Coverage, Encoding, Flavor, Hierarchy, Identity, Layout, License, Method, Name, Package,
    Profile, SealDraft, SealSigners, Seed, Signing, TlsAuthority, Validity, pem, samples, timestamp,
};

const DEPTH: u32 = 32;
/// GB/T 35276-2017 §10.
const ID: &str = "distid:1234567812345678";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn validity() -> Validity {
    Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") }
}

fn now() -> Timestamp {
    at("2026-11-21T08:00:00Z")
}

fn hierarchy() -> Hierarchy {
    Hierarchy::new(&Seed::new("tests"), validity()).unwrap()
}

/// Runs `program` in `directory`; gives what it printed, or fails with what it complained about.
fn run(program: &str, directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).current_dir(directory).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

fn openssl(directory: &Path, arguments: &[&str]) -> String {
    run("openssl", directory, arguments)
}

/// Has OpenSSL check an SM2 signature over `message` by the key in `certificate`.
fn check_signature(directory: &Path, certificate: &[u8], message: &[u8], signature: &[u8]) {
    std::fs::write(directory.join("certificate.pem"), pem("CERTIFICATE", certificate)).unwrap();
    std::fs::write(directory.join("message"), message).unwrap();
    std::fs::write(directory.join("signature"), signature).unwrap();
    let key = openssl(directory, &["x509", "-in", "certificate.pem", "-noout", "-pubkey"]);
    std::fs::write(directory.join("key.pem"), key).unwrap();
    let arguments =
        ["dgst", "-sm3", "-verify", "key.pem", "-sigopt", ID, "-signature", "signature", "message"];
    assert!(openssl(directory, &arguments).contains("Verified OK"));
}

#[test]
fn openssl_accepts_the_certificates() {
    if !programs::available("openssl", "version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let root = Authority::root(&Seed::new("chain"), Name::new("样例机构", "Root"), validity()).unwrap();
    let middle = root.subordinate(Name::new("样例机构", "Middle"), validity()).unwrap();
    let signer = middle.issue(Profile::Signer, Name::new("样例局", "Signer"), validity()).unwrap();
    let encryption =
        middle.issue(Profile::Encryption, Name::new("样例局", "Encryption"), validity()).unwrap();
    assert_eq!(signer.issuers, [middle.certificate().to_vec()]);
    let files = [
        ("root.pem", root.certificate()),
        ("middle.pem", middle.certificate()),
        ("signer.pem", &signer.certificate),
        ("encryption.pem", &encryption.certificate),
    ];
    for (file, certificate) in files {
        std::fs::write(path.join(file), pem("CERTIFICATE", certificate)).unwrap();
    }
    let seconds = now().seconds().to_string();
    // `-vfyopt` reaches the last certificate alone, so each link is verified by itself.
    let common = ["verify", "-vfyopt", ID, "-x509_strict", "-attime", &seconds, "-partial_chain"];
    for (issuer, file) in
        [("root.pem", "middle.pem"), ("middle.pem", "signer.pem"), ("middle.pem", "encryption.pem")]
    {
        let arguments = [&common[..], &["-trusted", issuer, file]].concat();
        assert!(openssl(path, &arguments).contains(": OK"));
    }
    let mut own = Reader::only(root.certificate(), DEPTH).unwrap().enter().unwrap();
    let tbs = own.expect(tag::SEQUENCE).unwrap().raw;
    own.expect(tag::SEQUENCE).unwrap();
    check_signature(path, root.certificate(), tbs, own.bits().unwrap());
    let text = |file| openssl(path, &["x509", "-in", file, "-noout", "-text", "-nameopt", "utf8"]);
    for (file, expected) in [
        ("root.pem", &["CA:TRUE", "Certificate Sign, CRL Sign"][..]),
        ("middle.pem", &["CA:TRUE, pathlen:0"]),
        ("signer.pem", &["Version: 3", "CA:FALSE", "Digital Signature, Non Repudiation", "O=样例局"]),
        ("encryption.pem", &["Key Encipherment, Data Encipherment, Key Agreement"]),
    ] {
        let text = text(file);
        for expected in expected {
            assert!(text.contains(expected), "{file} lacks {expected}:\n{text}");
        }
        assert!(text.contains("SM2-with-SM3") && text.contains("Jan  1 00:00:00 2036 GMT"), "{text}");
    }
}

#[test]
fn openssl_accepts_the_seals_in_every_layout() {
    if !programs::available("openssl", "version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let hierarchy = hierarchy();
    for layout in Layout::ALL {
        let seal = hierarchy.issuer("样例局", "44990000000001", layout).unwrap().seal;
        let mut fields = Reader::only(&seal.der, DEPTH).unwrap().enter().unwrap();
        let info = fields.expect(tag::SEQUENCE).unwrap();
        let mut signature = if layout == Layout::Gm2014 { fields.sequence().unwrap() } else { fields };
        let certificate = signature.octets().unwrap();
        let algorithm = signature.expect(tag::OID).unwrap();
        let value = signature.bits().unwrap();
        signature.finish().unwrap();
        let message = if layout == Layout::Gm2014 {
            write::sequence(&[info.raw, &write::octets(certificate), algorithm.raw])
        } else {
            info.raw.to_vec()
        };
        check_signature(scratch.path(), certificate, &message, value);
    }
}

#[test]
fn openssl_accepts_the_document_signatures_in_every_layout() {
    if !programs::available("openssl", "version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let hierarchy = hierarchy();
    for layout in Layout::ALL {
        let issuer = hierarchy.issuer("样例局", "44990000000001", layout).unwrap();
        for (name, license) in samples(now()).unwrap() {
            let package = issuer.seal_license(&license, now()).unwrap();
            let value = package.get("Doc_0/Signs/Sign_0/SignedValue.dat").unwrap();
            let mut fields = Reader::only(value, DEPTH).unwrap().enter().unwrap();
            let statement = fields.expect(tag::SEQUENCE).unwrap();
            if layout != Layout::Gm2014 {
                assert_eq!(fields.octets().unwrap(), issuer.signer.certificate, "{name}");
                fields.oid().unwrap();
            }
            let signature = fields.bits().unwrap();
            fields.finish().unwrap();
            check_signature(scratch.path(), &issuer.signer.certificate, statement.raw, signature);

            let mut statement = statement.enter().unwrap();
            assert_eq!(statement.unsigned().unwrap(), layout.version());
            assert_eq!(statement.any().unwrap().raw, package.get("Doc_0/Signs/Sign_0/Seal.esl").unwrap());
            statement.any().unwrap();
            let xml = package.get("Doc_0/Signs/Sign_0/Signature.xml").unwrap();
            assert_eq!(statement.bits().unwrap(), DigestAlgorithm::Sm3.digest(xml).as_ref());
            let property = statement.any().unwrap();
            assert_eq!(property.text().unwrap(), "/Doc_0/Signs/Sign_0/Signature.xml");
        }
    }
}

#[test]
fn openssl_accepts_the_signed_data_in_every_flavor() {
    if !programs::available("openssl", "version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let root = Authority::root(&Seed::new("cms"), Name::new("样例机构", "Root"), validity()).unwrap();
    let middle = root.subordinate(Name::new("样例机构", "Middle"), validity()).unwrap();
    let signer = middle.issue(Profile::Signer, Name::new("样例局", "Signer"), validity()).unwrap();
    for flavor in [Flavor::EnclosedDigest, Flavor::SignedAttributes, Flavor::OrdinaryData] {
        let make =
            |encoding| Cms::new(flavor, encoding, &signer, now(), b"content").unwrap().to_bytes().unwrap();
        let (der, indefinite) = (make(Encoding::Der), make(Encoding::Ber));
        assert_eq!(ber::transcode(&indefinite, DEPTH).unwrap(), (der.clone(), true));
        for (file, bytes) in [("cms.der", &der), ("cms.ber", &indefinite)] {
            std::fs::write(scratch.path().join(file), bytes).unwrap();
            openssl(scratch.path(), &["asn1parse", "-inform", "DER", "-in", file]);
        }
        let (message, signature) = signed_message(&der);
        check_signature(scratch.path(), &signer.certificate, &message, &signature);
    }
}

#[test]
fn openssl_reads_the_timestamps() {
    if !programs::available("openssl", "version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let root = Authority::root(&Seed::new("time"), Name::new("样例机构", "Root"), validity()).unwrap();
    let name = Name::new("样例机构", "Timestamper");
    let timestamper = root.issue(Profile::Timestamper, name, validity()).unwrap();
    let token = timestamp(&timestamper, now(), b"message").unwrap();
    std::fs::write(path.join("token"), &token).unwrap();
    let text = openssl(path, &["ts", "-reply", "-in", "token", "-token_in", "-token_out", "-text"]);
    for expected in ["Hash Algorithm: sm3", "Time stamp: Nov 21 08:00:00 2026 GMT", "Policy OID: 2.999.1"] {
        assert!(text.contains(expected), "{text}");
    }
    let (message, signature) = signed_message(&token);
    check_signature(path, &timestamper.certificate, &message, &signature);
    std::fs::write(path.join("root.pem"), pem("CERTIFICATE", root.certificate())).unwrap();
    let seconds = now().seconds().to_string();
    let arguments = ["verify", "-vfyopt", ID, "-x509_strict", "-attime", &seconds, "-purpose"];
    let arguments = [&arguments[..], &["timestampsign", "-CAfile", "root.pem", "certificate.pem"]].concat();
    assert!(openssl(path, &arguments).contains(": OK"));
}

/// What the one SignerInfo of a SignedData signs, and its signature.
fn signed_message(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut content = Reader::only(der, DEPTH).unwrap().enter().unwrap();
    content.oid().unwrap();
    let mut data = content.expect(tag::CONTEXT_0).unwrap().enter().unwrap().sequence().unwrap();
    assert!([1, 3].contains(&data.unsigned().unwrap()));
    data.expect(tag::SET).unwrap();
    let mut enclosed = data.sequence().unwrap();
    enclosed.oid().unwrap();
    let enclosed = enclosed
        .optional(tag::CONTEXT_0)
        .unwrap()
        .map(|content| content.enter().unwrap().octets().unwrap().to_vec());
    data.expect(tag::CONTEXT_0).unwrap();
    let mut signer = data.expect(tag::SET).unwrap().enter().unwrap().sequence().unwrap();
    assert_eq!(signer.unsigned().unwrap(), 1);
    signer.sequence().unwrap();
    signer.sequence().unwrap();
    let attributes = signer.optional(tag::CONTEXT_0).unwrap();
    signer.sequence().unwrap();
    let signature = signer.octets().unwrap().to_vec();
    signer.finish().unwrap();
    let message = attributes.map(|attributes| write::tlv(tag::SET, attributes.value));
    (message.or(enclosed).unwrap(), signature)
}

#[test]
fn python_opens_the_packages() {
    if !programs::available("python3", "--version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let issuer = hierarchy().issuer("样例局", "44990000000001", Layout::Gb2020).unwrap();
    for (name, license) in samples(now()).unwrap() {
        let package = issuer.seal_license(&license, now()).unwrap();
        std::fs::write(scratch.path().join(format!("{name}.ofd")), package.to_zip().unwrap()).unwrap();
        let script = "
import sys, zipfile, xml.etree.ElementTree as tree
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
assert len(set(archive.namelist())) == len(archive.namelist())
for name in archive.namelist():
    if name.endswith('.xml'):
        tree.fromstring(archive.read(name))
print(len(archive.namelist()))
";
        let count = run("python3", scratch.path(), &["-c", script, &format!("{name}.ofd")]);
        assert_eq!(count.trim(), package.entries.len().to_string());
    }
}

#[test]
fn python_decodes_the_picture() {
    if !programs::available("python3", "--version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let signer = hierarchy().signer("样例局").unwrap();
    let signers = SealSigners::certificates(&[&signer]);
    let draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
    std::fs::write(scratch.path().join("seal.png"), draft.picture.data).unwrap();
    let script = "
import struct, zlib
data = open('seal.png', 'rb').read()
assert data[:8] == b'\\x89PNG\\r\\n\\x1a\\n'
at, chunks = 8, []
while at < len(data):
    length, kind = struct.unpack('>I4s', data[at:at + 8])
    body = data[at + 8:at + 8 + length]
    assert struct.unpack('>I', data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
    chunks.append((kind, body))
    at += 12 + length
assert [kind for kind, _ in chunks] == [b'IHDR', b'PLTE', b'tRNS', b'IDAT', b'IEND']
width, height, depth = struct.unpack('>IIB', chunks[0][1][:9])
assert len(zlib.decompress(chunks[3][1])) == height * (1 + width * depth // 8)
";
    run("python3", scratch.path(), &["-c", script]);
}

/// The paths and digests that a Signature.xml lists.
fn references(package: &Package, signature: &str) -> Vec<(String, String)> {
    let document = roxmltree::Document::parse(package.text(signature).unwrap()).unwrap();
    let references = document.descendants().filter(|node| node.tag_name().name() == "Reference");
    references
        .map(|node| {
            let path = node.attribute("FileRef").unwrap().strip_prefix('/').unwrap().to_owned();
            (path, node.first_element_child().unwrap().text().unwrap().to_owned())
        })
        .collect()
}

fn is_intact(package: &Package, signature: &str) -> bool {
    use base64::Engine as _;
    references(package, signature).iter().all(|(path, digest)| {
        let found = DigestAlgorithm::Sm3.digest(package.get(path).unwrap());
        base64::engine::general_purpose::STANDARD.encode(found) == *digest
    })
}

#[test]
fn signatures_follow_one_another() {
    let hierarchy = hierarchy();
    let issuer = hierarchy.issuer("样例局", "44990000000001", Layout::Gb2020).unwrap();
    let (_, license) = samples(now()).unwrap().remove(0);
    let first = |locked: bool, package: &mut Package| {
        let mut signing =
            Signing::new(&issuer.signer, Method::Seal(&issuer.seal), now()).stamped(License::seal_boundary());
        signing.locked = locked;
        signing.sign(package).unwrap()
    };
    let open = {
        let mut package = license.document(now()).package().unwrap();
        first(false, &mut package);
        package
    };
    for method in [
        Method::Seal(&issuer.seal),
        Method::Cms(Flavor::EnclosedDigest, Encoding::Der),
        Method::Cms(Flavor::SignedAttributes, Encoding::Ber),
        Method::Bare,
    ] {
        let mut package = open.clone();
        let signed = Signing::new(&issuer.signer, method, now()).sign(&mut package).unwrap();
        assert_eq!((signed.id.as_str(), signed.directory.as_str()), ("s003", "Doc_0/Signs/Sign_1"));
        for signature in ["Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Sign_1/Signature.xml"] {
            assert!(is_intact(&package, signature));
        }
        let later = references(&package, "Doc_0/Signs/Sign_1/Signature.xml");
        for file in ["OFD.xml", "Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Sign_0/SignedValue.dat"] {
            assert!(later.iter().any(|(path, _)| path == file), "{file}");
        }
        assert!(!later.iter().any(|(path, _)| path == "Doc_0/Signs/Signatures.xml"));
    }

    // A locked list and a later signature contradict each other, as in files of the field.
    let mut package = license.document(now()).package().unwrap();
    first(true, &mut package);
    assert!(is_intact(&package, "Doc_0/Signs/Sign_0/Signature.xml"));
    Signing::new(&issuer.signer, Method::Bare, now()).sign(&mut package).unwrap();
    assert!(!is_intact(&package, "Doc_0/Signs/Sign_0/Signature.xml"));
    assert!(is_intact(&package, "Doc_0/Signs/Sign_1/Signature.xml"));
}

#[test]
fn coverage_is_what_was_asked_for() {
    let signer = hierarchy().signer("样例局").unwrap();
    let (_, license) = samples(now()).unwrap().remove(0);
    let covered = |coverage| {
        let mut package = license.document(now()).package().unwrap();
        let mut signing = Signing::new(&signer, Method::Bare, now());
        signing.coverage = coverage;
        signing.sign(&mut package).unwrap();
        references(&package, "Doc_0/Signs/Sign_0/Signature.xml").into_iter().map(|(path, _)| path).collect()
    };
    let everything: Vec<String> = covered(Coverage::Everything);
    assert!(everything.iter().any(|path| path == "Doc_0/Tpls/Tpl_0/Content.xml"));
    let root = vec!["OFD.xml".to_owned()];
    assert_eq!(covered(Coverage::Only(root.clone())), root);
    let rest = covered(Coverage::Except(root));
    assert_eq!(rest.len() + 1, everything.len());
}

#[test]
fn a_plan_can_be_bent_at_every_step() {
    let hierarchy = hierarchy();
    let issuer = hierarchy.issuer("样例局", "44990000000001", Layout::Gb2020).unwrap();
    let (_, license) = samples(now()).unwrap().remove(0);
    let mut package = license.document(now()).package().unwrap();
    let signing = Signing::new(&issuer.signer, Method::Seal(&issuer.seal), now());
    let mut plan = signing.plan(&mut package).unwrap();
    plan.references.clear();
    plan.check_method = None;
    let xml = plan.to_xml();
    assert!(!String::from_utf8_lossy(&xml).contains("CheckMethod"));
    let mut statement = plan.statement(&xml).unwrap().unwrap();
    statement.property = "/Doc_1/Signs/Sign_0/Signature.xml".to_owned();
    // The signature of vendors who sign Signature.xml and leave seal and time unauthenticated.
    let value =
        statement.assemble(&statement.to_tbs().unwrap(), &issuer.signer.key().sign(&xml).unwrap()).unwrap();
    plan.commit(&mut package, xml, value);
    let mut members = package.members().unwrap();
    members[0].central.crc ^= 1;
    assert_ne!(tongban::demo::forge::archive(&members).unwrap(), package.to_zip().unwrap());
}

#[test]
fn the_same_seed_and_times_give_the_same_bytes() {
    let make = |seed: &str| {
        let hierarchy = Hierarchy::new(&Seed::new(seed), validity()).unwrap();
        let mut files = vec![hierarchy.root.certificate().to_vec()];
        for layout in Layout::ALL {
            let issuer = hierarchy.issuer("样例局", "44990000000001", layout).unwrap();
            for (_, license) in samples(now()).unwrap() {
                files.push(issuer.seal_license(&license, now()).unwrap().to_zip().unwrap());
            }
        }
        files
    };
    assert!(make("a") == make("a"));
    assert!(make("a") != make("b"));
}

#[test]
fn openssl_accepts_the_tls_certificates() {
    let authority = TlsAuthority::new("Development TLS", validity()).unwrap();
    let expired = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2026-02-01T00:00:00Z") };
    let server = authority.server("gateway-44", &["gateway.example", "127.0.0.1"], validity()).unwrap();
    let client = authority.client("window-system", validity()).unwrap();
    let old = authority.client("old-system", expired).unwrap();

    let chain = vec![rustls_pki_types::CertificateDer::from(server.certificate.clone())];
    let key = rustls_pki_types::pem::PemObject::from_pem_slice(server.key_pem.as_bytes()).unwrap();
    rustls::ServerConfig::builder_with_provider(tongban::crypto::tls_provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();

    if !programs::available("openssl", "version") {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    std::fs::write(path.join("ca.pem"), authority.certificate_pem()).unwrap();
    for (file, identity) in [("server.pem", &server), ("client.pem", &client), ("old.pem", &old)] {
        std::fs::write(path.join(file), &identity.certificate_pem).unwrap();
    }
    let seconds = now().seconds().to_string();
    let common = ["verify", "-x509_strict", "-attime", &seconds, "-CAfile", "ca.pem"];
    let verify = |rest: &[&str]| {
        let arguments = [&common[..], rest].concat();
        Command::new("openssl").current_dir(path).args(arguments).output().unwrap().status.success()
    };
    assert!(verify(&["-purpose", "sslserver", "-verify_hostname", "gateway.example", "server.pem"]));
    assert!(verify(&["-purpose", "sslserver", "-verify_ip", "127.0.0.1", "server.pem"]));
    assert!(verify(&["-purpose", "sslclient", "client.pem"]));
    assert!(!verify(&["-purpose", "sslserver", "client.pem"]));
    assert!(!verify(&["-purpose", "sslclient", "old.pem"]));
    let fingerprint =
        openssl(path, &["x509", "-in", "client.pem", "-noout", "-fingerprint", "-sha256"]).to_lowercase();
    let fingerprint = fingerprint.trim().rsplit('=').next().unwrap().replace(':', "");
    assert_eq!(fingerprint, client.fingerprint());
}

#[test]
fn an_identity_may_carry_any_certificate() {
    let hierarchy = hierarchy();
    let (a, b) = (hierarchy.signer("甲").unwrap(), hierarchy.signer("乙").unwrap());
    let mixed = Identity::new(a.key().clone(), b.certificate.clone(), Vec::new());
    assert_eq!(mixed.issuer_and_serial().unwrap(), b.issuer_and_serial().unwrap());
    assert_ne!(a.issuer_and_serial().unwrap().1, b.issuer_and_serial().unwrap().1);
}
