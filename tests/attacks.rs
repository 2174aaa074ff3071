//! Known attacks on sealed OFD, made from the forge's parts, each with the verdict and the reasons it must get.
//! The table is `tests/golden/attacks.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/lab.rs"]
mod lab;

use lab::{Lab, at, sealed, validity};
use tongban::asn1::{tag, write};
use tongban::demo::forge::{
    Annotation, Authority, Boundary, Cms, Coverage, Document, Encoding, Entry, Flavor, Hierarchy, Layout,
    Member, Method, Name, Object, Package, Profile, SealDraft, SealSigners, Seed, Signing, archive, package,
};

/// The license's signature files.
const LIST: &str = "Doc_0/Signs/Signatures.xml";
const DESCRIPTION: &str = "Doc_0/Signs/Sign_0/Signature.xml";
const VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";
const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";
const ROOT: &str = "OFD.xml";

fn zip(package: &Package) -> Vec<u8> {
    package.to_zip().unwrap()
}

/// `package` with `from` replaced by `to` in the text of `entry`; the text must be there.
fn replaced(mut package: Package, entry: &str, from: &str, to: &str) -> Package {
    let text = package.text(entry).unwrap();
    assert!(text.contains(from), "{entry} has no `{from}`");
    let text = text.replacen(from, to, 1);
    package.put(entry, text);
    package
}

fn with(mut package: Package, entry: &str, content: &[u8]) -> Package {
    package.put(entry, content);
    package
}

fn without(mut package: Package, entry: &str) -> Package {
    package.remove(entry).unwrap();
    package
}

/// Sealed with everything covered but `entries`.
fn leaving_open(lab: &Lab, mut package: Package, entries: &[&str]) -> Package {
    let mut signing = lab.signing();
    signing.coverage = Coverage::Except(entries.iter().map(|&entry| entry.to_owned()).collect());
    signing.sign(&mut package).unwrap();
    package
}

/// An SM2 signature value in DER from the content octets of r and s.
fn value(r: &[u8], s: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::tlv(tag::INTEGER, r), &write::tlv(tag::INTEGER, s)])
}

const ORDER: [u8; 33] = *b"\0\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\
    \x72\x03\xDF\x6B\x21\xC6\x05\x2B\x53\xBB\xF4\x09\x39\xD5\x41\x23";

/// The sealed license whose signature has `r` and its own s, or its own r and `s`.
fn out_of_range(lab: &Lab, r: Option<&[u8]>, s: Option<&[u8]>) -> Vec<u8> {
    zip(&lab.valued(|plan, xml, signer| {
        let statement = plan.statement(xml).unwrap().unwrap();
        let tbs = statement.to_tbs().unwrap();
        let raw = signer.key().sign_raw(&tbs).unwrap();
        let own = |half: &[u8]| [&[0], half].concat();
        let (own_r, own_s) = (own(&raw[..32]), own(&raw[32..]));
        statement.assemble(&tbs, &value(r.unwrap_or(&own_r), s.unwrap_or(&own_s))).unwrap()
    }))
}

