//! Forgeries of one signature: wrapping, universal forgery, values that are not what they should be.

use tongban::asn1::write;
use tongban::demo::forge::pdf::{
    Body, CATALOG, CONTENT, FONT, FORM, Listing, PAGE, PAGES, PdfFile, PdfMethod, PdfSigning, catalog,
    content, form, pades, page,
};
use tongban::demo::forge::{Cms, Encoding, Flavor, Identity};

use crate::desk::{Case, Desk, TEXT, overwritten, range_of, ranged};
use crate::lab::sealed;

pub(crate) fn wrapping_and_forgery(desk: &Desk) -> Vec<Case> {
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
