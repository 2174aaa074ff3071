//! Seeds for the fuzz targets, made by the forge, and a seeded mutator.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use statements::{AnswerDraft, Entry, ListDraft, Said, extension};
use tongban::asn1::{Reader, tag, write};
use tongban::clock::Timestamp;
use tongban::crypto::{DigestAlgorithm, SigningKey};
use tongban::demo::forge::pdf::{
    Body, CONTENT, FONT, Listing, PdfFile, PdfMethod, PdfSigning, content, deflated,
};
use tongban::demo::forge::{
    Authority, CertificateDraft, Document, Encoding, Extension, Flavor, Hierarchy, Identity, Layout, Method,
    Name, Package, Profile, Seed, Signing, Validity, list_entries, timestamp,
};
use tongban::manifest::{
    FilePath, KeyName, Manifest, Note, Officer, Officers, PrivateKey, PublicationName, RuleFiles, Scheme,
    Subject, Suspension,
};
use tongban::pki::Certificate;

#[path = "statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;

/// Seeds of the target `name`; the same in every run.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    match name {
        "zip" | "ofd" => packages().iter().map(|package| package.to_zip().unwrap()).collect(),
        "xml" => packages().into_iter().flat_map(|package| entries(&package, ".xml")).collect(),
        "ses" => Layout::ALL.into_iter().flat_map(seal_parts).collect(),
        "cms" => {
            cms_packages().into_iter().flat_map(|package| entries(&package, "SignedValue.dat")).collect()
        }
        "certificate" => {
            let hierarchy = hierarchy();
            let mut seeds = vec![hierarchy.root.certificate().to_vec(), hierarchy.maker.certificate];
            seeds.extend(hierarchy_of_three(&constraining(), &stating()));
            let root = hierarchy.root;
            let mut limited =
                root.draft(root.key(), Profile::Authority, root.name().clone(), validity()).unwrap();
            limited.extensions.extend(constraining());
            seeds.push(root.certify(&limited).unwrap());
            seeds
        }
        "timestamp" => {
            let token = timestamp(&timestamper(), at(), b"message").unwrap();
            let granted = write::sequence(&[&write::unsigned(0)]);
            vec![write::sequence(&[&granted, &token]), token]
        }
        "pdf" => pdf_files(),
        "manifest" => notes(),
        "list" => lists(),
        "ocsp" => answers(),
        "chain" => questions(),
        "sm2" => scalars(),
        other => panic!("no seeds for `{other}`"),
    }
}

/// A manifest and a suspension, signed with both kinds of key, and the keys.
fn notes() -> Vec<Vec<u8>> {
    let key = |name: &str, scheme, seed| {
        PrivateKey::new(KeyName::parse(name).unwrap(), scheme, &[seed; 32]).unwrap()
    };
    let keys = [key("li", Scheme::Ed25519, 1), key("li", Scheme::Sm2, 2), key("wang", Scheme::Ed25519, 3)];
    let officer =
        |keys: &[PrivateKey]| Officer::new(keys.iter().map(|key| key.public().clone()).collect()).unwrap();
    let officers = Officers::new(vec![officer(&keys[..2]), officer(&keys[2..])], 2).unwrap();
    let publication = PublicationName::parse("trust.example").unwrap();
    let path = FilePath::parse("certs/anchors/a.pem").unwrap();
    let manifest = Manifest {
        publication: publication.clone(),
        version: 2,
        previous: Some([7; 32].into()),
        created: at(),
        expires: at().plus_millis(86_400_000),
        officers,
        lifted: [[9; 32].into()].into(),
        break_glass: true,
        reason: "样例".to_owned(),
        files: RuleFiles::from_iter([(path, b"content".to_vec())]).shapes(),
    };
    let subject = Subject::parse("agreement", "a-1").unwrap();
    let suspension = Suspension { publication, subject, since: at(), reason: "样例".to_owned() };
    let signed = |text: String| {
        let mut note = Note::unsigned(text);
        keys.iter().for_each(|key| assert!(key.sign(&mut note).unwrap()));
        note.to_string().into_bytes()
    };
    let ordinary = Manifest { break_glass: false, ..manifest.clone() };
    let texts = [manifest.to_string(), ordinary.to_string(), suspension.to_string()];
    let notes = texts.into_iter().map(signed);
    let public = keys.iter().map(|key| key.public().to_string().into_bytes());
    notes.chain(public).chain([keys[0].secret_text(&[1; 32]).into_bytes()]).collect()
}

