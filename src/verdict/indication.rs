//! Two other ways to say what a signature's reasons amount to: by the text of its standard alone, and in the
//! terms of ETSI EN 319 102-1. Both follow from the reasons; neither decides anything.

use serde::Serialize;

use super::wire::wire_names;
use super::{Code, Reason, Verdict};

wire_names! {
    /// What the text of the signature's standard says, without what Tongban adds to it or forgives.
    StandardVerdict {
        /// Every step of the standard succeeds.
        Valid = "valid",
        /// A step fails.
        Invalid = "invalid",
        /// A step could not be done.
        Undetermined = "undetermined",
    }
}

wire_names! {
    /// The main status of ETSI EN 319 102-1 §5.1.3.
    Indication {
        /// The signature is shown to hold.
        TotalPassed = "TOTAL-PASSED",
        /// The signature is shown not to hold.
        TotalFailed = "TOTAL-FAILED",
        /// Neither.
        Indeterminate = "INDETERMINATE",
    }
}

macro_rules! sub_indications {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $indication:ident;)+) => {
        /// The reason of an indication, ETSI EN 319 102-1 §5.1.3 tables 5 and 6. Of several the first here is told:
        /// failures before doubts, and within each the order in which §5.3 takes its steps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum SubIndication {
            $($(#[$doc])* #[serde(rename = $wire)] $name,)+
        }

        impl SubIndication {
            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }

            /// The indication that it belongs to.
            pub const fn indication(self) -> Indication {
                match self { $(Self::$name => Indication::$indication),+ }
            }
        }
    };
}

sub_indications! {
    /// The signature does not conform to a known structure.
    FormatFailure = "FORMAT_FAILURE", TotalFailed;
    /// Signed data do not have the signed digest.
    HashFailure = "HASH_FAILURE", TotalFailed;
    /// The signature value does not fit the signer's key.
    SigCryptoFailure = "SIG_CRYPTO_FAILURE", TotalFailed;
    /// What signed was revoked before.
    Revoked = "REVOKED", TotalFailed;
    /// The signer's certificate is not there.
    NoSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND", Indeterminate;
    /// The signed data are not there.
    SignedDataNotFound = "SIGNED_DATA_NOT_FOUND", Indeterminate;
    /// No path leads to a trust anchor.
    NoCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND", Indeterminate;
    /// A path leads there and does not hold.
    CertificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE", Indeterminate;
    /// A certificate may not be used for this.
    ChainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE", Indeterminate;
    /// Revoked, and nothing proves that the signature is older.
    RevokedNoPoe = "REVOKED_NO_POE", Indeterminate;
    /// Outside a validity, and nothing proves another time than the one claimed.
    OutOfBoundsNoPoe = "OUT_OF_BOUNDS_NO_POE", Indeterminate;
    /// An algorithm no longer withstands forgery.
    CryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE", Indeterminate;
    /// Times contradict each other.
    TimestampOrderFailure = "TIMESTAMP_ORDER_FAILURE", Indeterminate;
    /// Something else that the rules for signatures ask for is not so.
    SigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE", Indeterminate;
    /// What is known about revocation is not there or not fresh enough.
    TryLater = "TRY_LATER", Indeterminate;
    /// Nothing proves when the signature was made.
    NoPoe = "NO_POE", Indeterminate;
    /// Any other reason.
    Generic = "GENERIC", Indeterminate;
}

