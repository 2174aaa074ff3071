//! Signed PDF that the forge makes, sound and attacked by class, each with the verdict and the reasons it must get.
//! The table is `tests/golden/pdf.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/golden.rs"]
#[expect(dead_code, reason = "this table shows notes as well")]
mod golden;
#[path = "support/lab.rs"]
#[expect(dead_code, reason = "only PDF is forged here")]
mod lab;

use std::fs;
use std::path::Path;

use lab::{Lab, at, sealed, validity};
use tongban::asn1::write;
use tongban::demo::forge::pdf::{
    Body, CATALOG, CONTENT, FONT, FORM, Listing, PAGE, PAGES, PdfFile, PdfMethod, PdfPlan, PdfSigning,
    catalog, content, form, pades, page,
};
use tongban::demo::forge::{Cms, Encoding, Flavor, Identity, Layout, Name, Profile};
use tongban::verdict::{Judgement, Severity};

const TEXT: &str = "Certificate of Registration";
/// Where a seal sits.
const SEAL: [i32; 4] = [400, 100, 520, 220];

/// Verdict, integrities, and all reasons but notes; notes about PDF too, because they say what was changed.
fn outcome(judgement: &Judgement) -> String {
    let own = judgement.reasons.iter();
    let mut codes: Vec<&str> = own
        .chain(judgement.signatures.iter().flat_map(|signature| &signature.reasons))
        .filter(|reason| reason.code.severity() != Severity::Note || reason.code.as_str().starts_with("pdf."))
        .map(|reason| reason.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let integrities: Vec<&str> =
        judgement.signatures.iter().map(|signature| signature.integrity.as_str()).collect();
    format!("{}\t{}\t{}", judgement.verdict().as_str(), integrities.join(","), codes.join(" "))
}

struct Desk {
    lab: Lab,
    second: Identity,
    timestamper: Identity,
}

type Case = (&'static str, Vec<u8>);

impl Desk {
    fn new() -> Self {
        let lab = Lab::new();
        let second = lab.hierarchy.signer("广东省示例市公证处").unwrap();
        let name = Name::new("样例机构", "Timestamper");
        let timestamper = lab.hierarchy.root.issue(Profile::Timestamper, name, validity()).unwrap();
        Self { lab, second, timestamper }
    }

    fn signing<'a>(&'a self, method: PdfMethod<'a>) -> PdfSigning<'a> {
        PdfSigning::new(&self.lab.office.signer, method, sealed())
    }

    /// The document, signed in the usual way with `change` made to how.
    fn signed_as<'a>(&'a self, change: impl FnOnce(&mut PdfSigning<'a>)) -> (PdfFile, PdfPlan) {
        let mut file = PdfFile::new(TEXT).unwrap();
        let mut signing = self.signing(PdfMethod::Ordinary);
        change(&mut signing);
        let plan = signing.sign(&mut file).unwrap();
        (file, plan)
    }

    fn signed(&self) -> (PdfFile, PdfPlan) {
        self.signed_as(|_| {})
    }

    /// The signed document with one more revision.
    fn then(&self, objects: Vec<(u32, Body)>) -> Vec<u8> {
        revised(self.signed().0, objects)
    }

    /// A signature in the second place, by someone else.
    fn another<'a>(&'a self, method: PdfMethod<'a>, first: &PdfPlan) -> PdfSigning<'a> {
        let signer = if matches!(method, PdfMethod::Timestamp) { &self.timestamper } else { &self.second };
        let mut signing = PdfSigning::new(signer, method, at("2026-11-20T09:00:00Z"));
        signing.field = "Signature2".to_owned();
        signing.beside = format!("{} 0 R", first.field);
        signing
    }

    /// Signed, with `change` made to the file before the value is computed.
    fn planned(&self, change: impl FnOnce(&mut PdfFile, &mut PdfPlan)) -> Vec<u8> {
        let mut file = PdfFile::new(TEXT).unwrap();
        let signing = self.signing(PdfMethod::Ordinary);
        let mut plan = signing.plan(&mut file).unwrap();
        change(&mut file, &mut plan);
        let value = signing.value(&plan.content(&file.bytes)).unwrap();
        plan.fill(&mut file.bytes, &value);
        file.bytes
    }

    /// Signed with whatever `make` gives for the value.
    fn valued(&self, make: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut file = PdfFile::new(TEXT).unwrap();
        let plan = self.signing(PdfMethod::Ordinary).plan(&mut file).unwrap();
        let value = make(&plan.content(&file.bytes));
        plan.fill(&mut file.bytes, &value);
        file.bytes
    }
}

fn revised(mut file: PdfFile, objects: Vec<(u32, Body)>) -> Vec<u8> {
    file.revise(objects, Listing::Table).unwrap();
    file.bytes
}

/// `bytes` with the first `from` from `start` on replaced by `to`, which is as long.
fn overwritten(mut bytes: Vec<u8>, start: usize, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes[start..].windows(from.len()).position(|window| window == from.as_bytes()).unwrap() + start;
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

fn range_of(bytes: &[u8]) -> (usize, String) {
    let at = bytes.windows(10).rposition(|window| window == b"/ByteRange").unwrap();
    let end = at + bytes[at..].iter().position(|byte| *byte == b']').unwrap() + 1;
    (at, String::from_utf8(bytes[at..end].to_vec()).unwrap())
}

/// `bytes` with the ByteRange written as `range`, padded with spaces.
fn ranged(bytes: Vec<u8>, range: &str) -> Vec<u8> {
    let (at, old) = range_of(&bytes);
    let new = format!("{range:<width$}", width = old.len());
    overwritten(bytes, at, &old, &new)
}

fn sound(desk: &Desk) -> Vec<Case> {
    let by = |method| desk.signed_as(|signing| *signing = desk.signing(method)).0.bytes;
    let seals: Vec<Vec<u8>> = Layout::ALL
        .into_iter()
        .map(|layout| {
            let lab = Lab::with(layout);
            let mut file = PdfFile::new(TEXT).unwrap();
            let method = PdfMethod::Seal(&lab.office.seal);
            PdfSigning::new(&lab.office.signer, method, sealed()).sign(&mut file).unwrap();
            file.bytes
        })
        .collect();
    let [old, current, new] = <[Vec<u8>; 3]>::try_from(seals).unwrap();
    let compressed = {
        let objects = vec![
            (CATALOG, catalog("")),
            (PAGES, Body::new(format!("<</Type/Pages/Kids[{PAGE} 0 R]/Count 1>>"))),
            (PAGE, page("")),
            (CONTENT, content(TEXT)),
            (FONT, Body::new("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")),
            (FORM, form("")),
        ];
        let mut file = PdfFile::with(objects, Listing::Compressed).unwrap();
        let mut signing = desk.signing(PdfMethod::Ordinary);
        signing.listing = Listing::Stream;
        signing.sign(&mut file).unwrap();
        file.bytes
    };
    vec![
        ("unsigned", PdfFile::new(TEXT).unwrap().bytes),
        ("cms-ordinary", by(PdfMethod::Ordinary)),
        ("cms-gbt35275", by(PdfMethod::Chinese)),
        ("pades", by(PdfMethod::Pades)),
        ("seal-2014", old),
        ("seal-2020", current),
        ("seal-2025", new),
        ("objects-and-xref-in-streams", compressed),
        (
            "seal-shown",
            desk.signed_as(|signing| (signing.rectangle, signing.appearance) = (SEAL, true)).0.bytes,
        ),
        ("certified-nothing-may-change", certified(desk, 1).0.bytes),
        ("timestamp-alone", {
            let mut file = PdfFile::new(TEXT).unwrap();
            PdfSigning::new(&desk.timestamper, PdfMethod::Timestamp, sealed()).sign(&mut file).unwrap();
            file.bytes
        }),
    ]
}

/// Certified with `permission`.
fn certified(desk: &Desk, permission: u8) -> (PdfFile, PdfPlan) {
    desk.signed_as(|signing| {
        signing.entries = format!(
            "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams\
             <</Type/TransformParams/V/1.2/P {permission}>>>>]"
        );
    })
}

/// A document with a text field `name`, object 7, before it is signed.
fn with_field() -> PdfFile {
    let objects = vec![
        (CATALOG, catalog("")),
        (PAGES, Body::new(format!("<</Type/Pages/Kids[{PAGE} 0 R]/Count 1>>"))),
        (PAGE, page("7 0 R")),
        (CONTENT, content(TEXT)),
        (FONT, Body::new("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")),
        (FORM, form("7 0 R")),
        (7, field("Zhang", "9 0 R")),
        (8, Body::stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]", b"(Li) Tj")),
        (9, Body::stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]", b"(Zhang) Tj")),
    ];
    PdfFile::with(objects, Listing::Table).unwrap()
}

fn field(value: &str, appearance: &str) -> Body {
    Body::new(format!(
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V({value})/F 4/P {PAGE} 0 R/Rect[72 600 272 620]\
         /AP<</N {appearance}>>>>"
    ))
}

/// The document with a text field, signed with `entries` in the signature and `field_entries` in its field.
fn signed_form(desk: &Desk, entries: &str, field_entries: &str) -> PdfFile {
    let mut file = with_field();
    let mut signing = desk.signing(PdfMethod::Ordinary);
    signing.beside = "7 0 R".to_owned();
    signing.entries = entries.to_owned();
    signing.field_entries = field_entries.to_owned();
    signing.sign(&mut file).unwrap();
    file
}

fn permitted(permission: u8) -> String {
    format!("/Reference[<</TransformMethod/DocMDP/TransformParams<</P {permission}>>>>]")
}

fn updates<'a>(desk: &'a Desk) -> Vec<Case> {
    let filled = |entries: &str, field_entries: &str| {
        revised(signed_form(desk, entries, field_entries), vec![(7, field("Li", "8 0 R"))])
    };
    let added = |method, change: &dyn Fn(&mut PdfSigning<'a>)| {
        let (mut file, plan) = desk.signed();
        let mut signing = desk.another(method, &plan);
        change(&mut signing);
        signing.sign(&mut file).unwrap();
        file.bytes
    };
    let annotation = "<</Type/Annot/Subtype/FreeText/Rect[72 500 272 520]/Contents(paid)>>";
    let annotate = |(file, plan): (PdfFile, PdfPlan)| {
        let annotations = format!("{} 0 R 90 0 R", plan.field);
        revised(file, vec![(PAGE, page(&annotations)), (90, Body::new(annotation))])
    };
    let store = |entries: &str| {
        vec![
            (CATALOG, catalog("/DSS 90 0 R")),
            (90, Body::new(format!("<</Type/DSS/Certs[91 0 R]{entries}>>"))),
            (91, Body::stream("", &desk.lab.office.signer.certificate)),
        ]
    };
    let vri = "/VRI<</0123456789ABCDEF0123456789ABCDEF01234567<</Cert[91 0 R]>>>>";
    let certified_field = |(mut file, plan): (PdfFile, PdfPlan)| {
        desk.another(PdfMethod::Ordinary, &plan).sign(&mut file).unwrap();
        file.bytes
    };
    vec![
        ("second-signature", added(PdfMethod::Ordinary, &|_| {})),
        (
            "second-signature-with-a-seal",
            added(PdfMethod::Seal(&desk.lab.office.seal), &|signing| {
                signing.signer = &desk.lab.office.signer
            }),
        ),
        (
            "second-signature-shown",
            added(PdfMethod::Ordinary, &|signing| (signing.rectangle, signing.appearance) = (SEAL, true)),
        ),
        ("second-signature-after-certification-1", certified_field(certified(desk, 1))),
        ("second-signature-after-certification-2", certified_field(certified(desk, 2))),
        ("second-signature-in-an-empty-field", {
            let mut file = PdfFile::new(TEXT).unwrap();
            let empty = format!(
                "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature2)/F 132/P {PAGE} 0 R/Rect[0 0 0 0]>>"
            );
            file.revise(
                vec![(7, Body::new(empty)), (FORM, form("7 0 R")), (PAGE, page("7 0 R"))],
                Listing::Table,
            )
            .unwrap();
            let mut first = desk.signing(PdfMethod::Ordinary);
            first.beside = "7 0 R".to_owned();
            let plan = first.sign(&mut file).unwrap();
            let mut second = desk.another(PdfMethod::Ordinary, &plan);
            second.existing = Some(7);
            second.sign(&mut file).unwrap();
            file.bytes
        }),
        ("timestamp-added", added(PdfMethod::Timestamp, &|_| {})),
        ("security-store-added", desk.then(store(""))),
        ("security-store-with-vri", desk.then(store(vri))),
        ("security-store-after-certification-1", revised(certified(desk, 1).0, store(vri))),
        ("security-store-with-something-else", desk.then(store("/Extra[91 0 R]"))),
        ("metadata-changed", {
            let (mut file, _) = desk.signed();
            file.trailer = "/Info 90 0 R".to_owned();
            revised(file, vec![(90, Body::new("<</Title(Other)>>"))])
        }),
        ("field-filled", filled("", "")),
        ("field-filled-certification-1", filled(&permitted(1), "")),
        ("field-filled-certification-2", filled(&permitted(2), "")),
        ("field-filled-locked", filled(&permitted(2), "/Lock<</Action/Include/Fields[(name)]>>")),
        ("field-filled-other-locked", filled(&permitted(2), "/Lock<</Action/Include/Fields[(nam)]>>")),
        (
            "field-filled-locked-by-transform",
            filled("/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]", ""),
        ),
        ("annotation-added", annotate(desk.signed())),
        ("annotation-added-certification-2", annotate(certified(desk, 2))),
        ("annotation-added-certification-3", annotate(certified(desk, 3))),
    ]
}

fn incremental_saving(desk: &Desk) -> Vec<Case> {
    let second_page = format!("<</Type/Pages/Kids[{PAGE} 0 R 90 0 R]/Count 2>>");
    let (sound, plan) = desk.signed();
    let annotations = format!("{} 0 R", plan.field);
    let empty_form = vec![(FORM, form("")), (PAGE, page(""))];
    vec![
        ("content-changed", desk.then(vec![(CONTENT, content("Certificate of something else"))])),
        ("page-added", desk.then(vec![(PAGES, Body::new(second_page)), (90, page(""))])),
        ("page-swapped", {
            let pages = Body::new(format!("<</Type/Pages/Kids[90 0 R]/Count 1>>"));
            desk.then(vec![(PAGES, pages), (90, page(""))])
        }),
        ("page-turned", {
            let Body::Value(text) = page(&annotations) else { panic!() };
            let text = String::from_utf8(text).unwrap().replace("/Type/Page", "/Type/Page/Rotate 180");
            desk.then(vec![(PAGE, Body::new(text))])
        }),
        (
            "action-added",
            desk.then(vec![(CATALOG, catalog("/OpenAction<</S/JavaScript/JS(app.beep\\(\\))>>"))]),
        ),
        ("text-field-added", {
            let all = format!("{annotations} 90 0 R");
            desk.then(vec![(FORM, form(&all)), (PAGE, page(&all)), (90, field("paid", "91 0 R"))])
        }),
        ("shown-empty-field-added", {
            let all = format!("{annotations} 90 0 R");
            let body = "<</Type/Annot/Subtype/Widget/FT/Sig/T(x)/Rect[0 700 595 842]/AP<</N 91 0 R>>>>";
            let form_x = Body::stream("/Subtype/Form/BBox[0 0 1 1]", b"0 0 1 1 re f");
            desk.then(vec![(FORM, form(&all)), (PAGE, page(&all)), (90, Body::new(body)), (91, form_x)])
        }),
        ("field-with-an-action-added", {
            let all = format!("{annotations} 90 0 R");
            let body =
                "<</Type/Annot/Subtype/Widget/FT/Sig/T(x)/Rect[0 0 0 0]/AA<</Fo<</S/Named/N/Print>>>>>>";
            desk.then(vec![(FORM, form(&all)), (PAGE, page(&all)), (90, Body::new(body))])
        }),
        ("signature-taken-out", desk.then(empty_form)),
        (
            "form-taken-out",
            desk.then(vec![(CATALOG, Body::new(format!("<</Type/Catalog/Pages {PAGES} 0 R>>")))]),
        ),
        ("signature-emptied", {
            let body = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/F 132/P 3 0 R/Rect[0 0 0 0]>>";
            desk.then(vec![(plan.field, Body::new(body))])
        }),
        ("reason-written-into-the-signature", {
            let start =
                sound.bytes[..plan.gap.start].windows(6).rposition(|window| window == b" 0 obj").unwrap();
            let end = plan.gap.end + 2;
            let dictionary = sound.bytes[start + 7..end].to_vec();
            let text = String::from_utf8(dictionary).unwrap();
            desk.then(vec![(plan.signature, Body::new(text.replacen("<<", "<</Reason(approved)", 1)))])
        }),
        ("bytes-behind-the-end", [&sound.bytes[..], b"90 0 obj\n(more)\nendobj\n"].concat()),
        ("back-to-an-older-state", {
            let older = PdfFile::new(TEXT).unwrap().xref.unwrap();
            [&sound.bytes[..], format!("startxref\n{older}\n%%EOF\n").as_bytes()].concat()
        }),
        ("without-a-cross-reference", {
            let appended = format!("{CONTENT} 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n");
            let last = format!("startxref\n{}\n%%EOF\n", sound.xref.unwrap());
            [&sound.bytes[..], appended.as_bytes(), last.as_bytes()].concat()
        }),
        ("history-cut-off", {
            // A whole document after the signed one, whose cross-reference leads nowhere back.
            let mut file = sound.clone();
            file.xref = None;
            let fresh = vec![
                (CATALOG, catalog("")),
                (PAGES, Body::new(format!("<</Type/Pages/Kids[{PAGE} 0 R]/Count 1>>"))),
                (PAGE, page(&annotations)),
                (CONTENT, content("Something else")),
                (FONT, Body::new("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")),
                (FORM, form(&annotations)),
                (plan.field, Body::At(find(&sound.bytes, &format!("{} 0 obj", plan.field)))),
                (plan.signature, Body::At(find(&sound.bytes, &format!("{} 0 obj", plan.signature)))),
            ];
            revised(file, fresh)
        }),
        ("large-timestamp-appearance", {
            let (mut file, plan) = desk.signed();
            let mut signing = desk.another(PdfMethod::Timestamp, &plan);
            (signing.rectangle, signing.appearance) = ([0, 0, 595, 842], true);
            signing.sign(&mut file).unwrap();
            file.bytes
        }),
        ("signature-over-the-page", {
            let (mut file, plan) = desk.signed();
            let mut signing = desk.another(PdfMethod::Ordinary, &plan);
            (signing.rectangle, signing.appearance) = ([0, 0, 595, 842], true);
            signing.sign(&mut file).unwrap();
            file.bytes
        }),
        ("signature-over-the-seal", {
            let (mut file, plan) =
                desk.signed_as(|signing| (signing.rectangle, signing.appearance) = (SEAL, true));
            let mut signing = desk.another(PdfMethod::Ordinary, &plan);
            (signing.rectangle, signing.appearance) = ([300, 50, 420, 150], true);
            signing.sign(&mut file).unwrap();
            file.bytes
        }),
    ]
}

fn find(bytes: &[u8], wanted: &str) -> usize {
    bytes.windows(wanted.len()).rposition(|window| window == wanted.as_bytes()).unwrap()
}

/// A document whose content is covered by a stamp, object 8, with another content hidden in object 9.
fn shadowed(desk: &Desk) -> (PdfFile, PdfPlan) {
    let objects = vec![
        (CATALOG, catalog("")),
        (PAGES, Body::new(format!("<</Type/Pages/Kids[{PAGE} 0 R]/Count 1>>"))),
        (PAGE, page("8 0 R")),
        (CONTENT, content(TEXT)),
        (FONT, Body::new("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")),
        (FORM, form("")),
        (8, Body::new("<</Type/Annot/Subtype/Stamp/F 4/Rect[72 740 400 800]>>")),
        (9, content("Certificate of something else")),
        (10, Body::new(format!("<</Type/Catalog/Pages 11 0 R/AcroForm {FORM} 0 R>>"))),
        (11, Body::new("<</Type/Pages/Kids[12 0 R]/Count 1>>")),
        (12, Body::new("<</Type/Page/Parent 11 0 R/MediaBox[0 0 595 842]/Contents 9 0 R>>")),
    ];
    let mut file = PdfFile::with(objects, Listing::Table).unwrap();
    let mut signing = desk.signing(PdfMethod::Ordinary);
    signing.annotations = "8 0 R".to_owned();
    let plan = signing.sign(&mut file).unwrap();
    (file, plan)
}

fn shadow(desk: &Desk) -> Vec<Case> {
    let (file, plan) = shadowed(desk);
    let annotations = format!("{} 0 R", plan.field);
    let hidden = find(&file.bytes, "9 0 obj");
    vec![
        ("shadow-hide-freed", revised(file.clone(), vec![(8, Body::Free)])),
        ("shadow-hide-unlisted", revised(file.clone(), vec![(PAGE, page(&annotations))])),
        ("shadow-replace-font", {
            let other = Body::new("<</Type/Font/Subtype/Type1/BaseFont/Symbol>>");
            desk.then(vec![(FONT, other)])
        }),
        ("shadow-replace-appearance", {
            revised(signed_form(desk, "", ""), vec![(7, field("Zhang", "8 0 R"))])
        }),
        ("shadow-exchange-by-number", {
            let Body::Value(text) = page(&format!("8 0 R {annotations}")) else { panic!() };
            let text =
                String::from_utf8(text).unwrap().replace(&format!("/Contents {CONTENT} 0"), "/Contents 9 0");
            revised(file.clone(), vec![(PAGE, Body::new(text))])
        }),
        ("shadow-exchange-by-catalog", {
            let mut file = file.clone();
            file.root = 10;
            revised(file, vec![])
        }),
        ("shadow-exchange-twin", {
            // Two objects of one number in the signed bytes; the table knows one, the update the other.
            let mut file = PdfFile::new(TEXT).unwrap();
            let twin = file.append(CONTENT, b"<</Length 12>>\nstream\n(other) Tj  \nendstream");
            desk.signing(PdfMethod::Ordinary).sign(&mut file).unwrap();
            revised(file, vec![(CONTENT, Body::At(twin))])
        }),
        ("shadow-exchange-wrong-number", revised(file, vec![(CONTENT, Body::At(hidden))])),
        ("shadow-prepared", {
            let mut file = PdfFile::new(TEXT).unwrap();
            file.append(CONTENT, b"<</Length 12>>\nstream\n(other) Tj  \nendstream");
            desk.signing(PdfMethod::Ordinary).sign(&mut file).unwrap();
            file.bytes
        }),
    ]
}

fn wrapping_and_forgery(desk: &Desk) -> Vec<Case> {
    let (file, plan) = desk.signed();
    let sound = file.bytes.clone();
    let (before, resume) = (plan.gap.start, plan.gap.end);
    let after = sound.len() - resume;
    let contents = |value: &str| {
        let inside = String::from_utf8(sound[before..resume].to_vec()).unwrap();
        let width = inside.len();
        overwritten(sound.clone(), before, &inside, &format!("{value:<width$}"))
    };
    vec![
        ("wrapped", {
            // The signed tail moves away, a new signature dictionary with the old value says so, and a new
            // cross-reference takes in what was put between.
            let padding = " ".repeat(40);
            let range = format!("[0 {before} {} {after}]", resume + padding.len());
            let value = std::str::from_utf8(&sound[before..resume]).unwrap();
            let dictionary = format!(
                "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange{range}/Contents{value}>>"
            );
            let bytes = [&sound[..resume], padding.as_bytes(), &sound[resume..]].concat();
            let mut file = PdfFile { bytes, xref: None, ..file };
            let annotations = format!("{} 0 R", plan.field);
            let field = Body::new(format!("<</FT/Sig/T(Signature1)/V {} 0 R>>", plan.signature));
            let objects = vec![
                (CATALOG, catalog("")),
                (PAGES, Body::new(format!("<</Type/Pages/Kids[{PAGE} 0 R]/Count 1>>"))),
                (PAGE, page(&annotations)),
                (CONTENT, content("Certificate of something else")),
                (FONT, Body::new("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")),
                (FORM, form(&annotations)),
                (plan.field, field),
                (plan.signature, Body::new(dictionary)),
            ];
            file.revise(objects, Listing::Table).unwrap();
            file.bytes
        }),
        ("gap-too-wide", ranged(sound.clone(), &format!("/ByteRange[0 {} {resume} {after}]", before - 4))),
        ("gap-too-narrow", ranged(sound.clone(), &format!("/ByteRange[0 {} {resume} {after}]", before + 4))),
        ("range-missing", {
            let (at, old) = range_of(&sound);
            overwritten(sound.clone(), at, &old, &old.replace("/ByteRange", "/ByteRenge"))
        }),
        ("range-null", ranged(sound.clone(), "/ByteRange null")),
        ("range-of-two", ranged(sound.clone(), &format!("/ByteRange[0 {before}]"))),
        ("range-of-six", ranged(sound.clone(), &format!("/ByteRange[0 {before} {resume} {after} 0 1]"))),
        ("range-negative", ranged(sound.clone(), &format!("/ByteRange[0 {before} {resume} -1]"))),
        (
            "range-not-from-the-start",
            ranged(sound.clone(), &format!("/ByteRange[9 {before} {resume} {after}]")),
        ),
        ("range-backwards", ranged(sound.clone(), &format!("/ByteRange[0 {resume} {before} {after}]"))),
        ("range-too-long", ranged(sound.clone(), &format!("/ByteRange[0 {before} {resume} 99999999]"))),
        ("range-too-short", ranged(sound.clone(), &format!("/ByteRange[0 {before} {resume} {}]", after - 9))),
        ("contents-missing", { overwritten(sound.clone(), before - 9, "/Contents", "/Cantents") }),
        ("contents-null", contents(" null")),
        ("contents-empty", contents("<>")),
        ("contents-zeros", contents(&format!("<{}>", "0".repeat(resume - before - 2)))),
        ("contents-literal", contents(&format!("({})", "x".repeat(resume - before - 2)))),
        ("contents-with-white-space", desk.planned(|file, plan| file.bytes[plan.gap.end - 3] = b' ')),
        ("padding-not-zero", overwritten(sound.clone(), resume - 5, "0000", "00ff")),
        ("value-garbage", desk.valued(|_| b"0\x82garbage".to_vec())),
        ("value-a-seal", desk.valued(|_| desk.lab.office.seal.der.clone())),
        (
            "two-signers",
            desk.valued(|content| {
                let mut cms = ordinary(&desk.lab.office.signer, content);
                cms.signers.push(ordinary(&desk.second, content).signers.remove(0));
                cms.to_bytes().unwrap()
            }),
        ),
        (
            "no-signer",
            desk.valued(|content| {
                let mut cms = ordinary(&desk.lab.office.signer, content);
                cms.signers.clear();
                cms.to_bytes().unwrap()
            }),
        ),
        (
            "content-enclosed",
            desk.valued(|content| {
                let mut cms = ordinary(&desk.lab.office.signer, content);
                cms.enclosed = Some(content[..20].to_vec());
                cms.to_bytes().unwrap()
            }),
        ),
        ("certificate-not-the-named-one", {
            let mut file = PdfFile::new(TEXT).unwrap();
            let signing = desk.signing(PdfMethod::Pades);
            let plan = signing.plan(&mut file).unwrap();
            let value = pades(&desk.lab.office.signer, &desk.second.certificate, &plan.content(&file.bytes));
            plan.fill(&mut file.bytes, &value.unwrap().to_bytes().unwrap());
            file.bytes
        }),
        ("certificate-not-named", {
            let signing =
                |signing: &mut PdfSigning<'_>| signing.sub_filter = "ETSI.CAdES.detached".to_owned();
            desk.signed_as(signing).0.bytes
        }),
        ("lifted-to-another-document", {
            let mut other = PdfFile::new("Certificate of something else").unwrap();
            let other_plan = desk.signing(PdfMethod::Ordinary).plan(&mut other).unwrap();
            other_plan.fill(&mut other.bytes, &hex(&sound[before + 1..resume - 1]));
            other.bytes
        }),
        ("seal-lifted-to-another-document", {
            let method = PdfMethod::Seal(&desk.lab.office.seal);
            let (file, plan) = desk.signed_as(|signing| *signing = desk.signing(method));
            let mut other = PdfFile::new("Certificate of something else").unwrap();
            let other_plan = desk.signing(method).plan(&mut other).unwrap();
            other_plan.fill(&mut other.bytes, &hex(&file.bytes[plan.gap.start + 1..plan.gap.end - 1]));
            other.bytes
        }),
        (
            "two-fields-one-signature",
            desk.planned(|file, plan| {
                // Built before signing, so that all of it is signed.
                let all = format!("{} 0 R 90 0 R", plan.field);
                let twin =
                    format!("<</FT/Sig/T(Twin)/V {} 0 R/Rect[0 0 0 0]/Subtype/Widget>>", plan.signature);
                file.revise(
                    vec![(FORM, form(&all)), (PAGE, page(&all)), (90, Body::new(twin))],
                    Listing::Table,
                )
                .unwrap();
                plan.set_range(&mut file.bytes, [0, plan.gap.start, plan.gap.end]).unwrap();
            }),
        ),
        ("sub-filter-missing", desk.signed_as(|signing| signing.sub_filter = "x".to_owned()).0.bytes),
        ("sub-filter-of-a-timestamp", {
            desk.signed_as(|signing| signing.sub_filter = "ETSI.RFC3161".to_owned()).0.bytes
        }),
        ("timestamp-of-something-else", {
            let mut file = PdfFile::new(TEXT).unwrap();
            let signing = PdfSigning::new(&desk.timestamper, PdfMethod::Timestamp, sealed());
            let plan = signing.plan(&mut file).unwrap();
            let value = signing.value(b"something else").unwrap();
            plan.fill(&mut file.bytes, &value);
            file.bytes
        }),
        ("pkcs1-without-certificate", {
            let (mut file, plan) =
                desk.signed_as(|signing| signing.sub_filter = "adbe.x509.rsa_sha1".to_owned());
            let zeros = vec![0; (resume - before) / 2 - 1];
            plan.fill(&mut file.bytes, &zeros);
            plan.fill(&mut file.bytes, &write::octets(&[1; 256]));
            file.bytes
        }),
    ]
}

fn ordinary(signer: &Identity, content: &[u8]) -> Cms {
    let mut cms = Cms::new(Flavor::OrdinaryData, Encoding::Der, signer, sealed(), content).unwrap();
    cms.content_type = "1.2.840.113549.1.7.2".to_owned();
    cms
}

fn hex(digits: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(digits).unwrap();
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

fn on_the_file(desk: &Desk) -> Vec<Case> {
    let (file, _) = desk.signed();
    let sound = file.bytes.clone();
    let xref = file.xref.unwrap();
    let at_the_end = |from: &str, to: &str| overwritten(sound.clone(), xref, from, to);
    let one = |objects: Vec<(u32, Body)>| {
        let mut all = vec![
            (CATALOG, catalog("")),
            (PAGES, Body::new(format!("<</Type/Pages/Kids[{PAGE} 0 R]/Count 1>>"))),
            (PAGE, page("")),
            (CONTENT, content(TEXT)),
            (FONT, Body::new("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")),
            (FORM, form("")),
        ];
        all.retain(|(number, _)| !objects.iter().any(|(other, _)| number == other));
        all.extend(objects);
        PdfFile::with(all, Listing::Table).unwrap().bytes
    };
    vec![
        ("prefixed", [b"\n", &sound[..]].concat()),
        ("other-version", overwritten(sound.clone(), 0, "%PDF-1.7", "%PDF-9.9")),
        ("startxref-missing", at_the_end("startxref", "startxrof")),
        ("startxref-astray", overwritten(sound.clone(), sound.len() - 18, &format!("{xref}"), "00100")),
        ("xref-row-malformed", at_the_end(" 00000 n \n", " 0000o n \n")),
        ("xref-row-astray", {
            let row = format!("{:010}", find(&sound, "7 0 obj"));
            let astray = format!("{:010}", find(&sound, "8 0 obj"));
            overwritten(sound.clone(), xref, &row, &astray)
        }),
        ("xref-row-out-of-the-file", {
            let row = format!("{:010}", find(&sound, "7 0 obj"));
            overwritten(sound.clone(), xref, &row, "0009999999")
        }),
        ("xref-in-a-circle", {
            let mut file = PdfFile::new(TEXT).unwrap();
            let own = file.xref.unwrap();
            file.trailer = format!("/Prev {own}");
            file.xref = None;
            let mut again = PdfFile { bytes: file.bytes[..own].to_vec(), ..file };
            again.revise(vec![], Listing::Table).unwrap();
            again.bytes
        }),
        ("encrypted", {
            let mut file = PdfFile::new(TEXT).unwrap();
            file.trailer = "/Encrypt<</Filter/Standard/V 4>>".to_owned();
            revised(file, vec![])
        }),
        ("hybrid-later", {
            let (mut file, _) = desk.signed();
            let stream = file.bytes.len();
            let body = Body::stream("/Type/XRef/W[1 4 2]/Index[0 0]/Size 1", b"");
            let Body::Value(body) = body else { panic!() };
            let number = file.number();
            file.append(number, &body);
            file.trailer = format!("/XRefStm {stream}");
            revised(file, vec![])
        }),
        ("key-twice", one(vec![(CATALOG, catalog(&format!("/Pages {FORM} 0 R")))])),
        ("form-in-a-circle", one(vec![(FORM, form("90 0 R")), (90, Body::new("<</T(a)/Kids[90 0 R]>>"))])),
        ("form-not-a-dictionary", one(vec![(FORM, Body::new("[1 2 3]"))])),
        ("catalog-missing", one(vec![(CATALOG, Body::new("null"))])),
        ("object-cut-off", one(vec![(FORM, Body::new("<</Fields["))])),
        ("values-nested-too-deep", one(vec![(FORM, Body::new("[".repeat(200) + &"]".repeat(200)))])),
        ("stream-length-wrong", one(vec![(FORM, Body::new("<</Length 3>>\nstream\n123456\nendstream"))])),
        ("object-stream-filter-unknown", {
            let stream = Body::stream("/Type/ObjStm/N 1/First 4/Filter/LZWDecode", b"6 0 <<>>");
            let mut file = PdfFile::new(TEXT).unwrap();
            file.revise(vec![(90, stream)], Listing::Stream).unwrap();
            // The form moves into that stream by a row written by hand.
            let row = [&[2, 0, 0, 0, 90][..], &[0, 0]].concat();
            let at = file.bytes.len();
            let entries = format!(
                "/Type/XRef/W[1 4 2]/Index[{FORM} 1]/Size 100/Root {CATALOG} 0 R/Prev {}",
                file.xref.unwrap()
            );
            let Body::Value(body) = Body::stream(&entries, &row) else { panic!() };
            file.append(99, &body);
            file.bytes.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
            file.bytes
        }),
        ("too-many-revisions", {
            let mut file = PdfFile::new(TEXT).unwrap();
            for _ in 0..200 {
                file.revise(vec![], Listing::Table).unwrap();
            }
            file.bytes
        }),
    ]
}

#[test]
fn every_file_gets_its_verdict_and_reasons() {
    let desk = Desk::new();
    let groups = [
        sound(&desk),
        updates(&desk),
        incremental_saving(&desk),
        shadow(&desk),
        wrapping_and_forgery(&desk),
        on_the_file(&desk),
    ];
    let kept =
        std::env::var_os("KEEP_FORGED").map(|_| Path::new(env!("CARGO_TARGET_TMPDIR")).join("forged_pdf"));
    if let Some(directory) = &kept {
        fs::create_dir_all(directory).unwrap();
    }
    let mut rows = Vec::new();
    for (name, file) in groups.into_iter().flatten() {
        rows.push(format!("{name}\t{}", outcome(&desk.lab.judged(&file))));
        // For `tests/oracle_pdf.py`, which judges the same files by other means.
        if let Some(directory) = &kept {
            fs::write(directory.join(format!("{name}.pdf")), file).unwrap();
        }
    }
    golden::compare("pdf.tsv", "file\tverdict\tintegrities\treasons", &rows);
}
