//! Bombs of ASN.1: values by depth and by number, signed data with thousands of parts, seals with thousands of signers.

use tongban::asn1::{tag, write};
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Authority, Cms, Encoding, Flavor, Identity, Layout, Name, Profile, SealDraft, SealSigners, Seed,
    timestamp,
};

use super::Bomb;
use super::lab::{Lab, sealed, validity};

/// Just under the most that a signature may have.
const LARGEST: usize = (16 << 20) - 1_000;

pub(crate) fn bombs() -> Vec<Bomb> {
    [shapes(), parts()].into_iter().flatten().collect()
}

/// The beginning that makes bytes CMS, around `inside`, which need not be SignedData.
fn framed(inside: &[u8]) -> Vec<u8> {
    let signed_data = write::oid("1.2.840.113549.1.7.2").unwrap();
    write::sequence(&[&signed_data, &write::tlv(tag::CONTEXT_0, inside)])
}

fn shapes() -> Vec<Bomb> {
    let endless = [&[0x30, 0x80, 0x06, 0x01, 0x2a][..], &[0x30, 0x80].repeat(4 << 20)].concat();
    let mut nested = vec![5; LARGEST - 500];
    for _ in 0..28 {
        nested = write::sequence(&[&nested]);
    }
    let segments = [0x04, 0x01, 0x00].repeat(LARGEST / 3);
    let segmented = write::tlv(0x24, &segments);
    let mut segments_in_segments = write::tlv(0x24, &segments);
    for _ in 0..26 {
        segments_in_segments = write::tlv(0x24, &segments_in_segments);
    }
    vec![
        Bomb::new("endless.der", endless, "signature.unreadable"),
        Bomb::new("deep.der", vec![0x30; 5_000], "seal.unreadable"),
        Bomb::new("nested.der", framed(&nested), "signature.unreadable"),
        Bomb::new("many.der", framed(&[5, 0].repeat(LARGEST / 2)), "signature.unreadable"),
        Bomb::new("segments.der", framed(&segmented), "signature.unreadable"),
        Bomb::new("segments-in-segments.der", framed(&segments_in_segments), "signature.unreadable"),
        Bomb::new("large.der", framed(&vec![4; LARGEST * 2]), "document.over_budget"),
    ]
}

fn cms(signer: &Identity) -> Cms {
    Cms::new(Flavor::SignedAttributes, Encoding::Der, signer, sealed(), b"content").unwrap()
}

fn parts() -> Vec<Bomb> {
    let lab = Lab::new();
    let signer = &lab.office.signer;
    let bytes = |change: &dyn Fn(&mut Cms)| {
        let mut cms = cms(signer);
        change(&mut cms);
        cms.to_bytes().unwrap()
    };
    let padded = |count: usize| {
        // Certificates as large as they may be, parsed and never the signer's.
        let name = Name::new(&"样".repeat(5_000), "Padded");
        let other = lab.hierarchy.root.issue(Profile::Signer, name, validity()).unwrap();
        bytes(&|cms| cms.certificates.extend(vec![other.certificate.clone(); count]))
    };
    let token = timestamp(signer, sealed(), b"another").unwrap();
    let attached =
        |count: usize, token: &[u8]| bytes(&|cms| cms.attach(&vec![token.to_vec(); count]).unwrap());
    let mut crowded = tongban::demo::forge::TimestampDraft::new(sealed(), DigestAlgorithm::Sm3, b"another")
        .to_cms(signer)
        .unwrap();
    crowded.certificates.extend(vec![signer.certificate.clone(); 40]);
    let seal = |signers: SealSigners| {
        let draft = SealDraft::new(Layout::Gb2020, "1", "样例", signers, validity()).unwrap();
        draft.sign(&lab.hierarchy.maker).unwrap().der
    };
    let digests = |count: usize| SealSigners::Digests(vec![("SM3".to_owned(), vec![7; 32]); count]);
    vec![
        Bomb::new(
            "certificates.p7",
            bytes(&|cms| cms.certificates.extend(vec![signer.certificate.clone(); 10_000])),
            "signature.unreadable",
        ),
        Bomb::new("large-certificates.p7", padded(60), "signature.content_absent"),
        Bomb::new(
            "signers.p7",
            bytes(&|cms| cms.signers = vec![cms.signers[0].clone(); 10_000]),
            "signature.unreadable",
        ),
        Bomb::new("timestamps.p7", attached(1_000, &token), "document.over_budget"),
        Bomb::new(
            "timestamps-allowed.p7",
            attached(500, &crowded.to_bytes().unwrap()),
            "timestamp.imprint_mismatch",
        ),
        Bomb::new("attributes.p7", attached(100_000, &[5, 0]), "signature.unreadable"),
        Bomb::new("ring.p7", ring(), "chain.no_anchor"),
        Bomb::new("signers.esl", seal(digests(4_000)), "chain.no_anchor"),
        Bomb::new("too-many-signers.esl", seal(digests(200_000)), "seal.unreadable"),
    ]
}

/// Signed data with authorities that all have one name and one key, so that each may have issued each.
fn ring() -> Vec<u8> {
    let name = || Name::new("Ring", "Ring");
    let root = Authority::root(&Seed::new("ring"), name(), validity()).unwrap();
    let ring: Vec<Vec<u8>> =
        (0..60).map(|_| root.subordinate(name(), validity()).unwrap().certificate().to_vec()).collect();
    let signer = root.issue(Profile::Signer, Name::new("Ring", "Signer"), validity()).unwrap();
    let mut cms = cms(&signer);
    cms.certificates = [vec![signer.certificate.clone()], ring].concat();
    cms.to_bytes().unwrap()
}