impl SubIndication {
    /// What `code` amounts to, unless it leaves the signature good.
    pub fn of(code: Code) -> Option<Self> {
        if code.ceiling() == Verdict::Genuine {
            return None;
        }
        Some(match code {
            Code::ReferenceMismatch | Code::ReferenceMissing | Code::SignatureContentMismatch => {
                Self::HashFailure
            }
            Code::SignatureBroken | Code::SignatureOverDescription | Code::SealBroken => {
                Self::SigCryptoFailure
            }
            Code::ChainRevoked | Code::SealRevoked => Self::Revoked,
            Code::ChainCompromiseUndated
            | Code::ChainOnHold
            | Code::ChainRevokedUnproven
            | Code::SealRevokedUnproven
            | Code::SealSuspended => Self::RevokedNoPoe,
            Code::ChainRevocationHistoryMissing
            | Code::ChainRevocationMissing
            | Code::ChainRevocationStale
            | Code::ChainRevocationUnusable => Self::TryLater,
            Code::SignatureCertificateAbsent | Code::SignatureCertificateDiffers => {
                Self::NoSigningCertificateFound
            }
            Code::SignatureContentAbsent | Code::SignatureDigestUnproven => Self::SignedDataNotFound,
            // An anchor that does not count here is none (EN 319 102-1 §5.2.6.4).
            Code::ChainAnchorPeriod | Code::ChainAnchorRole | Code::ChainAnchorScope | Code::ChainNoAnchor => {
                Self::NoCertificateChainFound
            }
            Code::ChainBroken => Self::CertificateChainGeneralFailure,
            Code::ChainKeyUsage => Self::ChainConstraintsFailure,
            Code::ChainSignerOutOfDate
            | Code::ChainMakerOutOfDate
            | Code::SealNotInForce
            | Code::SignatureTimeOutsideSeal => Self::OutOfBoundsNoPoe,
            Code::ChainWeak
            | Code::SignatureAlgorithm
            | Code::SignatureUnfit
            | Code::SignatureWeak
            | Code::ReferenceMethodMissing
            | Code::ReferenceMethodRefused
            | Code::ReferenceMethodWeak => Self::CryptoConstraintsFailure,
            Code::SignatureTimeBeforeSeal
            | Code::SignatureTimeFuture
            | Code::TimestampFuture
            | Code::TimestampLate => Self::TimestampOrderFailure,
            // A timestamp that does not hold proves nothing; the signature is none the worse in itself.
            Code::SignatureTimeMissing
            | Code::TimestampAttributes
            | Code::TimestampAuthorityBroken
            | Code::TimestampAuthorityOutOfDate
            | Code::TimestampAuthorityRevoked
            | Code::TimestampAuthorityUsage
            | Code::TimestampBroken
            | Code::TimestampCertificateDiffers
            | Code::TimestampImprint
            | Code::TimestampSignersNotOne
            | Code::TimestampUnreadable => Self::NoPoe,
            Code::ReferenceNone
            | Code::ReferencePrefixed
            | Code::CoverageDocument
            | Code::CoverageUncovered
            | Code::CoverageUnknown
            | Code::SealSelfMade
            | Code::SignaturePath
            | Code::SignatureSealDiffers
            | Code::SignatureSignerNotInSeal
            | Code::SignatureCertificateUnnamed
            // The signed bytes are whole; what follows them is not as it may be.
            | Code::PdfAnnotated
            | Code::PdfAnnotationChanged
            | Code::PdfContentChanged
            | Code::PdfFieldLocked
            | Code::PdfFilledUnasked
            | Code::PdfFormChanged
            | Code::PdfModified
            | Code::PdfNotPermitted
            | Code::PdfOverlaid
            | Code::PdfPagesChanged
            | Code::PdfShadowExchange
            | Code::PdfShadowHide
            | Code::PdfShadowReplace
            | Code::PdfSignatureChanged
            | Code::PdfSignatureShared
            | Code::PdfTrailing => Self::SigConstraintsFailure,
            // What remains is a structure that cannot be read, or a doubt of no particular kind.
            _ if code.ceiling() == Verdict::NotGenuine => Self::FormatFailure,
            _ => Self::Generic,
        })
    }

    /// The first of what `reasons` amount to; none if they leave the signature good.
    pub fn under(reasons: &[Reason]) -> Option<Self> {
        reasons.iter().filter_map(|reason| Self::of(reason.code)).min()
    }
}

impl Indication {
    /// What `reasons` amount to. It is [`Indication::TotalPassed`] exactly if the verdict is genuine.
    pub fn under(reasons: &[Reason]) -> Self {
        SubIndication::under(reasons).map_or(Self::TotalPassed, SubIndication::indication)
    }
}

impl StandardVerdict {
    /// What the standard's text makes of `reasons`.
    pub fn under(reasons: &[Reason]) -> Self {
        match reasons.iter().map(|reason| by_the_text(reason.code)).max() {
            None | Some(Verdict::Genuine) => Self::Valid,
            Some(Verdict::Undetermined) => Self::Undetermined,
            Some(Verdict::NotGenuine) => Self::Invalid,
        }
    }
}

impl StandardVerdict {
    /// The codes among `reasons` for which it is not valid by the standard's text, as that is often stricter or laxer.
    pub fn because(reasons: &[Reason]) -> Vec<Code> {
        let worst = reasons.iter().map(|reason| by_the_text(reason.code)).max();
        let worst = worst.filter(|worst| *worst != Verdict::Genuine);
        let mut codes: Vec<Code> = Vec::new();
        for reason in reasons.iter().filter(|reason| Some(by_the_text(reason.code)) == worst) {
            if !codes.contains(&reason.code) {
                codes.push(reason.code);
            }
        }
        codes
    }
}

