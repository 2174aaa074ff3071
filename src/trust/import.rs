//! Drafts of entries for certificates that authorities handed out, many at once, with what a reviewer wants to know of each.
//! A draft names no role: until an officer says what it is trusted for, no proposal takes it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::foreign::{is_unseen, shown};
use crate::pki::{Anchor, Certificate};

/// Characters of the subject in the name of a draft. 40: so many, of four bytes at most, leave room for the fingerprint in what
/// a part of a path may have.
const NAME: usize = 40;
/// Digits of the fingerprint in the name of a draft. 32, half of SHA-256: nobody makes a certificate that takes another's file.
const FINGERPRINT: usize = 32;
/// Characters on a line of PEM (RFC 7468 §2).
const LINE: usize = 64;

/// One certificate that was handed out.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The file that it came in.
    pub place: String,
    /// The certificate.
    pub certificate: Certificate,
    /// What becomes of it.
    pub fate: Fate,
    /// What a reviewer should look at twice.
    pub marks: Vec<Mark>,
}

/// What becomes of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// An entry of this name is drafted.
    Drafted(String),
    /// It stands in the entry of this name already.
    Known(String),
    /// It came before, in this file.
    Repeated(String),
}

/// What a reviewer should look at twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It is past its end.
    Expired,
    /// Its validity has not begun.
    NotYet,
    /// It is no authority's: as an anchor it vouches for itself alone.
    NotAuthority,
    /// Another authority issued it; that one may be what is to be trusted.
    NotSelfSigned,
    /// Its key or signature can be forged today, or no check is known for its key.
    Weak,
    /// Another certificate of its name is trusted or drafted: a roll-over, or somebody else who took the name.
    SameName,
}

impl Mark {
    /// The stable name on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYet => "not_yet_valid",
            Self::NotAuthority => "not_authority",
            Self::NotSelfSigned => "not_self_signed",
            Self::Weak => "weak",
            Self::SameName => "same_name",
        }
    }

    /// The mark for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Expired => "it has expired",
            Self::NotYet => "its validity has not begun",
            Self::NotAuthority => "it is no authority's: as an anchor it vouches for itself alone",
            Self::NotSelfSigned => "another authority issued it",
            Self::Weak => "its key or signature can be forged today, or cannot be checked",
            Self::SameName => {
                "another certificate has the same name: a roll-over, or somebody who took the name"
            }
        }
    }
}

/// Reviews `found`, each certificate with the file that it came in, beside the anchors that are `known`.
pub fn review(found: Vec<(String, Certificate)>, known: &[Anchor], now: Timestamp) -> Vec<Imported> {
    let mut first: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    let subjects: Vec<Vec<u8>> = found.iter().map(|(_, one)| one.subject_der().to_vec()).collect();
    let ders: Vec<Vec<u8>> = found.iter().map(|(_, one)| one.der().to_vec()).collect();
    let mut reviewed = Vec::new();
    for (place, certificate) in found {
        let trusted = known.iter().find(|anchor| anchor.certificate == certificate);
        let fate = match (trusted, first.get(certificate.der())) {
            (Some(anchor), _) => Fate::Known(anchor.entry.name.clone()),
            (None, Some(place)) => Fate::Repeated(place.clone()),
            (None, None) => Fate::Drafted(name(&certificate)),
        };
        first.entry(certificate.der().to_vec()).or_insert_with(|| place.clone());
        let mut marks = marks(&certificate, now);
        let beside = subjects.iter().zip(&ders);
        let namesake = beside
            .into_iter()
            .any(|(subject, der)| *subject == certificate.subject_der() && *der != certificate.der());
        let known_namesake = known.iter().any(|anchor| {
            anchor.certificate.subject_name() == certificate.subject_name()
                && anchor.certificate != certificate
        });
        marks.extend((namesake || known_namesake).then_some(Mark::SameName));
        reviewed.push(Imported { place, certificate, fate, marks });
    }
    reviewed
}