/// An authority and a leaf below it, about which the statements among the seeds are.
fn parties() -> (Authority, Certificate, Certificate) {
    let root = hierarchy().root;
    let leaf = root.issue(Profile::Signer, Name::new("样例机构", "Leaf"), validity()).unwrap();
    let [authority, leaf] =
        [root.certificate(), &leaf.certificate].map(|der| Certificate::from_der(der).unwrap());
    (root, authority, leaf)
}

/// Lists of every form: full, delta, for some reasons, for others' certificates; alone, after each other, and in PEM.
fn lists() -> Vec<Vec<u8>> {
    let (root, authority, leaf) = parties();
    let draft = || ListDraft::new(&authority, "2026-11-19", "2026-11-27");
    let other =
        |serial: u8, reason| Entry { serial: vec![serial], ..Entry::new(&leaf, "2026-06-01", reason) };
    let dated = Entry { invalid_since: Some("2026-05-01"), ..Entry::new(&leaf, "2026-06-01", 1) };
    let full = draft().with(other(1, 4)).with(other(2, 1)).numbered(1, None);
    let delta = |reason| draft().with(Entry::new(&leaf, "2026-06-02", reason)).numbered(2, Some(1));
    let point = write::tlv(0xa0, &write::tlv(0xa0, &write::tlv(0x86, b"http://example.cn/1.crl")));
    // keyCompromise and cACompromise.
    let reasons = write::tlv(0x83, &[5, 0x60]);
    let partial =
        draft().with(dated.clone()).extended("2.5.29.28", true, &write::sequence(&[&point, &reasons]));
    let key = write::sequence(&[&write::tlv(0x80, authority.subject_key.as_deref().unwrap())]);
    let extended = draft()
        .with(dated)
        .extended("2.5.29.35", false, &key)
        .extended("2.5.29.46", false, &write::sequence(&[&write::sequence(&[&point])]))
        .extended("2.5.29.60", false, &write::generalized_time(at()).unwrap());
    let indirect = draft().extended("2.5.29.28", true, &write::sequence(&[&write::tlv(0x84, &[0xff])]));
    let named = |name: &[u8], serial: &[u8]| {
        let issuer = write::sequence(&[&write::tlv(0xa4, name)]);
        let extensions = write::sequence(&[&extension("2.5.29.29", true, &issuer)]);
        let serial = write::tlv(tag::INTEGER, serial);
        write::sequence(&[&serial, &write::utc_time(at()).unwrap(), &extensions])
    };
    let strange = Name::new("样例机构", "Other").to_der().unwrap();
    let entries = [named(&strange, &[1]), named(authority.subject_der(), leaf.serial())].concat();
    let key = root.key();
    let drafts = [draft(), full.clone(), delta(4), delta(6), partial, extended];
    let mut lists: Vec<Vec<u8>> = drafts.iter().map(|draft| draft.sign(key)).collect();
    lists.push(indirect.sign_over(&entries, key));
    lists.push([full.sign(key), delta(1).sign(key)].concat());
    lists.push([draft().with(other(1, 6)).sign(key), delta(8).sign(key), full.sign(key)].concat());
    let pem = [draft(), delta(4)].map(|draft| {
        let text = STANDARD.encode(draft.sign(key));
        format!("-----BEGIN X509 CRL-----\n{text}\n-----END X509 CRL-----\n")
    });
    lists.push(pem.concat().into_bytes());
    lists
}