/// The best verdict that the text leaves where `code` was found.
const fn by_the_text(code: Code) -> Verdict {
    match code {
        // GB/T 33190-2016 §18 hashes what the signature lists and asks neither what it leaves out, nor whether it
        // lists anything, nor whether the seal beside it is the one inside. GM/T 0031-2014 §6.2.3 and GB/T
        // 38540-2020 §7.3 do not compare the claimed time with the present or with the making of the seal,
        // propertyInfo with the place, or the seal's maker with the signer. The schema allows SHA-1, and no
        // register of seals is asked. ISO 32000-2 §12.8 does not look at what stands behind a signature's value, nor
        // at what later appearances cover, and lets forms be filled that no certification speaks of.
        Code::CoverageDocument
        | Code::CoverageUncovered
        | Code::CoverageUnknown
        | Code::PdfAnnotated
        | Code::PdfContentsPadding
        | Code::PdfFilledUnasked
        | Code::PdfOverlaid
        | Code::ReferenceNone
        | Code::ReferenceDuplicate
        | Code::ReferenceMethodWeak
        | Code::ChainWeak
        | Code::SignatureWeak
        | Code::SignaturePath
        | Code::SignatureSealDiffers
        | Code::SignatureTimeBeforeSeal
        | Code::SignatureTimeFuture
        | Code::SealRevoked
        | Code::SealRevokedUnproven
        | Code::SealSelfMade
        | Code::SealSuspended => Verdict::Genuine,
        // Here the text is stricter. GM/T 0009-2012 §7.3 has a signature value as a SEQUENCE in DER, GB/T 33190
        // hashes files alone, step 3 of GM/T 0031-2014 §6.1.2 fails a maker that is out of date, and EN 319 142-1 §6.3
        // wants the certificate named.
        Code::ReferencePrefixed
        | Code::SignatureEncodingRaw
        | Code::SignatureEncodingLoose
        | Code::SignatureBase64
        | Code::SealMakerDatesTolerated
        | Code::SealMakerOutOfDate
        | Code::SealSignerPrefixed
        | Code::SignatureCertificateUnnamed => Verdict::NotGenuine,
        _ => code.ceiling(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[Code]) -> Vec<Reason> {
        codes.iter().map(|code| Reason::new(*code, "")).collect()
    }

    #[test]
    fn passed_means_genuine_for_every_code() {
        for code in Code::ALL {
            let reasons = reasons(&[*code]);
            let passed = Indication::under(&reasons) == Indication::TotalPassed;
            assert_eq!(passed, Verdict::under(&reasons) == Verdict::Genuine, "{}", code.as_str());
        }
    }

    #[test]
    fn failures_are_told_before_doubts_and_digests_before_signatures() {
        for (codes, indication, sub) in [
            (vec![], "TOTAL-PASSED", None),
            (vec![Code::SignatureTimeClaimedOnly], "TOTAL-PASSED", None),
            (vec![Code::ChainNoAnchor], "INDETERMINATE", Some("NO_CERTIFICATE_CHAIN_FOUND")),
            (vec![Code::ChainNoAnchor, Code::SignatureBroken], "TOTAL-FAILED", Some("SIG_CRYPTO_FAILURE")),
            (vec![Code::SignatureBroken, Code::ReferenceMismatch], "TOTAL-FAILED", Some("HASH_FAILURE")),
            (vec![Code::SignatureUnreadable], "TOTAL-FAILED", Some("FORMAT_FAILURE")),
            (vec![Code::ChainSignerOutOfDate], "INDETERMINATE", Some("OUT_OF_BOUNDS_NO_POE")),
            (vec![Code::CoverageUncovered], "INDETERMINATE", Some("SIG_CONSTRAINTS_FAILURE")),
        ] {
            let reasons = reasons(&codes);
            assert_eq!(Indication::under(&reasons).as_str(), indication, "{codes:?}");
            assert_eq!(SubIndication::under(&reasons).map(SubIndication::as_str), sub, "{codes:?}");
        }
    }

    #[test]
    fn the_text_forgives_some_things_and_not_others() {
        for (codes, expected) in [
            (vec![], StandardVerdict::Valid),
            (vec![Code::CoverageUncovered, Code::CoverageRoot], StandardVerdict::Valid),
            (vec![Code::ReferenceNone], StandardVerdict::Valid),
            (vec![Code::SignatureEncodingRaw], StandardVerdict::Invalid),
            (vec![Code::SealMakerOutOfDate], StandardVerdict::Invalid),
            (vec![Code::ChainNoAnchor], StandardVerdict::Undetermined),
            (vec![Code::ChainNoAnchor, Code::SignatureBroken], StandardVerdict::Invalid),
        ] {
            assert_eq!(StandardVerdict::under(&reasons(&codes)), expected, "{codes:?}");
            let because = StandardVerdict::because(&reasons(&codes));
            assert_eq!(because.is_empty(), expected == StandardVerdict::Valid, "{codes:?}");
            assert!(because.iter().all(|code| codes.last() == Some(code)), "{codes:?}: {because:?}");
        }
    }
}
