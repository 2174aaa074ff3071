//! Each row of the table of divergences, on a file of that shape. What else is found on these files is
//! `tests/golden/divergences.tsv`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    dead_code,
    reason = "tests"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/lab.rs"]
mod lab;

use std::collections::BTreeMap;

use lab::{Lab, sealed, validity};
use tongban::asn1::{tag, write};
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Encoding, Flavor, Identity, Layout, Method, Package, Plan, Profile, SealDraft, SealSigners, Seed,
    Signing, pem,
};
use tongban::license::{DIVERGENCES, Treatment};
use tongban::verdict::{Integrity, Judgement, Severity, Verdict};

/// A package whose signature has `shape` applied to its value.
fn with_value(lab: &Lab, shape: impl FnOnce([u8; 64]) -> Vec<u8>) -> Package {
    lab.valued(|plan, xml, signer| {
        let statement = plan.statement(xml).unwrap().unwrap();
        let tbs = statement.to_tbs().unwrap();
        let raw = signer.key().sign_raw(&tbs).unwrap();
        statement.assemble(&tbs, &shape(raw)).unwrap()
    })
}

fn prefixed(identity: &Identity, data: &[u8]) -> Vec<u8> {
    identity.key().public_key().unwrap().prefixed_digest(data).unwrap().as_ref().to_vec()
}