/// OCSP responses of every form: from the authority and from whom it appointed, wrapped and bare, and a refusal.
fn answers() -> Vec<Vec<u8>> {
    let (root, authority, leaf) = parties();
    let draft = |said| AnswerDraft::new(&leaf, &authority, said);
    let dated = Entry { invalid_since: Some("2026-05-01"), ..Entry::new(&leaf, "2026-06-01", 1) };
    let cutoff = extension("1.3.6.1.5.5.7.48.1.6", false, &write::generalized_time(at()).unwrap());
    let named = AnswerDraft { by_key: false, next_update: None, ..draft(Said::Good) };
    let extended = AnswerDraft {
        nonce: Some(b"nonce".to_vec()),
        digest: DigestAlgorithm::Sha256,
        extensions: vec![cutoff],
        ..draft(Said::Good)
    };
    let revoked = draft(Said::Revoked(dated));
    let drafts = [draft(Said::Good), draft(Said::Unknown), revoked.clone(), named, extended];
    let mut answers: Vec<Vec<u8>> = drafts.iter().map(|draft| draft.sign(&authority, root.key())).collect();
    let key = |name: &str| Seed::new("statements").key(name).unwrap();
    let appointed = [true, false].map(|unchecked| responder(&root, &key("Responder"), unchecked));
    for (name, responder) in [
        ("Responder", &appointed[0]),
        ("Responder", &appointed[1]),
        ("Stranger", &usurper(&root, &key("Stranger"))),
    ] {
        answers.push(draft(Said::Good).sign(responder, &key(name)));
        answers.push(revoked.sign(responder, &key(name)));
    }
    let mut wrapped = Reader::only(&answers[0], 16).unwrap().sequence().unwrap();
    wrapped.any().unwrap();
    let mut bytes = wrapped.expect(tag::CONTEXT_0).unwrap().enter().unwrap().sequence().unwrap();
    bytes.oid().unwrap();
    answers.push(bytes.octets().unwrap().to_vec());
    // tryLater.
    answers.push(write::sequence(&[&write::tlv(0x0a, &[3])]));
    answers
}

/// Whom `root` appointed to sign answers; with id-pkix-ocsp-nocheck if `unchecked`.
fn responder(root: &Authority, key: &SigningKey, unchecked: bool) -> Certificate {
    Certificate::from_der(&root.certify(&appointment(root, key, unchecked)).unwrap()).unwrap()
}

/// Whoever has `key`, appointed by itself in the name of `root`.
fn usurper(root: &Authority, key: &SigningKey) -> Certificate {
    Certificate::from_der(&appointment(root, key, true).sign(key).unwrap()).unwrap()
}

fn appointment(root: &Authority, key: &SigningKey, unchecked: bool) -> CertificateDraft {
    let name = Name::new("样例机构", "Responder");
    let mut draft = root.draft(key, Profile::Signer, name, validity()).unwrap();
    let signing = write::sequence(&[&write::oid("1.3.6.1.5.5.7.3.9").unwrap()]);
    let mut extensions = vec![("2.5.29.37", signing)];
    if unchecked {
        extensions.push(("1.3.6.1.5.5.7.48.1.5", vec![tag::NULL, 0]));
    }
    let extensions = extensions.into_iter();
    draft.extensions.extend(extensions.map(|(oid, value)| Extension {
        oid: oid.to_owned(),
        critical: false,
        value,
    }));
    draft
}