fn marks(certificate: &Certificate, now: Timestamp) -> Vec<Mark> {
    let weak = certificate.key.as_ref().map_or(true, |key| certificate.signature().is_weak(key));
    let marks = [
        (Mark::Expired, certificate.not_after < now && !certificate.valid_at(now)),
        (Mark::NotYet, now < certificate.not_before),
        // Version 1 cannot say (RFC 5280 §4.1.2.1).
        (Mark::NotAuthority, certificate.version == 3 && !certificate.is_authority()),
        (Mark::NotSelfSigned, !is_self_signed(certificate)),
        (Mark::Weak, weak),
    ];
    marks.into_iter().filter(|(_, found)| *found).map(|(mark, _)| mark).collect()
}

/// Whether the certificate's own key signed it.
pub fn is_self_signed(certificate: &Certificate) -> bool {
    certificate.is_self_issued() && certificate.signed_by(certificate)
}

/// What a draft is called: by the last part of the subject that is a name, and enough of the fingerprint to tell it apart.
fn name(certificate: &Certificate) -> String {
    let named = certificate.names.offices.last().map_or("anchor", String::as_str);
    let plain = |character: char| match character.is_alphanumeric() && !is_unseen(character) {
        true => character,
        false => '-',
    };
    let parts: String = named.chars().take(NAME).map(plain).collect();
    let parts: Vec<&str> = parts.split('-').filter(|part| !part.is_empty()).collect();
    let digest = DigestAlgorithm::Sha256.digest(certificate.der()).hex();
    let digest = digest.get(..FINGERPRINT).unwrap_or_default();
    let words = if parts.is_empty() { "anchor".to_owned() } else { parts.join("-").to_lowercase() };
    format!("{words}-{digest}")
}

/// The files of a draft called `name`, by their names in `certs/anchors/`, in the order in which to write them: an entry never
/// names what is not there.
pub fn draft(name: &str, imported: &Imported) -> [(String, String); 2] {
    let Imported { place, certificate, marks, .. } = imported;
    let marks: BTreeSet<Mark> = marks.iter().copied().collect();
    let marks: String = marks.iter().map(|mark| format!("# Look twice: {}.\n", mark.text())).collect();
    let entry = format!(
        "# Drafted from {}.\n\
         # {}\n# {} to {}\n# SHA-256 {}\n{marks}certificates = [\"{name}.pem\"]\n\
         roles = []    # of: seal_maker, signer, timestamp, tls_client; while there is none, no proposal takes this\n\
         # regions = [\"440000\"]    # left out, it is trusted in all; for the successor of another, what that one says\n\
         owner = \"\"\n\
         # grace = \"24h\"    # how long after their end lists and answers still serve\n\n\
         # [[revocation]]    # left out, nobody asks whether its certificates are revoked\n\
         # url = \"http://crl.example/full.crl\"\n\
         # every = \"1h\"\n",
        shown(place),
        certificate.subject,
        certificate.not_before,
        certificate.not_after,
        DigestAlgorithm::Sha256.digest(certificate.der()).hex(),
    );
    [(format!("{name}.pem"), pem(certificate.der())), (format!("{name}.toml"), entry)]
}

fn pem(der: &[u8]) -> String {
    let text: Vec<char> = STANDARD.encode(der).chars().collect();
    let lines = text.chunks(LINE).map(|line| line.iter().chain(['\n'].iter()).collect::<String>());
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::forge::{Authority, Name, Seed, Validity};
    use crate::manifest::FilePath;

    #[test]
    fn the_name_of_a_draft_is_its_own_and_one_that_manifests_take() {
        let (from, until) = (Timestamp::from_seconds(0), Timestamp::from_seconds(1_000_000_000));
        for office in ["根 CA", "\u{3164}\u{ffa0}", &"𠮷".repeat(60), "a\u{202e}b/../c"] {
            let root = Authority::root(&Seed::new("one"), Name::new("省", office), Validity { from, until });
            let certificate = Certificate::from_der(root.unwrap().certificate()).unwrap();
            let name = name(&certificate);
            assert!(FilePath::parse(&format!("certs/anchors/{name}.toml")).is_some(), "{name}");
            let digest = DigestAlgorithm::Sha256.digest(certificate.der()).hex();
            assert!(name.ends_with(&format!("-{}", digest.get(..32).unwrap())), "{name}");
        }
    }
}
