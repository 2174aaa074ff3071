//! Signs a PDF: a revision with a signature whose value is left out of what it signs (ISO 32000-2 §12.8.1).
//! `sign` does it all; a test that wants something else plans, changes the plan or the bytes, and fills.

use super::{Body, FORM, Listing, PAGE, PdfFile, form, page};
use crate::asn1::{tag, write};
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::demo::forge::cms::{CONTENT_TYPE, MESSAGE_DIGEST, attribute, set_of};
use crate::demo::forge::timestamp::SIGNING_CERTIFICATE;
use crate::demo::forge::{
    Cms, Encoding, Error, Flavor, Identity, Seal, Statement, algorithm, oid, signer_info, timestamp,
};

/// RFC 5652 §5.1.
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// RFC 5652 §4.
const DATA: &str = "1.2.840.113549.1.7.1";

/// What stands in Contents.
#[derive(Clone, Copy, Debug)]
pub enum PdfMethod<'a> {
    /// SignedData with ordinary object identifiers.
    Ordinary,
    /// SignedData with the object identifiers of GB/T 35275.
    Chinese,
    /// SignedData as PAdES has it: the signer's certificate named, the time outside.
    Pades,
    /// An SES_Signature with a seal.
    Seal(&'a Seal),
    /// A timestamp.
    Timestamp,
}

/// How a signature is to be made.
#[derive(Clone, Debug)]
pub struct PdfSigning<'a> {
    /// Who signs.
    pub signer: &'a Identity,
    /// What the value is.
    pub method: PdfMethod<'a>,
    /// When.
    pub at: Timestamp,
    /// The name of the field.
    pub field: String,
    /// The object of a field that is there already; none makes a new one.
    pub existing: Option<u32>,
    /// Fields that are there already, as form and page list them.
    pub beside: String,
    /// Annotations that are there already and no fields, as the page lists them.
    pub annotations: String,
    /// Where the widget is.
    pub rectangle: [i32; 4],
    /// Whether the widget shows something.
    pub appearance: bool,
    /// Entries of the signature dictionary beside the usual ones, as they are written.
    pub entries: String,
    /// Entries of the field beside the usual ones, as they are written.
    pub field_entries: String,
    /// SubFilter.
    pub sub_filter: String,
    /// Bytes that Contents has room for.
    pub room: usize,
    /// How the revision lists its objects.
    pub listing: Listing,
}

/// A signature that stands in the file with zeros for its value. What is signed may still be changed in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdfPlan {
    /// The object of the field.
    pub field: u32,
    /// The object of the signature.
    pub signature: u32,
    /// Where Contents stand, delimiters included.
    pub gap: std::ops::Range<usize>,
}

impl<'a> PdfSigning<'a> {
    /// A signature by `signer` in a new field that shows nothing.
    pub fn new(signer: &'a Identity, method: PdfMethod<'a>, at: Timestamp) -> Self {
        let sub_filter = match method {
            PdfMethod::Ordinary | PdfMethod::Chinese => "adbe.pkcs7.detached",
            PdfMethod::Pades => "ETSI.CAdES.detached",
            PdfMethod::Seal(_) => "GM.SES",
            PdfMethod::Timestamp => "ETSI.RFC3161",
        };
        Self {
            signer,
            method,
            at,
            field: "Signature1".to_owned(),
            existing: None,
            beside: String::new(),
            annotations: String::new(),
            rectangle: [0; 4],
            appearance: false,
            entries: String::new(),
            field_entries: String::new(),
            sub_filter: sub_filter.to_owned(),
            room: 8192,
            listing: Listing::Table,
        }
    }

    /// Appends a signed revision to `file`.
    pub fn sign(&self, file: &mut PdfFile) -> Result<PdfPlan, Error> {
        let plan = self.plan(file)?;
        let value = self.value(&plan.content(&file.bytes))?;
        plan.fill(&mut file.bytes, &value);
        Ok(plan)
    }

    /// Appends the revision with zeros for the value.
    pub fn plan(&self, file: &mut PdfFile) -> Result<PdfPlan, Error> {
        let field = self.existing.unwrap_or_else(|| file.number());
        let signature = file.number();
        let mut objects = Vec::new();
        let mut appearance = String::new();
        if self.appearance {
            let number = file.number();
            let [left, bottom, right, top] = self.rectangle;
            let entries = format!("/Type/XObject/Subtype/Form/BBox[0 0 {} {}]", right - left, top - bottom);
            objects.push((number, Body::stream(&entries, b"0.8 0 0 rg 0 0 200 200 re f")));
            appearance = format!("/AP<</N {number} 0 R>>");
        }
        let [left, bottom, right, top] = self.rectangle;
        objects.push((
            field,
            Body::new(format!(
                "<</Type/Annot/Subtype/Widget/FT/Sig/T({})/F 132/P {PAGE} 0 R\
                 /Rect[{left} {bottom} {right} {top}]/V {signature} 0 R{appearance}{}>>",
                self.field, self.field_entries
            )),
        ));
        if self.existing.is_none() {
            let all = format!("{} {field} 0 R", self.beside);
            objects.push((FORM, form(&all)));
            objects.push((PAGE, page(&format!("{} {all}", self.annotations))));
        }
        objects.push((signature, Body::new(self.dictionary(file.bytes.len()))));
        // The signature's object goes uncompressed, or there would be no gap.
        let start = file.bytes.len();
        let (listing, objects) = match self.listing {
            Listing::Compressed => (Listing::Stream, objects),
            listing => (listing, objects),
        };
        file.revise(objects, listing)?;
        let zeros = format!("<{}>", "0".repeat(self.room * 2));
        let at = find(&file.bytes, zeros.as_bytes(), start).ok_or(Error::Structure("Contents".to_owned()))?;
        let plan = PdfPlan { field, signature, gap: at..at + zeros.len() };
        plan.set_range(&mut file.bytes, [0, plan.gap.start, plan.gap.end])?;
        Ok(plan)
    }