/// Lines of a batch about paths, with every member that they may have.
fn questions() -> Vec<Vec<u8>> {
    let (root, _, leaf) = parties();
    let [_, authority, end] = hierarchy_of_three(&constraining(), &stating());
    let text = |der: &[u8]| format!("\"{}\"", STANDARD.encode(der));
    let (root, leaf) = (text(root.certificate()), text(leaf.der()));
    let (authority, end) = (text(&authority), text(&end));
    let (list, answer) = (text(&lists()[0]), text(&answers()[0]));
    let policies = "\"policies\":[\"1.2.3.2\",\"2.5.29.32.0\"],\"require_explicit_policy\":true";
    let asked =
        "\"dns_name\":\"www.example.cn\",\"eku\":[\"1.3.6.1.5.5.7.3.1\"],\"inhibit_any_policy\":false";
    let time = "\"at\":\"2026-11-20T00:00:00+08:00\",\"inhibit_policy_mapping\":false";
    [
        format!("{{\"id\":1,\"anchors\":[{root}],\"leaf\":{leaf}}}"),
        format!("{{\"id\":\"一\",\"anchors\":[{root}],\"leaf\":{leaf},\"crls\":[{list}],\"profile\":\"signer\"}}"),
        format!("{{\"id\":null,\"anchors\":[{root}],\"leaf\":{leaf},\"ocsp\":[{answer}],\"revocation\":\"require\"}}"),
        format!(
            "{{\"id\":[],\"anchors\":[{root}],\"intermediates\":[{authority}],\"leaf\":{end},{policies},{asked},{time},\"profile\":\"none\"}}"
        ),
        format!("{{\"id\":{{}},\"anchors\":[],\"leaf\":\"\",\"revocation\":\"off\",{time},{asked}}}"),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// Small PDF files: each kind of value, both kinds of cross-reference, and revisions upon each other.
fn pdf_files() -> Vec<Vec<u8>> {
    let hierarchy = hierarchy();
    let office = hierarchy.issuer("样例局", "1", Layout::Gb2020).unwrap();
    let (stamper, seal) = (timestamper(), PdfMethod::Seal(&office.seal));
    let mut files = vec![predicted()];
    for method in [PdfMethod::Ordinary, PdfMethod::Pades, seal] {
        let mut file = PdfFile::new("Sample").unwrap();
        let mut signing = PdfSigning::new(&office.signer, method, at());
        // The less room there is for nothing, the more of the bytes that are mutated mean something.
        signing.room = 2500;
        let first = signing.sign(&mut file).unwrap();
        files.push(file.bytes.clone());
        let mut second = PdfSigning::new(&stamper, PdfMethod::Timestamp, at());
        second.field = "Time".to_owned();
        second.beside = format!("{} 0 R", first.field);
        second.room = 2500;
        second.listing = Listing::Stream;
        second.sign(&mut file).unwrap();
        file.revise(vec![(CONTENT, content("Changed")), (FONT, Body::Free)], Listing::Compressed).unwrap();
        files.push(file.bytes);
    }
    files
}

/// A document whose cross-reference stream has a predictor, as most writers give it one.
fn predicted() -> Vec<u8> {
    let mut bytes = b"%PDF-1.5\n".to_vec();
    let mut rows = vec![[0_u8; 4]];
    for (number, text) in [(1, "<</Type/Catalog/Pages 2 0 R>>"), (2, "<</Type/Pages/Kids[]/Count 0>>")] {
        rows.push([1, 0, u8::try_from(bytes.len()).unwrap(), 0]);
        bytes.extend(format!("{number} 0 obj {text} endobj\n").bytes());
    }
    let offset = bytes.len();
    rows.push([1, 0, u8::try_from(offset).unwrap(), 0]);
    let (mut data, mut above) = (Vec::new(), [0_u8; 4]);
    for row in rows {
        // PNG's Up: each byte less the one above.
        data.push(2);
        data.extend(row.iter().zip(above).map(|(byte, above)| byte.wrapping_sub(above)));
        above = row;
    }
    let data = deflated(&data).unwrap();
    let entries =
        "/Type/XRef/W[1 2 1]/Size 4/Root 1 0 R/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 4>>";
    bytes.extend(format!("3 0 obj<<{entries}/Length {}>>stream\n", data.len()).bytes());
    bytes.extend(data);
    bytes.extend(format!("\nendstream endobj\nstartxref\n{offset}\n%%EOF\n").bytes());
    bytes
}

/// Small packages with every kind of signature.
pub fn packages() -> Vec<Package> {
    let hierarchy = hierarchy();
    let mut packages = cms_packages();
    for layout in Layout::ALL {
        let office = hierarchy.issuer("样例局", "1", layout).unwrap();
        let mut package = document();
        let mut signing = Signing::new(&office.signer, Method::Seal(&office.seal), at());
        signing.locked = layout == Layout::Gb2020;
        signing.sign(&mut package).unwrap();
        packages.push(package);
    }
    let mut listed = document();
    list_entries(&mut listed, &hierarchy.signer("样例局").unwrap(), at()).unwrap();
    packages.push(listed);
    packages
}

fn cms_packages() -> Vec<Package> {
    let signer = hierarchy().signer("样例局").unwrap();
    let methods = [
        Method::Cms(Flavor::EnclosedDigest, Encoding::Der),
        Method::Cms(Flavor::SignedAttributes, Encoding::Ber),
        Method::Cms(Flavor::OrdinaryData, Encoding::Der),
    ];
    methods
        .into_iter()
        .map(|method| {
            let mut package = document();
            let timestamper = timestamper();
            let mut signing = Signing::new(&signer, method, at());
            signing.timestamper = Some(&timestamper);
            signing.sign(&mut package).unwrap();
            package
        })
        .collect()
}

fn document() -> Package {
    Document::plain("a".repeat(32), at(), "样例").package().unwrap()
}

fn seal_parts(layout: Layout) -> Vec<Vec<u8>> {
    let office = hierarchy().issuer("样例局", "1", layout).unwrap();
    let mut package = document();
    let timestamper = timestamper();
    let mut signing = Signing::new(&office.signer, Method::Seal(&office.seal), at());
    signing.timestamper = Some(&timestamper);
    signing.sign(&mut package).unwrap();
    [vec![office.seal.der], entries(&package, "SignedValue.dat")].concat()
}

/// A root, an authority with `constraining` below it, and a leaf with `stating`.
pub fn hierarchy_of_three(constraining: &[Extension], stating: &[Extension]) -> [Vec<u8>; 3] {
    static ROOT: OnceLock<Authority> = OnceLock::new();
    let root = ROOT.get_or_init(|| hierarchy().root);
    let key = |name: &str| Seed::new("three").key(name).unwrap();
    let certify = |issuer: (&SigningKey, &Name), profile, name: &str, more: &[Extension]| {
        let (key, name) = (key(name), Name::new("样例机构", name));
        let mut draft = root.draft(&key, profile, name, validity()).unwrap();
        draft.issuer = issuer.1.clone();
        draft.extensions.retain(|extension| extension.oid != "2.5.29.35");
        draft.extensions.extend_from_slice(more);
        draft.sign(issuer.0).unwrap()
    };
    let authority = certify((root.key(), root.name()), Profile::Authority, "Authority", constraining);
    let name = Name::new("样例机构", "Authority");
    let leaf = certify((&key("Authority"), &name), Profile::Signer, "Leaf", stating);
    [root.certificate().to_vec(), authority, leaf]
}

/// Extensions that constrain names and policies, of every form.
pub fn constraining() -> Vec<Extension> {
    let subtree = |tag: u8, base: &[u8]| write::sequence(&[&write::tlv(tag, base)]);
    let above = above(&Name::new("样例机构", "x").to_der().unwrap());
    let permitted = [
        subtree(0x81, b"example.cn"),
        subtree(0x82, b"example.cn"),
        subtree(0xa4, &above),
        subtree(0x86, b".example.cn"),
        subtree(0x87, &[192, 0, 2, 0, 255, 255, 255, 0]),
    ];
    let excluded = [subtree(0x82, b"bad.example.cn"), subtree(0x88, &[0x2a, 3])];
    let names =
        write::sequence(&[&write::tlv(0xa0, &permitted.concat()), &write::tlv(0xa1, &excluded.concat())]);
    let mapping = write::sequence(&[&policy(1), &policy(2)]);
    let constraints = write::sequence(&[&write::tlv(0x80, &[2]), &write::tlv(0x81, &[2])]);
    [
        ("2.5.29.30", names),
        ("2.5.29.32", policies(&[1, 3])),
        ("2.5.29.33", write::sequence(&[&mapping])),
        ("2.5.29.36", constraints),
        ("2.5.29.54", write::unsigned(2)),
    ]
    .map(|(oid, value)| Extension { oid: oid.to_owned(), critical: true, value })
    .to_vec()
}

/// Extensions of a leaf that keeps to [`constraining`].
pub fn stating() -> Vec<Extension> {
    let directory = Name::new("样例机构", "Other").to_der().unwrap();
    let names = [
        write::tlv(0x81, b"clerk@example.cn"),
        write::tlv(0x82, b"www.example.cn"),
        write::tlv(0xa4, &directory),
        write::tlv(0x86, b"https://www.example.cn/x"),
        write::tlv(0x87, &[192, 0, 2, 7]),
    ];
    [("2.5.29.17", write::sequence(&[&names.concat()])), ("2.5.29.32", policies(&[2, 3]))]
        .map(|(oid, value)| Extension { oid: oid.to_owned(), critical: false, value })
        .to_vec()
}

fn policy(number: u64) -> Vec<u8> {
    write::oid(&format!("1.2.3.{number}")).unwrap()
}

fn policies(numbers: &[u64]) -> Vec<u8> {
    let list: Vec<u8> = numbers.iter().flat_map(|number| write::sequence(&[&policy(*number)])).collect();
    write::sequence(&[&list])
}

/// A name without its last RDN.
fn above(name: &[u8]) -> Vec<u8> {
    let mut rdns = Reader::only(name, 1).unwrap().sequence().unwrap();
    let mut kept: Vec<&[u8]> = Vec::new();
    while !rdns.is_empty() {
        kept.push(rdns.any().unwrap().raw);
    }
    kept.pop();
    write::sequence(&[&kept.concat()])
}

fn entries(package: &Package, ending: &str) -> Vec<Vec<u8>> {
    let entries = package.entries.iter().filter(|entry| entry.name.ends_with(ending));
    entries.map(|entry| entry.content.clone()).collect()
}

fn hierarchy() -> Hierarchy {
    Hierarchy::new(&Seed::new("seeds"), validity()).unwrap()
}

fn validity() -> Validity {
    Validity { from: Timestamp::from_seconds(1_767_225_600), until: Timestamp::from_seconds(2_082_758_400) }
}

fn timestamper() -> Identity {
    let name = Name::new("样例机构", "Timestamper");
    hierarchy().root.issue(Profile::Timestamper, name, validity()).unwrap()
}

pub fn at() -> Timestamp {
    Timestamp::from_seconds(1_795_132_800)
}

/// Random numbers that are the same in every run (xorshift64*).
pub struct Mutator(u64);

impl Mutator {
    /// A mutator of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`, which must not be zero.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// Changes `data` in one to four places.
    pub fn mutate(&mut self, data: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            if data.is_empty() {
                data.push(0);
            }
            let at = self.below(data.len());
            let length = self.below(16).min(data.len() - at);
            match self.below(7) {
                0 => data[at] ^= 1 << self.below(8),
                1 => data[at] = [0, 1, 0x7f, 0x80, 0xff, b'<', b'"', b'/'][self.below(8)],
                2 => drop(data.drain(at..at + length)),
                3 => {
                    let copy = data[at..at + length].to_vec();
                    let to = self.below(data.len());
                    data.splice(to..to, copy);
                }
                4 => data.insert(at, self.next().to_le_bytes()[0]),
                5 => data.truncate(at),
                _ => {
                    for byte in &mut data[at..at + length] {
                        *byte = self.next().to_le_bytes()[0];
                    }
                }
            }
        }
    }
}

/// Keys, s and t: small, near the order and between, and with equal products; one claim, and as many as two groups of lanes hold. Then a
/// signature behind its key and digest.
fn scalars() -> Vec<Vec<u8>> {
    let order = b"\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x72\x03\xDF\x6B\x21\xC6\x05\x2B\x53\xBB\xF4\x09\x39\xD5\x41\x23";
    let mut near = *order;
    near[31] -= 3;
    let mut small = [0; 32];
    small[31] = 5;
    let mut one = [0; 32];
    one[31] = 1;
    let between = [0x5A; 32];
    let triples = [
        [small, between, near],
        [near, small, between],
        [between, near, small],
        [small, small, one],
        [near, near, one],
    ];
    let mut seeds: Vec<Vec<u8>> =
        triples.iter().map(|numbers| [numbers.as_flattened(), &[0x3C; 65]].concat()).collect();
    seeds.push(triples.iter().cycle().take(9).flat_map(|numbers| numbers.concat()).collect());
    let key = SigningKey::from_secret(&[7; 32]).unwrap();
    let digest = key.public_key().unwrap().prefixed_digest(b"signed").unwrap();
    let value = key.sign_raw(b"signed").unwrap();
    seeds.push([key.public_point().as_slice(), digest.as_ref(), &value].concat());
    seeds
}
