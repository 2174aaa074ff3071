//! Sound files of every shape, and files that are broken as files.

use tongban::demo::forge::pdf::{
    Body, CATALOG, CONTENT, FONT, FORM, Listing, PAGE, PAGES, PdfFile, PdfMethod, PdfSigning, catalog,
    content, form, page,
};
use tongban::demo::forge::{Cms, Encoding, Flavor, Layout};

use crate::desk::{Case, Desk, SEAL, TEXT, find, overwritten, revised};
use crate::lab::{Lab, sealed};
use crate::later::certified;

pub(crate) fn sound(desk: &Desk) -> Vec<Case> {
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
        ("hybrid", {
            // Word writes a document, then an empty table with a stream beside it that knows more.
            let mut file = PdfFile::new(TEXT).unwrap();
            let (number, extra) = (file.number(), file.number());
            let at = file.append(extra, b"(known to new readers)");
            let row = [&[1][..], &u32::try_from(at).unwrap().to_be_bytes(), &[0, 0]].concat();
            let entries = format!("/Type/XRef/W[1 4 2]/Index[{extra} 1]/Size {}", file.next);
            let Body::Value(stream) = Body::stream(&entries, &row) else { panic!() };
            let stream = file.append(number, &stream);
            file.trailer = format!("/XRefStm {stream}");
            file.revise(vec![], Listing::Table).unwrap();
            file.trailer.clear();
            desk.signing(PdfMethod::Ordinary).sign(&mut file).unwrap();
            file.bytes
        }),
        ("unsigned", PdfFile::new(TEXT).unwrap().bytes),
        ("cms-ordinary", by(PdfMethod::Ordinary)),
        ("cms-gbt35275", by(PdfMethod::Chinese)),
        ("cms-ber", {
            desk.valued(|content| {
                let signer = &desk.lab.office.signer;
                let mut cms =
                    Cms::new(Flavor::OrdinaryData, Encoding::Ber, signer, sealed(), content).unwrap();
                cms.content_type = "1.2.840.113549.1.7.2".to_owned();
                cms.to_bytes().unwrap()
            })
        }),
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

pub(crate) fn on_the_file(desk: &Desk) -> Vec<Case> {
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