fn planned_with(lab: &Lab, change: impl FnOnce(&Package, &mut Plan<'_>)) -> Package {
    let mut package = lab.unsigned();
    let signing = lab.signing();
    let mut plan = signing.plan(&mut package).unwrap();
    change(&package, &mut plan);
    let xml = plan.to_xml();
    let value = plan.value(&xml).unwrap();
    plan.commit(&mut package, xml, value);
    package
}

/// The license with a tag file as some genuine ones have it.
fn with_broken_tags(lab: &Lab) -> Package {
    let mut package = lab.unsigned();
    let entry =
        package.entries.iter().find(|entry| entry.name.ends_with("CustomTag.xml")).unwrap().name.clone();
    let broken =
        package.text(&entry).unwrap().replacen("</ofd:", "<:params xmlns:=\"\">x</:params></ofd:", 1);
    package.put(&entry, broken);
    lab.signing().sign(&mut package).unwrap();
    package
}

fn with_misnamed_curve(lab: &Lab) -> Package {
    let key = std::sync::Arc::new(Seed::new("misnamed").key("signer").unwrap());
    let name = tongban::demo::forge::Name::new("样例局", "Misnamed");
    let mut draft = lab.hierarchy.root.draft(&key, Profile::Signer, name, validity()).unwrap();
    draft.curve = "1.2.156.10197.1.301.1".to_owned();
    let signer = Identity::new(key, lab.hierarchy.root.certify(&draft).unwrap(), Vec::new());
    let signers = SealSigners::certificates(&[&signer]);
    let seal = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
    let seal = seal.sign(&lab.hierarchy.maker).unwrap();
    let mut package = lab.unsigned();
    Signing::new(&signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
    package
}

fn with_seal(lab: &Lab, change: impl FnOnce(&mut SealDraft)) -> Package {
    let signers = SealSigners::certificates(&[&lab.office.signer]);
    let mut draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
    change(&mut draft);
    let seal = draft.sign(&lab.hierarchy.maker).unwrap();
    let mut package = lab.unsigned();
    Signing::new(&lab.office.signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
    package
}

fn with_signers_by_name(lab: &Lab) -> Package {
    let signers = SealSigners::certificates(&[&lab.office.signer]);
    let draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
    let info = draft.to_info().unwrap();
    let listed = write::sequence(&[&write::octets(&lab.office.signer.certificate)]);
    let named = write::sequence(&[&write::ia5("44990000000001")]);
    let at = info.windows(listed.len()).position(|window| window == listed).unwrap();
    // The list shrinks, so every length around it does; rebuilding the three levels keeps the DER true.
    let info = shrunk(&info, at, listed.len(), &named);
    let signature = lab.hierarchy.maker.key().sign(&info).unwrap();
    let maker = &lab.hierarchy.maker.certificate;
    let oid = write::oid("1.2.156.10197.1.501").unwrap();
    let der = write::sequence(&[&info, &write::octets(maker), &oid, &write::bits(&signature)]);
    let mut seal = lab.office.seal.clone();
    seal.der = der;
    let mut package = lab.unsigned();
    Signing::new(&lab.office.signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
    package
}

/// `der` with the `length` bytes at `at` replaced, and the lengths of all values around them made true.
fn shrunk(der: &[u8], at: usize, length: usize, replacement: &[u8]) -> Vec<u8> {
    let value = tongban::asn1::Reader::only(der, 16).unwrap();
    let header = value.raw.len() - value.value.len();
    let (start, end) = (at - header, at - header + length);
    let mut reader = value.enter().unwrap();
    let mut position = 0;
    let mut parts = Vec::new();
    while !reader.is_empty() {
        let part = reader.any().unwrap().raw;
        let (from, to) = (position, position + part.len());
        parts.push(match (from, to) {
            _ if from == start && to == end => replacement.to_vec(),
            _ if from <= start && end <= to => shrunk(part, start - from, length, replacement),
            _ => part.to_vec(),
        });
        position = to;
    }
    write::tlv(value.tag, &parts.concat())
}

fn shapes(lab: &Lab) -> BTreeMap<&'static str, Vec<u8>> {
    let old = Lab::with(Layout::Gm2014);
    let stated_2014 = |time: &str| old.stated(|statement| statement.time = write::bits(time.as_bytes()));
    let replaced = |from: &'static str, to: &'static str| {
        lab.described(move |xml| {
            assert!(xml.contains(from), "{xml}");
            xml.replace(from, to)
        })
    };
    let packages: Vec<(&'static str, Package)> = vec![
        ("version-of-another-layout", {
            let signers = SealSigners::certificates(&[&old.office.signer]);
            let mut draft = SealDraft::new(Layout::Gm2014, "1", "样例局", signers, validity()).unwrap();
            draft.version = 4;
            let seal = draft.sign(&old.hierarchy.maker).unwrap();
            let mut package = old.unsigned();
            Signing::new(&old.office.signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
            package
        }),
        ("raw-signature-value", with_value(lab, |raw| raw.to_vec())),
        (
            "loose-signature-value",
            with_value(lab, |raw| {
                let padded = |half: &[u8]| write::tlv(tag::INTEGER, &[&[0, 0], half].concat());
                write::sequence(&[&padded(&raw[..32]), &padded(&raw[32..])])
            }),
        ),
        (
            "prefixed-data-hash",
            lab.valued(|plan, xml, signer| {
                let mut statement = plan.statement(xml).unwrap().unwrap();
                statement.digest = prefixed(signer, xml);
                statement.sign(signer).unwrap()
            }),
        ),
        (
            "prefixed-references",
            planned_with(lab, |package, plan| {
                for reference in &mut plan.references {
                    let contents = package.get(reference.path.trim_start_matches('/')).unwrap();
                    reference.digest = prefixed(&lab.office.signer, contents);
                }
            }),
        ),
        (
            "signed-over-the-description",
            lab.valued(|plan, xml, signer| {
                let statement = plan.statement(xml).unwrap().unwrap();
                statement.assemble(&statement.to_tbs().unwrap(), &signer.key().sign(xml).unwrap()).unwrap()
            }),
        ),
        ("check-method-by-name", lab.planned(|plan| plan.check_method = Some("sm3".to_owned()))),
        (
            "check-method-of-another-arc",
            lab.planned(|plan| {
                plan.check_method = Some("1.2.156.10197.1.401.2".to_owned());
            }),
        ),
        ("check-method-md5", lab.planned(|plan| plan.check_method = Some("MD5".to_owned()))),
        ("check-method-absent", lab.planned(|plan| plan.check_method = None)),
        ("check-method-sha1", {
            let mut package = lab.unsigned();
            let mut signing = lab.signing();
            signing.digest = DigestAlgorithm::Sha1;
            signing.sign(&mut package).unwrap();
            package
        }),
        ("time-as-text", stated_2014("2026-11-20 16:00:00")),
        ("signers-by-name", with_signers_by_name(lab)),
        (
            "paths-with-empty-parts",
            lab.planned(|plan| {
                for reference in &mut plan.references {
                    reference.path = format!("/{}", reference.path);
                }
            }),
        ),
        ("property-blank", lab.stated(|statement| statement.property = " ".to_owned())),
        ("namespace-of-old-producers", replaced("http://www.ofdspec.org/2016", "http://www.ofdspec.org")),
        ("curve-misnamed", with_misnamed_curve(lab)),
        (
            "algorithm-misnamed",
            lab.stated(|statement| {
                statement.signature_algorithm = "1.2.156.10197.6.1.4.2.2".to_owned();
            }),
        ),
        ("type-absent", {
            let mut package = lab.unsigned();
            let signing = lab.signing();
            let plan = signing.plan(&mut package).unwrap();
            let list = "Doc_0/Signs/Signatures.xml";
            let text = package.text(list).unwrap().replace(" Type=\"Seal\"", "");
            package.put(list, text);
            let xml = plan.to_xml();
            let value = plan.value(&xml).unwrap();
            plan.commit(&mut package, xml, value);
            package
        }),
        ("date-in-any-form", lab.planned(|plan| plan.date_time = "20261120160000.123".to_owned())),
        ("cms-in-ber", {
            let mut package = lab.unsigned();
            let method = Method::Cms(Flavor::SignedAttributes, Encoding::Ber);
            Signing::new(&lab.office.signer, method, sealed()).sign(&mut package).unwrap();
            package
        }),
        (
            "cms-as-base64",
            lab.valued(|_, xml, signer| {
                let cms = tongban::demo::forge::Cms::new(
                    Flavor::SignedAttributes,
                    Encoding::Der,
                    signer,
                    sealed(),
                    xml,
                );
                let armored = pem("X", &cms.unwrap().to_bytes().unwrap());
                armored.lines().filter(|line| !line.starts_with("--")).collect::<String>().into_bytes()
            }),
        ),
        ("tags-with-broken-namespaces", with_broken_tags(lab)),
        ("time-as-token", {
            let name = tongban::demo::forge::Name::new("样例机构", "Timestamper");
            let tsa = old.hierarchy.root.issue(Profile::Timestamper, name, validity()).unwrap();
            let mut signing = old.signing();
            signing.timestamper = Some(&tsa);
            let mut package = old.unsigned();
            signing.sign(&mut package).unwrap();
            package
        }),
        (
            "prefixed-signer-digest",
            with_seal(lab, |draft| {
                let signer = &lab.office.signer;
                let digest = prefixed(signer, &signer.certificate);
                draft.signers = SealSigners::Digests(vec![("SM3".to_owned(), digest)]);
            }),
        ),
        (
            "picture-of-a-package",
            with_seal(lab, |draft| {
                draft.picture.format = "ofd".to_owned();
                draft.picture.data = lab.unsigned().to_zip().unwrap();
            }),
        ),
        ("picture-of-another-format", with_seal(lab, |draft| draft.picture.format = "GIF".to_owned())),
    ];
    packages.into_iter().map(|(name, package)| (name, package.to_zip().unwrap())).collect()
}

fn has(judgement: &Judgement, code: tongban::verdict::Code) -> bool {
    let own = judgement.reasons.iter();
    own.chain(judgement.signatures.iter().flat_map(|signature| &signature.reasons))
        .any(|reason| reason.code == code)
}

#[test]
fn each_row_is_carried_out() {
    let lab = Lab::new();
    let shapes = shapes(&lab);
    let (mut faults, mut rows) = (Vec::new(), Vec::new());
    for row in DIVERGENCES {
        let Some(file) = shapes.get(row.name) else {
            faults.push(format!("{}: no file of this shape", row.name));
            continue;
        };
        let judgement = lab.judged(file);
        rows.push(format!("{}\t{}\t{}", row.name, golden::outcome(&judgement), golden::notes(&judgement)));
        let intact = judgement.signatures.iter().all(|signature| signature.integrity == Integrity::Intact);
        let verdict = judgement.verdict();
        let holds = match row.treatment {
            Treatment::Accept => intact && verdict == Verdict::Genuine,
            Treatment::Report(code) => intact && verdict == code.ceiling() && has(&judgement, code),
            Treatment::Refuse(code) => {
                verdict == Verdict::NotGenuine && has(&judgement, code) && code.severity() == Severity::Fatal
            }
        };
        if !holds {
            let reasons: Vec<_> =
                judgement.signatures.iter().flat_map(|signature| &signature.reasons).collect();
            faults.push(format!("{}: {verdict:?} {:?} {reasons:?}", row.name, judgement.reasons));
        }
    }
    assert_eq!(shapes.len(), DIVERGENCES.len(), "a shape without a row");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    golden::compare("divergences.tsv", "shape\tverdict\tintegrities\treasons\tnotes", &rows);
}
