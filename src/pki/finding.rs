//! What is unusual about the certificates of a path that is valid all the same.

use super::certificate::Certificate;
use super::extension::id;
use super::terms::AnchorExtent;

/// What is unusual about a path that is valid all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which certificate, counted from the leaf, which is 0.
    pub position: usize,
    /// What was found.
    pub oddity: Oddity,
}

/// What can be unusual about a certificate on a valid path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// Its signature can be forged today.
    WeakSignature,
    /// Its SM2 signature value is not written in DER.
    LooseSignature,
    /// Its key names a signature algorithm where the SM2 curve belongs.
    MisnamedCurve,
    /// Its name constraints are not critical, which RFC 5280 §4.2.1.10 requires; they count all the same.
    ConstraintsNotCritical,
    /// Its issuer's key identifier differs from the one it states (RFC 5280 §4.2.1.1).
    KeyIdentifierDiffers,
    /// Its serial number is longer than 20 octets, or not positive (RFC 5280 §4.1.2.2).
    UnusualSerial,
}

impl Oddity {
    /// The stable name on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::WeakSignature => "path.signature_weak",
            Self::LooseSignature => "path.signature_loose",
            Self::MisnamedCurve => "path.curve_misnamed",
            Self::ConstraintsNotCritical => "path.name_constraints_not_critical",
            Self::KeyIdentifierDiffers => "path.key_identifier",
            Self::UnusualSerial => "path.serial",
        }
    }
}

impl std::fmt::Display for Oddity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WeakSignature => "the signature can be forged today",
            Self::LooseSignature => "the signature value is not in DER",
            Self::MisnamedCurve => "the key names a signature algorithm where the curve belongs",
            Self::ConstraintsNotCritical => "the name constraints are not marked critical",
            Self::KeyIdentifierDiffers => "the issuer has another key identifier than stated",
            Self::UnusualSerial => "the serial number is too long or not positive",
        })
    }
}

/// All that is unusual about `path`, the certificates from the leaf to the anchor.
pub(super) fn all(path: &[Certificate], anchor: AnchorExtent) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, certificate) in path.iter().enumerate() {
        let issuer = path.get(position + 1);
        let signature = certificate.signature();
        let oddities = [
            (Oddity::WeakSignature, issuer.is_some_and(|issuer| certificate.weakly_signed_by(issuer))),
            (Oddity::LooseSignature, issuer.is_some() && signature.is_loose()),
            (Oddity::MisnamedCurve, certificate.misnamed_curve),
            (
                Oddity::ConstraintsNotCritical,
                certificate.name_constraints.is_some()
                    && !certificate.extension(id::NAME_CONSTRAINTS).is_some_and(|(critical, _)| critical),
            ),
            (
                Oddity::KeyIdentifierDiffers,
                issuer.is_some_and(|issuer| !certificate.may_be_signed_with_key_of(issuer)),
            ),
            (Oddity::UnusualSerial, certificate.has_unusual_serial()),
        ];
        let found = oddities.into_iter().filter(|(_, found)| *found);
        findings.extend(found.map(|(oddity, _)| Finding { position, oddity }));
    }
    // Nobody but the one who chose an anchor cares how it is written.
    if anchor == AnchorExtent::NameAndKey {
        findings.retain(|finding| finding.position + 1 < path.len());
    }
    findings
}