    fn dictionary(&self, size: usize) -> String {
        let kind = if matches!(self.method, PdfMethod::Timestamp) { "DocTimeStamp" } else { "Sig" };
        let date = write::generalized_time(self.at).and_then(|time| time.get(2..16).map(<[u8]>::to_vec));
        let date = String::from_utf8(date.unwrap_or_default()).unwrap_or_default();
        let time = match self.method {
            // PAdES leaves the time of a timestamp to the timestamp (EN 319 142-1 §5.4.3).
            PdfMethod::Timestamp => String::new(),
            _ => format!("/M(D:{date}Z)"),
        };
        // Room for three offsets of ten digits, which are known only when the revision stands.
        let range = format!("[0 {:<10} {:<10} {:<10}]", 0, size, 0);
        format!(
            "<</Type/{kind}/Filter/Adobe.PPKLite/SubFilter/{}{time}{}/ByteRange{range}/Contents<{}>>>",
            self.sub_filter,
            self.entries,
            "0".repeat(self.room * 2)
        )
    }

    /// The value over `content`.
    pub fn value(&self, content: &[u8]) -> Result<Vec<u8>, Error> {
        match self.method {
            PdfMethod::Ordinary => {
                let mut cms = Cms::new(Flavor::OrdinaryData, Encoding::Der, self.signer, self.at, content)?;
                cms.content_type = SIGNED_DATA.to_owned();
                cms.to_bytes()
            }
            PdfMethod::Chinese => {
                Cms::new(Flavor::SignedAttributes, Encoding::Der, self.signer, self.at, content)?.to_bytes()
            }
            PdfMethod::Pades => pades(self.signer, &self.signer.certificate, content)?.to_bytes(),
            PdfMethod::Seal(seal) => {
                Statement::new(seal, self.signer, self.at, content, "")?.sign(self.signer)
            }
            PdfMethod::Timestamp => timestamp(self.signer, self.at, content),
        }
    }
}

impl PdfPlan {
    /// What is signed.
    pub fn content(&self, bytes: &[u8]) -> Vec<u8> {
        let before = bytes.get(..self.gap.start).unwrap_or_default();
        [before, bytes.get(self.gap.end..).unwrap_or_default()].concat()
    }

    /// Puts `value` into the gap, zeros behind it.
    pub fn fill(&self, bytes: &mut [u8], value: &[u8]) {
        let digits = value.iter().flat_map(|byte| format!("{byte:02x}").into_bytes());
        let inside = self.gap.start + 1..self.gap.end - 1;
        for (to, from) in bytes.get_mut(inside).unwrap_or_default().iter_mut().zip(digits) {
            *to = from;
        }
    }

    /// Writes a ByteRange of `start`, the gap's beginning and its end, up to the end of the file.
    pub fn set_range(&self, bytes: &mut [u8], [start, before, resume]: [usize; 3]) -> Result<(), Error> {
        let range = format!("[{start} {:<10} {:<10} {:<10}]", before, resume, bytes.len() - resume);
        let missing = || Error::Structure("ByteRange".to_owned());
        let from = self.gap.start.saturating_sub(range.len() + 10);
        let at =
            find(bytes, b"/ByteRange", from.saturating_sub(10)).ok_or_else(missing)? + b"/ByteRange".len();
        let place = bytes.get_mut(at..at + range.len()).ok_or_else(missing)?;
        place.copy_from_slice(range.as_bytes());
        Ok(())
    }
}

/// SignedData as PAdES has it (EN 319 142-1 §6.3) by `signer`, who names the certificate `named`.
pub fn pades(signer: &Identity, named: &[u8], content: &[u8]) -> Result<Cms, Error> {
    let mut cms = Cms::new(Flavor::OrdinaryData, Encoding::Der, signer, Timestamp::from_millis(0), content)?;
    let certificate = DigestAlgorithm::Sm3.digest(named);
    let certificate =
        write::sequence(&[&algorithm(DigestAlgorithm::Sm3.oid())?, &write::octets(certificate.as_ref())]);
    let attributes = set_of(vec![
        attribute(CONTENT_TYPE, &oid(DATA)?)?,
        attribute(MESSAGE_DIGEST, &write::octets(DigestAlgorithm::Sm3.digest(content).as_ref()))?,
        attribute(SIGNING_CERTIFICATE, &write::sequence(&[&write::sequence(&[&certificate])]))?,
    ]);
    let message = write::tlv(tag::SET, &attributes);
    cms.content_type = SIGNED_DATA.to_owned();
    cms.signers = vec![signer_info(signer, Some(&attributes), &message)?];
    Ok(cms)
}

/// The first place of `wanted` from `start` on.
fn find(bytes: &[u8], wanted: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    rest.windows(wanted.len()).position(|window| window == wanted).map(|at| at + start)
}
