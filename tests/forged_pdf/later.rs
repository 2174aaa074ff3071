//! What may come after a signature, and what may not: updates, incremental saving, shadow attacks.

use tongban::demo::forge::pdf::{
    Body, CATALOG, CONTENT, FONT, FORM, Listing, PAGE, PAGES, PdfFile, PdfMethod, PdfPlan, PdfSigning,
    catalog, content, form, page,
};

use crate::desk::{Case, Desk, SEAL, TEXT, find, revised};

/// Certified with `permission`.
pub(crate) fn certified(desk: &Desk, permission: u8) -> (PdfFile, PdfPlan) {
    desk.signed_as(|signing| {
        signing.entries = format!(
            "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams\
             <</Type/TransformParams/V/1.2/P {permission}>>>>]"
        );
    })
}

/// A document with a text field `name`, object 7, before it is signed.
pub(crate) fn with_field() -> PdfFile {
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

pub(crate) fn field(value: &str, appearance: &str) -> Body {
    Body::new(format!(
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V({value})/F 4/P {PAGE} 0 R/Rect[72 600 272 620]\
         /AP<</N {appearance}>>>>"
    ))
}

/// The document with a text field, signed with `entries` in the signature and `field_entries` in its field.
pub(crate) fn signed_form(desk: &Desk, entries: &str, field_entries: &str) -> PdfFile {
    let mut file = with_field();
    let mut signing = desk.signing(PdfMethod::Ordinary);
    signing.beside = "7 0 R".to_owned();
    signing.entries = entries.to_owned();
    signing.field_entries = field_entries.to_owned();
    signing.sign(&mut file).unwrap();
    file
}

pub(crate) fn permitted(permission: u8) -> String {
    format!("/Reference[<</TransformMethod/DocMDP/TransformParams<</P {permission}>>>>]")
}

pub(crate) fn updates<'a>(desk: &'a Desk) -> Vec<Case> {
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
        ("empty-field-added", {
            let (file, plan) = desk.signed();
            let all = format!("{} 0 R 90 0 R", plan.field);
            let empty =
                format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(Later)/F 132/P {PAGE} 0 R/Rect[0 0 0 0]>>");
            revised(file, vec![(FORM, form(&all)), (PAGE, page(&all)), (90, Body::new(empty))])
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

pub(crate) fn incremental_saving(desk: &Desk) -> Vec<Case> {
    let second_page = format!("<</Type/Pages/Kids[{PAGE} 0 R 90 0 R]/Count 2>>");
    let (sound, plan) = desk.signed();
    let annotations = format!("{} 0 R", plan.field);
    let empty_form = vec![(FORM, form("")), (PAGE, page(""))];
    vec![
        ("content-changed", desk.then(vec![(CONTENT, content("Certificate of something else"))])),
        ("page-added", desk.then(vec![(PAGES, Body::new(second_page)), (90, page(""))])),
        ("page-swapped", {
            let pages = Body::new("<</Type/Pages/Kids[90 0 R]/Count 1>>");
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

/// A document whose content is covered by a stamp, object 8, with another content hidden in object 9.
pub(crate) fn shadowed(desk: &Desk) -> (PdfFile, PdfPlan) {
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

pub(crate) fn shadow(desk: &Desk) -> Vec<Case> {
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
