//! Who signs in these tests, and the ways to bend what is signed.

use tongban::demo::forge::pdf::{Body, Listing, PdfFile, PdfMethod, PdfPlan, PdfSigning};
use tongban::demo::forge::{Identity, Name, Profile};

use crate::lab::{Lab, at, sealed, validity};

pub(crate) const TEXT: &str = "Certificate of Registration";
/// Where a seal sits.
pub(crate) const SEAL: [i32; 4] = [400, 100, 520, 220];

pub(crate) struct Desk {
    pub(crate) lab: Lab,
    pub(crate) second: Identity,
    pub(crate) timestamper: Identity,
}

pub(crate) type Case = (&'static str, Vec<u8>);

impl Desk {
    pub(crate) fn new() -> Self {
        let lab = Lab::new();
        let second = lab.hierarchy.signer("广东省示例市公证处").unwrap();
        let name = Name::new("样例机构", "Timestamper");
        let timestamper = lab.hierarchy.root.issue(Profile::Timestamper, name, validity()).unwrap();
        Self { lab, second, timestamper }
    }

    pub(crate) fn signing<'a>(&'a self, method: PdfMethod<'a>) -> PdfSigning<'a> {
        PdfSigning::new(&self.lab.office.signer, method, sealed())
    }

    /// The document, signed in the usual way with `change` made to how.
    pub(crate) fn signed_as<'a>(&'a self, change: impl FnOnce(&mut PdfSigning<'a>)) -> (PdfFile, PdfPlan) {
        let mut file = PdfFile::new(TEXT).unwrap();
        let mut signing = self.signing(PdfMethod::Ordinary);
        change(&mut signing);
        let plan = signing.sign(&mut file).unwrap();
        (file, plan)
    }

    pub(crate) fn signed(&self) -> (PdfFile, PdfPlan) {
        self.signed_as(|_| {})
    }

    /// The signed document with one more revision.
    pub(crate) fn then(&self, objects: Vec<(u32, Body)>) -> Vec<u8> {
        revised(self.signed().0, objects)
    }

    /// A signature in the second place, by someone else.
    pub(crate) fn another<'a>(&'a self, method: PdfMethod<'a>, first: &PdfPlan) -> PdfSigning<'a> {
        let signer = if matches!(method, PdfMethod::Timestamp) { &self.timestamper } else { &self.second };
        let mut signing = PdfSigning::new(signer, method, at("2026-11-20T09:00:00Z"));
        signing.field = "Signature2".to_owned();
        signing.beside = format!("{} 0 R", first.field);
        signing
    }

    /// Signed, with `change` made to the file before the value is computed.
    pub(crate) fn planned(&self, change: impl FnOnce(&mut PdfFile, &mut PdfPlan)) -> Vec<u8> {
        let mut file = PdfFile::new(TEXT).unwrap();
        let signing = self.signing(PdfMethod::Ordinary);
        let mut plan = signing.plan(&mut file).unwrap();
        change(&mut file, &mut plan);
        let value = signing.value(&plan.content(&file.bytes)).unwrap();
        plan.fill(&mut file.bytes, &value);
        file.bytes
    }

    /// Signed with whatever `make` gives for the value.
    pub(crate) fn valued(&self, make: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut file = PdfFile::new(TEXT).unwrap();
        let plan = self.signing(PdfMethod::Ordinary).plan(&mut file).unwrap();
        let value = make(&plan.content(&file.bytes));
        plan.fill(&mut file.bytes, &value);
        file.bytes
    }
}

pub(crate) fn revised(mut file: PdfFile, objects: Vec<(u32, Body)>) -> Vec<u8> {
    file.revise(objects, Listing::Table).unwrap();
    file.bytes
}

/// `bytes` with the first `from` from `start` on replaced by `to`, which is as long.
pub(crate) fn overwritten(mut bytes: Vec<u8>, start: usize, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes[start..].windows(from.len()).position(|window| window == from.as_bytes()).unwrap() + start;
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

pub(crate) fn range_of(bytes: &[u8]) -> (usize, String) {
    let at = bytes.windows(10).rposition(|window| window == b"/ByteRange").unwrap();
    let end = at + bytes[at..].iter().position(|byte| *byte == b']').unwrap() + 1;
    (at, String::from_utf8(bytes[at..end].to_vec()).unwrap())
}

/// `bytes` with the ByteRange written as `range`, padded with spaces.
pub(crate) fn ranged(bytes: Vec<u8>, range: &str) -> Vec<u8> {
    let (at, old) = range_of(&bytes);
    let new = format!("{range:<width$}", width = old.len());
    overwritten(bytes, at, &old, &new)
}

pub(crate) fn find(bytes: &[u8], wanted: &str) -> usize {
    bytes.windows(wanted.len()).rposition(|window| window == wanted.as_bytes()).unwrap()
}