type Attack = (&'static str, Vec<u8>);

fn on_the_document(lab: &Lab) -> Vec<Attack> {
    let sound = lab.sealed();
    let page = Document::plain("d".repeat(32), sealed(), "另加的一页").package().unwrap();
    let extra_page = page.get(PAGE).unwrap().to_vec();
    let mut annotated = lab.license().document(sealed());
    let boundary = Boundary { x: 20.0, y: 20.0, width: 60.0, height: 10.0 };
    annotated.annotations = vec![annotation(boundary)];
    let second = Document::plain("f".repeat(32), sealed(), "未签名的文档");
    let two = package(&[lab.license().document(sealed()), second], sealed()).unwrap();
    let mut stolen = lab.license();
    stolen.type_name = "食品经营许可证".to_owned();
    let mut other = stolen.document(sealed()).package().unwrap();
    for entry in &sound.entries {
        if entry.name.starts_with("Doc_0/Signs/") {
            other.put(&entry.name, entry.content.clone());
        }
    }
    let other = replaced(
        other,
        ROOT,
        "</ofd:DocBody>",
        &format!("<ofd:Signatures>/{LIST}</ofd:Signatures></ofd:DocBody>"),
    );
    vec![
        ("sound", zip(&sound)),
        ("page-changed", zip(&replaced(sound.clone(), PAGE, "ofd:TextCode", "ofd:TextCode "))),
        ("page-added", {
            let document = sound.text("Doc_0/Document.xml").unwrap().to_owned();
            let pages = "</ofd:Pages>";
            let more = "<ofd:Page ID=\"9001\" BaseLoc=\"Pages/Page_9/Content.xml\"/></ofd:Pages>";
            assert!(document.contains(pages));
            let package = with(sound.clone(), "Doc_0/Document.xml", document.replace(pages, more).as_bytes());
            zip(&with(package, "Doc_0/Pages/Page_9/Content.xml", &extra_page))
        }),
        ("page-uncovered", zip(&leaving_open(lab, lab.unsigned(), &[PAGE]))),
        ("annotation-uncovered", {
            let package = annotated.package().unwrap();
            let open: Vec<String> = package
                .entries
                .iter()
                .map(|entry| entry.name.clone())
                .filter(|name| name.contains("Annot"))
                .collect();
            assert!(!open.is_empty());
            let open: Vec<&str> = open.iter().map(String::as_str).collect();
            zip(&leaving_open(lab, package, &open))
        }),
        ("file-smuggled", zip(&with(sound.clone(), "Doc_0/Res/smuggled.png", b"\x89PNG"))),
        ("root-uncovered", zip(&leaving_open(lab, lab.unsigned(), &[ROOT]))),
        ("document-redirected", {
            let open = leaving_open(lab, lab.unsigned(), &[ROOT]);
            let mut package = replaced(open, ROOT, "Doc_0/Document.xml", "Doc_1/Document.xml");
            for entry in &page.entries {
                if let Some(rest) = entry.name.strip_prefix("Doc_0/") {
                    package.put(&format!("Doc_1/{rest}"), entry.content.clone());
                }
            }
            zip(&package)
        }),
        ("second-document-covered", zip(&leaving_open(lab, two.clone(), &[]))),
        ("second-document-left-out", {
            let names = two.entries.iter().map(|entry| entry.name.as_str());
            let second: Vec<&str> = names.filter(|name| name.starts_with("Doc_1/")).collect();
            zip(&leaving_open(lab, two.clone(), &second))
        }),
        ("second-document-added", {
            let mut signing = lab.signing();
            let mut package = lab.unsigned();
            signing.coverage = Coverage::Except(vec![ROOT.to_owned()]);
            signing.sign(&mut package).unwrap();
            let body = two.text(ROOT).unwrap().split("<ofd:DocBody>").nth(2).unwrap().to_owned();
            let body = body.split("</ofd:DocBody>").next().unwrap().to_owned();
            let added = format!("</ofd:DocBody><ofd:DocBody>{body}</ofd:DocBody>");
            let mut package = replaced(package, ROOT, "</ofd:DocBody>", &added);
            for entry in two.entries.iter().filter(|entry| entry.name.starts_with("Doc_1/")) {
                package.put(&entry.name, entry.content.clone());
            }
            zip(&package)
        }),
        ("seal-lifted-to-another-license", zip(&other)),
        ("metadata-changed", zip(&replaced(sound.clone(), ROOT, "营业执照", "食品许可"))),
    ]
}

fn annotation(boundary: Boundary) -> Annotation {
    let font = tongban::demo::forge::Font::Song;
    let note = Object::text(boundary.x, boundary.y, 4.0, font, "加注");
    Annotation {
        page: 0,
        kind: "Watermark".to_owned(),
        creator: "forger".to_owned(),
        modified: sealed(),
        boundary,
        objects: vec![note],
    }
}

fn on_the_signature(lab: &Lab) -> Vec<Attack> {
    let sound = lab.sealed();
    let stranger = lab.hierarchy.signer("另一个局").unwrap();
    let impostor = Hierarchy::new(&Seed::new("impostor"), validity()).unwrap();
    let fake = impostor.issuer("广东省示例市市场监督管理局", "44990000000001", Layout::Gb2020).unwrap();
    let old = Lab::with(Layout::Gm2014);
    vec![
        ("references-emptied", zip(&lab.planned(|plan| plan.references.clear()))),
        ("reference-listed-twice", zip(&lab.planned(|plan| plan.references.push(plan.references[0].clone())))),
        ("check-method-missing", zip(&lab.planned(|plan| plan.check_method = None))),
        ("check-method-md5", zip(&lab.planned(|plan| plan.check_method = Some("MD5".to_owned())))),
        ("check-method-unknown", zip(&lab.planned(|plan| plan.check_method = Some("1.2.156.10197.1.401.2".to_owned())))),
        ("signature-list-emptied", zip(&with(sound.clone(), LIST, br#"<?xml version="1.0" encoding="UTF-8"?><ofd:Signatures xmlns:ofd="http://www.ofdspec.org/2016"><ofd:MaxSignId>0</ofd:MaxSignId></ofd:Signatures>"#))),
        ("signature-list-removed", zip(&without(sound.clone(), LIST))),
        ("description-removed", zip(&without(sound.clone(), DESCRIPTION))),
        ("value-removed", zip(&without(sound.clone(), VALUE))),
        ("value-garbage", zip(&with(sound.clone(), VALUE, b"not a signature"))),
        ("description-changed", zip(&replaced(sound.clone(), DESCRIPTION, "Tongban", "tongban"))),
        ("seal-file-replaced", zip(&with(sound.clone(), "Doc_0/Signs/Sign_0/Seal.esl", &fake.seal.der))),
        ("signer-not-in-seal", {
            let mut package = lab.unsigned();
            Signing::new(&stranger, Method::Seal(&lab.office.seal), sealed()).sign(&mut package).unwrap();
            zip(&package)
        }),
        ("own-root-same-names", zip(&fake.seal_license(&lab.license(), sealed()).unwrap())),
        ("certificate-swapped-same-subject", zip(&lab.stated(|statement| {
            statement.certificate = fake.signer.certificate.clone();
        }))),
        ("signed-over-the-description", zip(&lab.valued(|plan, xml, signer| {
            let statement = plan.statement(xml).unwrap().unwrap();
            statement.assemble(&statement.to_tbs().unwrap(), &signer.key().sign(xml).unwrap()).unwrap()
        }))),
        ("digest-of-something-else", zip(&lab.stated(|statement| statement.digest = vec![7; 32]))),
        ("property-of-another-path", zip(&lab.stated(|statement| {
            statement.property = "/Doc_9/Signs/Sign_0/Signature.xml".to_owned();
        }))),
        ("trailing-bytes", zip(&lab.valued(|plan, xml, _| [plan.value(xml).unwrap(), vec![0]].concat()))),
        ("r-zero", out_of_range(lab, Some(&[0]), None)),
        ("s-zero", out_of_range(lab, None, Some(&[0]))),
        ("r-order", out_of_range(lab, Some(&ORDER), None)),
        ("s-order", out_of_range(lab, None, Some(&ORDER))),
        ("s-order-plus-one", {
            let mut above = ORDER;
            above[32] += 1;
            out_of_range(lab, None, Some(&above))
        }),
        ("time-before-the-certificate", timed(lab, "2025-06-01T00:00:00Z")),
        ("time-in-the-future", timed(lab, "2027-06-01T00:00:00Z")),
        ("no-signers", cms(lab, |cms| cms.signers.clear())),
        ("two-signers", cms(lab, |cms| cms.signers.push(cms.signers[0].clone()))),
        ("no-certificates", cms(lab, |cms| cms.certificates.clear())),
        ("enclosed-digest-of-something-else", cms(lab, |cms| cms.enclosed = Some(vec![7; 32]))),
        ("content-type-differs", cms(lab, |cms| cms.data_type = "1.2.840.113549.1.7.5".to_owned())),
        ("certificate-in-the-old-layout-swapped", zip(&old.stated(|statement| {
            statement.certificate = fake.signer.certificate.clone();
        }))),
    ]
}

fn timed(lab: &Lab, when: &str) -> Vec<u8> {
    let mut package = lab.unsigned();
    let mut signing = lab.signing();
    signing.at = at(when);
    signing.sign(&mut package).unwrap();
    zip(&package)
}

/// The license under a CMS signature with attributes that `change` has bent.
fn cms(lab: &Lab, change: impl FnOnce(&mut Cms)) -> Vec<u8> {
    let mut package = lab.unsigned();
    let method = Method::Cms(Flavor::SignedAttributes, Encoding::Der);
    let signing = Signing::new(&lab.office.signer, method, sealed());
    let plan = signing.plan(&mut package).unwrap();
    let xml = plan.to_xml();
    let mut cms =
        Cms::new(Flavor::SignedAttributes, Encoding::Der, &lab.office.signer, sealed(), &xml).unwrap();
    change(&mut cms);
    let value = cms.to_bytes().unwrap();
    plan.commit(&mut package, xml, value);
    zip(&package)
}

fn on_the_seal(lab: &Lab) -> Vec<Attack> {
    let signers = SealSigners::certificates(&[&lab.office.signer]);
    let sealed_with = |seal: &tongban::demo::forge::Seal| {
        let mut package = lab.unsigned();
        Signing::new(&lab.office.signer, Method::Seal(seal), sealed()).sign(&mut package).unwrap();
        zip(&package)
    };
    let draft = || SealDraft::new(Layout::Gb2020, "1", "样例局", signers.clone(), validity()).unwrap();
    let encryption =
        lab.hierarchy.root.issue(Profile::Encryption, Name::new("样例", "Half"), validity()).unwrap();
    let rogue = Authority::root(&Seed::new("rogue"), Name::new("样例", "Rogue"), validity()).unwrap();
    let rogue_maker = rogue.issue(Profile::Signer, Name::new("样例", "Rogue Maker"), validity()).unwrap();
    vec![
        ("seal-by-a-rogue-maker", sealed_with(&draft().sign(&rogue_maker).unwrap())),
        ("seal-by-an-encryption-certificate", sealed_with(&draft().sign(&encryption).unwrap())),
        ("seal-signed-by-the-signer-itself", sealed_with(&draft().sign(&lab.office.signer).unwrap())),
        ("seal-signed-by-the-signer-under-another-name", {
            let key = std::sync::Arc::clone(lab.office.signer.key());
            let name = Name::new("样例", "Another Name");
            let second = lab.hierarchy.root.issue_for(key, Profile::Signer, name, validity()).unwrap();
            sealed_with(&draft().sign(&second).unwrap())
        }),
        ("seal-renamed", {
            let mut changed = draft();
            changed.name = "国务院办公厅".to_owned();
            let signature = lab.hierarchy.maker.key().sign(&draft().to_info().unwrap()).unwrap();
            let seal = changed.assemble(&lab.hierarchy.maker.certificate, &signature).unwrap();
            sealed_with(&seal)
        }),
        ("seal-expired", {
            let mut old = draft();
            old.validity.until = at("2026-06-01T00:00:00Z");
            sealed_with(&old.sign(&lab.hierarchy.maker).unwrap())
        }),
        ("seal-made-after-the-signature", {
            let mut young = draft();
            young.created = at("2027-01-01T00:00:00Z");
            sealed_with(&young.sign(&lab.hierarchy.maker).unwrap())
        }),
        ("seal-without-signers", {
            let mut empty = draft();
            empty.signers = SealSigners::certificates(&[]);
            sealed_with(&empty.sign(&lab.hierarchy.maker).unwrap())
        }),
    ]
}

fn on_the_container(lab: &Lab) -> Vec<Attack> {
    let sound = lab.sealed();
    let with_names = |names: &[&str]| {
        let mut package = sound.clone();
        let entry = |&name: &&str| Entry { name: name.to_owned(), content: b"x".to_vec(), deflate: false };
        package.entries.extend(names.iter().map(entry));
        zip(&package)
    };
    let named = |name: &str| with_names(&[name]);
    let lying = |change: &dyn Fn(&mut tongban::demo::forge::Member)| {
        let mut members = sound.members().unwrap();
        change(members.iter_mut().find(|member| member.central.name == PAGE.as_bytes()).unwrap());
        archive(&members).unwrap()
    };
    let whole = zip(&sound);
    vec![
        ("name-twice", named(PAGE)),
        ("name-in-other-case", named("ofd.XML")),
        ("name-in-full-width", named("ＯＦＤ．ｘｍｌ")),
        ("names-composed-and-not", with_names(&["caf\u{e9}.xml", "cafe\u{301}.xml"])),
        ("name-climbing", named("../../etc/passwd")),
        ("name-absolute", named("/OFD.xml")),
        ("name-with-backslash", named("Doc_0\\Document.xml")),
        ("local-name-differs", lying(&|member| member.local.name[0] = b'X')),
        ("local-size-differs", lying(&|member| member.local.uncompressed += 1)),
        ("local-method-differs", lying(&|member| member.local.method = 0)),
        (
            "checksum-wrong",
            lying(&|member| {
                member.local.crc ^= 1;
                member.central.crc ^= 1;
            }),
        ),
        (
            "encrypted",
            lying(&|member| {
                member.local.flags |= 1;
                member.central.flags |= 1;
            }),
        ),
        ("prefixed", [b"%PDF-1.7\n".as_slice(), &whole].concat()),
        ("suffixed", [whole.as_slice(), b"trailing"].concat()),
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("bomb-by-ratio", zip(&with(sound.clone(), "Doc_0/Res/zeros.bin", &vec![0; 8 << 20]))),
        ("bomb-by-count", {
            let mut package = sound.clone();
            let entry =
                |number: usize| Entry { name: format!("n/{number}"), content: Vec::new(), deflate: false };
            package.entries.extend((0..10_001).map(entry));
            zip(&package)
        }),
    ]
}

fn on_the_xml(lab: &Lab) -> Vec<Attack> {
    let root = lab.sealed().text(ROOT).unwrap().to_owned();
    let (head, tail) = root.split_once("<ofd:OFD").unwrap();
    let bent = |text: &str| zip(&with(lab.sealed(), ROOT, text.as_bytes()));
    let deep = format!(
        "{head}<ofd:OFD{}",
        tail.replace("</ofd:OFD>", &format!("{}{}</ofd:OFD>", "<a>".repeat(100), "</a>".repeat(100)))
    );
    vec![
        ("xml-doctype", bent(&format!("{head}<!DOCTYPE x [<!ENTITY e \"x\">]><ofd:OFD{tail}"))),
        ("xml-not-utf8", {
            let mut bytes = root.clone().into_bytes();
            bytes.extend([b'<', b'!', b'-', b'-', 0xff, b'-', b'-', b'>']);
            zip(&with(lab.sealed(), ROOT, &bytes))
        }),
        ("xml-cut-off", bent(&root[..root.len() - 8])),
        ("xml-too-deep", bent(&deep)),
        ("xml-other-namespace", bent(&root.replace("http://www.ofdspec.org/2016", "http://example.org/"))),
        (
            "xml-two-roots",
            bent(
                &root.replace("<ofd:DocRoot>", "<ofd:DocRoot>Doc_9/Document.xml</ofd:DocRoot><ofd:DocRoot>"),
            ),
        ),
        (
            "two-signed-infos",
            zip(&lab.described(|xml| {
                let start = xml.find("<ofd:SignedInfo>").unwrap();
                let end = xml.find("</ofd:SignedInfo>").unwrap() + "</ofd:SignedInfo>".len();
                let info = xml[start..end].to_owned();
                xml.replacen(&info, &format!("{info}{info}"), 1)
            })),
        ),
        (
            "reference-climbing",
            zip(&lab.planned(|plan| plan.references[0].path = "/../../OFD.xml".to_owned())),
        ),
    ]
}

/// Files that two readers would understand differently, where the signature leaves OFD.xml or a page open.
fn on_what_readers_see(lab: &Lab) -> Vec<Attack> {
    let sound = lab.sealed();
    let open = leaving_open(lab, lab.unsigned(), &[ROOT]);
    let evil = Document::plain("d".repeat(32), sealed(), "另一份文件").package().unwrap();
    let mut beside = open.clone();
    for entry in &evil.entries {
        if let Some(rest) = entry.name.strip_prefix("Doc_0/") {
            beside.put(&format!("Doc_1/{rest}"), entry.content.clone());
        }
    }
    let rooted = |from: &str, to: &str| zip(&replaced(beside.clone(), ROOT, from, to));
    let body = "<ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody>";
    let root = "Doc_0/Document.xml";
    let back = "/../../Doc_0/Document.xml";

    // A page that no signature covers, and then its disappearance.
    let extra = "Doc_0/Pages/Page_9/Content.xml";
    let more = "<ofd:Page ID=\"9001\" BaseLoc=\"Pages/Page_9/Content.xml\"/></ofd:Pages>";
    let longer = replaced(lab.unsigned(), "Doc_0/Document.xml", "</ofd:Pages>", more);
    let longer = with(longer, extra, evil.get(PAGE).unwrap());
    let left_open = leaving_open(lab, longer, &[extra]);

    // Annotations that may be changed, behind a list of them that may not.
    let mut annotated = lab.license().document(sealed());
    annotated.annotations = vec![annotation(Boundary { x: 20.0, y: 20.0, width: 60.0, height: 10.0 })];
    let note = "Doc_0/Annots/Page_0/Annotation.xml";
    let noted = leaving_open(lab, annotated.package().unwrap(), &[ROOT, note]);
    let cover = "<ofd:Cover>/Doc_0/Annots/Annotations.xml</ofd:Cover></ofd:DocInfo>";

    let document = lab.unsigned().text("Doc_0/Document.xml").unwrap().to_owned();
    let written = |content: Vec<u8>| {
        zip(&leaving_open(lab, with(lab.unsigned(), "Doc_0/Document.xml", &content), &[PAGE]))
    };
    let utf_16 = || {
        let units = document.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect()
    };

    // Data that the issuer left open, vouched for by another office.
    let other = lab.hierarchy.issuer("另一个局", "44990000000002", Layout::Gb2020).unwrap();
    let vouched = replaced(open.clone(), ROOT, "营业执照", "食品许可");
    let mut vouched = replaced(vouched, ROOT, "ZZBFJG\">广东省示例市市场监督管理局", "ZZBFJG\">另一个局");
    Signing::new(&other.signer, Method::Seal(&other.seal), sealed()).sign(&mut vouched).unwrap();

    let mut twice = leaving_open(lab, lab.unsigned(), &[LIST]);
    Signing::new(&other.signer, Method::Seal(&other.seal), sealed()).sign(&mut twice).unwrap();
    let again =
        "<ofd:Signature ID=\"s003\" Type=\"Seal\" BaseLoc=\"Sign_0/Signature.xml\"/></ofd:Signatures>";

    vec![
        ("body-in-another-namespace", {
            let foreign = format!("<ofd:DocBody xmlns:ofd=\"http://example.org/\">{body}<ofd:DocBody>");
            rooted("<ofd:DocBody>", &foreign)
        }),
        ("body-below-another-element", {
            rooted("<ofd:DocBody>", &format!("<ofd:X><ofd:DocBody>{body}</ofd:X><ofd:DocBody>"))
        }),
        ("root-split-by-a-comment", rooted(root, &format!("Doc_1/Document.xml<!-- -->{back}"))),
        ("root-split-by-an-element", rooted(root, &format!("Doc_1/Document.xml<ofd:X/>{back}"))),
        ("root-split-by-cdata", rooted(root, &format!("Doc_1/Document.xml<![CDATA[{back}]]>"))),
        ("declared-as-gbk", zip(&replaced(open.clone(), ROOT, "UTF-8", "GBK"))),
        ("declared-as-utf-7", zip(&replaced(open, ROOT, "UTF-8", "UTF-7"))),
        ("open-page-removed", zip(&without(left_open, extra))),
        ("walk-cut-short-by-a-cover", zip(&replaced(noted, ROOT, "</ofd:DocInfo>", cover))),
        ("document-in-utf-16", written(utf_16())),
        ("document-with-doctype", {
            written(document.replacen("<ofd:Document", "<!DOCTYPE x><ofd:Document", 1).into_bytes())
        }),
        ("pages-behind-backslashes", {
            let bent = document.replace("Pages/Page_0/Content.xml", "Pages\\Page_0\\Content.xml");
            assert_ne!(bent, document);
            written(bent.into_bytes())
        }),
        ("open-data-vouched-for-by-another", zip(&vouched)),
        (
            "identifier-of-another-signature",
            zip(&replaced(twice.clone(), LIST, "ID=\"s002\"", "ID=\"s001\"")),
        ),
        ("one-signature-listed-twice", zip(&replaced(twice, LIST, "</ofd:Signatures>", again))),
        ("name-of-another-on-windows", zip(&with(sound.clone(), &format!("{PAGE}."), b"x"))),
        ("short-name-of-another-on-windows", zip(&with(sound, "Doc_0/DOCUME~1.XML", b"x"))),
    ]
}

/// Containers in which readers that search from the end, or go from entry to entry, find other files.
fn on_two_containers_in_one(lab: &Lab) -> Vec<Attack> {
    let sound = lab.sealed();
    let whole = zip(&sound);
    let other = zip(&Document::plain("d".repeat(32), sealed(), "另一份文件").package().unwrap());
    let commented = |mut comment: Vec<u8>| {
        // The inner end record claims a comment longer than the file.
        let claimed = comment.len() - 2;
        comment[claimed] = 9;
        let length = u16::try_from(comment.len()).unwrap();
        [&whole[..whole.len() - 2], &length.to_le_bytes(), &comment].concat()
    };
    let mut members = sound.members().unwrap();
    let page = members.iter_mut().find(|member| member.central.name == PAGE.as_bytes()).unwrap();
    let mut stored = Member::new(PAGE, sound.get(PAGE).unwrap(), false, sealed()).unwrap();
    stored.local.flags |= 1 << 3;
    stored.central.flags |= 1 << 3;
    stored.data.extend(b"PK\x07\x08");
    for field in [stored.central.crc, stored.central.compressed, stored.central.uncompressed] {
        stored.data.extend(field.to_le_bytes());
    }
    *page = stored;
    vec![
        ("end-record-in-the-comment", commented(other)),
        ("stored-with-descriptor", archive(&members).unwrap()),
        ("zip64-locator-before-the-end", {
            // As the comment of the last entry, 20 bytes before the end record.
            let end = whole.len() - 22;
            let header = whole[..end].windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
            let mut file = whole.clone();
            file[header + 32..header + 34].copy_from_slice(&20_u16.to_le_bytes());
            let size = u32::from_le_bytes(whole[end + 12..end + 16].try_into().unwrap()) + 20;
            file[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
            let locator = [b"PK\x06\x07".as_slice(), &[0; 16]].concat();
            file.splice(end..end, locator);
            file
        }),
    ]
}

/// Small files that would cost their reader gigabytes or minutes.
fn on_the_cost(lab: &Lab) -> Vec<Attack> {
    let resources = |text: String| {
        let text = format!("<ofd:Res xmlns:ofd=\"http://www.ofdspec.org/2016\"{text}</ofd:Res>");
        zip(&with(lab.unsigned(), "Doc_0/PublicRes.xml", text.as_bytes()))
    };
    let fonts = "<ofd:FontFile>x</ofd:FontFile>".repeat(1000);
    let declared =
        |from: u32| (from..from + 8).map(|number| format!(" xmlns:n{number}=\"u\"")).collect::<String>();
    let certificate = |size: usize| {
        zip(&lab.stated(|statement| {
            let certificate = statement.certificate.clone();
            // Inside the outermost SEQUENCE, so that it is one value still.
            statement.certificate = write::tlv(tag::SEQUENCE, &[&certificate[4..], &vec![0; size]].concat());
        }))
    };
    let long = "9".repeat(1 << 16);
    vec![
        ("base-of-a-megabyte", resources(format!(" BaseLoc=\"{}\">{fonts}", "a/".repeat(500_000)))),
        ("location-of-a-megabyte", {
            resources(format!("><ofd:FontFile>{}</ofd:FontFile>", "a/".repeat(500_000)))
        }),
        ("namespaces-piled-up", {
            let piled: String = (0..3).map(|level| format!("<a{}>", declared(level * 8))).collect();
            resources(format!(">{piled}<b xmlns:z=\"u\"/></a></a></a>"))
        }),
        ("certificate-beyond-any", certificate(20 << 10)),
        ("check-method-of-a-megabyte", zip(&lab.planned(|plan| plan.check_method = Some(long)))),
    ]
}

#[test]
fn a_report_does_not_grow_with_what_it_quotes() {
    let lab = Lab::new();
    let long = "9".repeat(1 << 16);
    let file = zip(&lab.planned(|plan| plan.check_method = Some(long)));
    let judgement = lab.judged(&file);
    let report = tongban::report::to_json(None, &judgement, tongban::verdict::Language::English);
    assert!(report.to_string().len() < 1 << 14);
}

#[test]
fn every_attack_gets_its_verdict_and_reasons() {
    let lab = Lab::new();
    let groups = [
        on_the_document(&lab),
        on_the_signature(&lab),
        on_the_seal(&lab),
        on_the_container(&lab),
        on_the_xml(&lab),
        on_what_readers_see(&lab),
        on_two_containers_in_one(&lab),
        on_the_cost(&lab),
    ];
    let attacks: Vec<Attack> = groups.into_iter().flatten().collect();
    keep(&attacks);
    let rows: Vec<String> = attacks
        .iter()
        .map(|(name, file)| format!("{name}\t{}", golden::outcome(&lab.judged(file))))
        .collect();
    golden::compare("attacks.tsv", "attack\tverdict\tintegrities\treasons", &rows);
}

/// Leaves the forgeries where `tests/oracle_ofd.py` finds them.
fn keep(attacks: &[Attack]) {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../attacks");
    std::fs::create_dir_all(&directory).unwrap();
    for (name, file) in attacks {
        std::fs::write(directory.join(format!("{name}.ofd")), file).unwrap();
    }
}
