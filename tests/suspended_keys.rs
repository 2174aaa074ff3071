//! A key that is suspended, in whatever bytes its certificate is written and under whatever name it stands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tongban::asn1::write;
use tongban::clock::Timestamp;
use tongban::crypto::{Digest, DigestAlgorithm};
use tongban::pki::revocation::{Evidence, EvidenceRules};
use tongban::pki::{Anchor, AnchorEntry, AnchorRole, Anchors, Certificate, RevocationKnowledge};
use tongban::rulebook::{ClientChain, Clients};

/// The order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn client(issuer: &CertifiedIssuer<'_, KeyPair>) -> Vec<u8> {
    let mut client = params("client");
    client.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    client.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().to_vec()
}

/// The INTEGER that `der` ends with, and where it begins.
fn last_integer(der: &[u8]) -> (usize, Vec<u8>) {
    let is_last = |at: &usize| der[*at] == 2 && usize::from(der[at + 1]) == der.len() - at - 2;
    let at = (0..der.len() - 2).rev().find(is_last).unwrap();
    let number: Vec<u8> = der[at + 2..].iter().copied().skip_while(|byte| *byte == 0).collect();
    (at, number)
}

/// The same certificate by the other of the two signatures that whoever has one can write (r, n − s).
fn rewritten(der: &[u8]) -> Vec<u8> {
    let (at, s) = last_integer(der);
    let (_, r) = last_integer(&der[..at]);
    let mut padded = [0_u8; 32];
    padded[32 - s.len()..].copy_from_slice(&s);
    let (mut other, mut borrow) = ([0_u8; 32], 0);
    for at in (0..32).rev() {
        let left = i32::from(ORDER[at]) - i32::from(padded[at]) - borrow;
        borrow = i32::from(left < 0);
        other[at] = u8::try_from(left.rem_euclid(256)).unwrap();
    }
    let tbs = Certificate::from_der(der).unwrap().tbs().to_vec();
    let algorithm = write::sequence(&[&write::oid("1.2.840.10045.4.3.2").unwrap()]);
    let signature = write::sequence(&[&write::integer(&r), &write::integer(&other)]);
    write::sequence(&[&tbs, &algorithm, &write::bits(&signature)])
}

fn anchors(trusted: &[&[u8]]) -> Anchors {
    let anchor = |der: &&[u8]| {
        let entry = AnchorEntry { roles: [AnchorRole::TlsClient].into(), ..AnchorEntry::given() };
        Anchor { certificate: Certificate::from_der(der).unwrap(), entry: Arc::new(entry) }
    };
    Anchors::stated(trusted.iter().map(anchor).collect(), Vec::new())
}

fn is_trusted(chain: &[&[u8]], anchors: Anchors) -> bool {
    let evidence = Evidence::default();
    let known = RevocationKnowledge { evidence: &evidence, rules: EvidenceRules::default() };
    let chain = ClientChain::read(chain.iter().copied()).unwrap();
    let now = Timestamp::parse_rfc3339("2026-11-21T08:00:00Z").unwrap();
    Clients::new(Arc::new(anchors)).standing_of(&chain, now, known, &[]).is_ok()
}

#[test]
fn a_suspended_key_is_known_in_whatever_bytes_and_under_whatever_name() {
    let root = CertifiedIssuer::self_signed(authority("root"), KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let same = KeyPair::from_pem(&key.serialize_pem()).unwrap();
    let middle = CertifiedIssuer::signed_by(authority("middle"), key, &root).unwrap();
    let named = CertifiedIssuer::signed_by(authority("another name"), same, &root).unwrap();
    let sister =
        CertifiedIssuer::signed_by(authority("sister"), KeyPair::generate().unwrap(), &root).unwrap();
    let [root, middle_der, named_der, sister_der] =
        [root.der(), middle.der(), named.der(), sister.der()].map(|der| der.to_vec());
    let (below, below_named, below_sister) = (client(&middle), client(&named), client(&sister));
    let other = rewritten(&middle_der);
    assert_ne!(other, middle_der);
    let chains: [&[&[u8]]; 4] = [
        &[&below, &middle_der],
        &[&below, &other],
        &[&below_named, &named_der],
        &[&below_sister, &sister_der],
    ];
    let under = |trusted: &[&[u8]], digests: &[Digest], keys: &[Digest]| {
        let set = |list: &[Digest]| list.iter().copied().collect::<BTreeSet<_>>();
        chains.map(|chain| is_trusted(chain, anchors(trusted).suspending(set(digests), set(keys))))
    };
    let listed: [&[u8]; 2] = [&root, &middle_der];
    assert_eq!(under(&[&root], &[], &[]), [true; 4]);
    for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3] {
        let digest = algorithm.digest(&middle_der);
        // What stands nowhere in the rules is known by its bytes alone, which its holder can change.
        assert_eq!(under(&[&root], &[digest], &[]), [false, true, true, true]);
        assert_eq!(under(&listed, &[digest], &[]), [false, false, false, true]);
        let key = algorithm.digest(&Certificate::from_der(&middle_der).unwrap().key_bits);
        assert_eq!(under(&[&root], &[], &[key]), [false, false, false, true]);
        assert_eq!(under(&listed, &[], &[key]), [false, false, false, true]);
    }
}
