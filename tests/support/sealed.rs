//! Sealed documents as they come in bulk: of the shape and size of a real one, V4RideRight.ofd of the corpus (39 KB: five pages of
//! lines and areas, one seal with a picture of 16 KB), each different, from as many signers and seals as are asked for.

use std::sync::Arc;

use tongban::budget::Limits;
use tongban::clock::Timestamp;
use tongban::demo::forge::{
    Boundary, Color, Document, Hierarchy, Image, Issuer, Layout, Method, Object, Page, SealDraft,
    SealSigners, Seed, Signing, Validity,
};
use tongban::license::{Circumstances, judge};
use tongban::pki::{Anchors, Certificate};

/// Bytes of the pages' files in the model, and of the picture on its seal.
const PAGES: [usize; 5] = [4477, 4909, 4528, 4570, 996];
const PICTURE: usize = 16_200;
/// Bytes of one path object as the forge writes it, about.
const OBJECT: usize = 190;

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// When the documents are judged, a day after they were sealed.
pub(crate) fn now() -> Timestamp {
    at("2026-11-21T08:00:00Z")
}

/// Signers under one root, each with a seal.
pub(crate) struct Offices {
    pub(crate) hierarchy: Hierarchy,
    pub(crate) offices: Vec<Issuer>,
}

impl Offices {
    /// So many of them, with seals of the model's size.
    pub(crate) fn new(count: usize) -> Self {
        Self::with_pictures(count, PICTURE)
    }

    /// The same with pictures of so many bytes on the seals.
    pub(crate) fn with_pictures(count: usize, bytes: usize) -> Self {
        let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
        let hierarchy = Hierarchy::new(&Seed::new("bulk"), validity).unwrap();
        let office = |number: usize| {
            let name = format!("示例市第{number}局");
            let signer = hierarchy.signer(&name).unwrap();
            let signers = SealSigners::certificates(&[&signer]);
            let id = format!("4499{number:010}");
            let mut draft = SealDraft::new(Layout::Gb2020, &id, &name, signers, validity).unwrap();
            draft.picture.data = picture(number, bytes);
            let seal = draft.sign(&hierarchy.maker).unwrap();
            Issuer { signer, seal }
        };
        Self { offices: (0..count).map(office).collect(), hierarchy }
    }

    /// What all of them lead to.
    pub(crate) fn anchors(&self) -> Anchors {
        Anchors::new(vec![Certificate::from_der(self.hierarchy.root.certificate()).unwrap()], Vec::new())
    }

    /// Documents of the model's shape, signed by the offices in turn.
    pub(crate) fn documents(&self, count: usize) -> Vec<Arc<[u8]>> {
        (0..count).map(|number| self.document(number, 0)).collect()
    }

    /// One document, with an image of so many bytes beside what the model has.
    pub(crate) fn document(&self, number: usize, image: usize) -> Arc<[u8]> {
        self.cut(number, PAGES.len(), image)
    }

    /// One document with the first so many of the model's pages.
    pub(crate) fn cut(&self, number: usize, pages: usize, image: usize) -> Arc<[u8]> {
        let office = &self.offices[number % self.offices.len()];
        let sealed = at("2026-11-20T08:00:00Z").plus_millis(1000 * number as i64);
        let mut document = Document::new(format!("{number:032x}"), sealed);
        document.pages =
            PAGES.iter().take(pages.max(1)).enumerate().map(|(at, size)| page(number, at, *size)).collect();
        if image > 0 {
            let data = noise(number as u64, image);
            document.images = vec![Image { file: "scan.png".to_owned(), format: "PNG".to_owned(), data }];
        }
        let mut package = document.package().unwrap();
        let mut signing = Signing::new(&office.signer, Method::Seal(&office.seal), sealed)
            .stamped(Boundary::new(160.0, 40.0, 40.0, 40.0));
        signing.locked = true;
        signing.sign(&mut package).unwrap();
        package.to_zip().unwrap().into()
    }
}

/// Fails unless all of `documents` are found genuine.
pub(crate) fn assert_genuine<'a>(documents: impl IntoIterator<Item = &'a Arc<[u8]>>, anchors: &Anchors) {
    for document in documents {
        let limits = Limits::default();
        let judgement = judge(document, &Circumstances::new(anchors, now(), &limits));
        assert_eq!(judgement.verdict().as_str(), "genuine", "{judgement:?}");
    }
}

fn page(number: usize, at: usize, size: usize) -> Page {
    let object = |row: usize| {
        let (x, y) = (69.647 + number as f64 / 1000.0, 5.353 + 20.353 * row as f64);
        Object::Path {
            boundary: Boundary::new(x, y, 70.706, 30.706),
            outline: format!("M 0.1765 0.1765 L 70.5295 0.1765 L 70.5295 {} L 0.1765 30.5295 C", row + at),
            width: 0.353,
            color: Color(255, row as u8, at as u8),
        }
    };
    Page { template: None, objects: (0..size.saturating_sub(300).div_ceil(OBJECT)).map(object).collect() }
}

fn picture(number: usize, bytes: usize) -> Vec<u8> {
    let mut data = b"\x89PNG\r\n\x1a\n".to_vec();
    data.extend(noise(number as u64 + 1_000_000, bytes));
    data
}

/// Bytes that deflate makes smaller by a twentieth, as it does pictures: codes of several lengths, and nothing that repeats.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    // SplitMix64 (Steele, Lea, Flood 2014).
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let byte = |bits: u64| {
        let (first, second) = (bits as u8, (bits >> 8) as u8);
        if bits >> 60 < 6 { first & second } else { first }
    };
    (0..length).map(|_| byte(next())).collect()
}
