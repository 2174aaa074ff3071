//! An OCSP response (在线证书状态, RFC 6960): what a responder said about a few certificates at one time.
//! Whether the responder may speak for their issuer is decided elsewhere.

mod read;

use super::attestation::Attestation;
use super::entries::{Revoked, shortest};
use super::freshness::Window;
use crate::asn1;
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::pki::{Certificate, CertificateError, Name};

/// Why a response cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A certificate inside cannot be used.
    #[error("certificate {position}: {error}")]
    Certificate {
        /// Which one, from 1.
        position: usize,
        /// What is wrong with it.
        error: CertificateError,
    },
    /// The budget for signature checks is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// An extension that must be understood is not.
    #[error("extension `{0}` must be understood and is not")]
    UnhandledCritical(String),
    /// The bytes are not an OCSPResponse or BasicOCSPResponse in DER.
    #[error("not an OCSP response in DER: {0}")]
    Malformed(#[from] asn1::Error),
    /// A nonce was sent, and another one came back.
    #[error("the response answers another request")]
    NonceDiffers,
    /// A nonce was sent, and none came back: the response may be an old one.
    #[error("the response has no nonce")]
    NonceMissing,
    /// The responder has nothing to say (RFC 6960 §4.2.1).
    #[error("the responder answers with status {0}")]
    Refused(u8),
    /// The response has more bytes, answers or certificates than allowed.
    #[error("the response is larger than allowed")]
    TooLarge,
    /// The response is of a type or version that is not known.
    #[error("the response is of unknown type or version")]
    Unknown,
}

/// Who a response says it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ResponderId {
    Name(Name),
    /// SHA-1 of the key's bits, whatever else the response uses.
    Key(Vec<u8>),
}

impl ResponderId {
    pub(super) fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject_name(),
            Self::Key(digest) => {
                DigestAlgorithm::Sha1.digest(&certificate.key_bits).as_ref() == digest.as_slice()
            }
        }
    }
}

/// Which certificate is meant (RFC 6960 §4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CertificateId {
    /// How name and key are digested. Only finding is done by it, so SHA-1 does no harm.
    algorithm: DigestAlgorithm,
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    /// In shortest form.
    pub(super) serial: Vec<u8>,
}

impl CertificateId {
    /// Whether a certificate by the holder of `issuer`'s key is meant.
    fn is_by(&self, issuer: &Certificate) -> bool {
        self.algorithm.digest(issuer.subject_der()).as_ref() == self.issuer_name.as_slice()
            && self.algorithm.digest(&issuer.key_bits).as_ref() == self.issuer_key.as_slice()
    }

    /// Whether `certificate`, issued by the holder of `issuer`'s key, is meant.
    pub(super) fn is(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.serial == shortest(certificate.serial())
            && certificate.issuer_name() == issuer.subject_name()
            && self.algorithm.digest(certificate.issuer_der()).as_ref() == self.issuer_name.as_slice()
            && self.algorithm.digest(&issuer.key_bits).as_ref() == self.issuer_key.as_slice()
    }
}

/// What is said of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Good,
    Revoked(Revoked),
    Unknown,
}

/// One answer of a response.
#[derive(Clone, Debug)]
pub(super) struct Single {
    pub(super) id: CertificateId,
    pub(super) status: Status,
    pub(super) window: Window,
}

/// A response whose every byte was read.
#[derive(Debug)]
pub struct Answer {
    digest: Digest,
    produced_at: Timestamp,
    responder: ResponderId,
    singles: Vec<Single>,
    certificates: Vec<Certificate>,
    nonce: Option<Vec<u8>>,
    attestation: Attestation,
}

impl Answer {
    /// Reads `der`: an OCSPResponse, or the BasicOCSPResponse inside one, as signatures carry it.
    ///
    /// The signature is checked with the keys of `authorities`, and of those certificates inside, that fit the
    /// responder's name. With `nonce`, which was sent in the request, the response must repeat it.
    pub fn load(
        der: &[u8],
        nonce: Option<&[u8]>,
        authorities: &[Certificate],
        budget: &mut Budget,
    ) -> Result<Self, AnswerError> {
        let answer = read::answer(der, authorities, budget)?;
        match (nonce, &answer.nonce) {
            (Some(_), None) => Err(AnswerError::NonceMissing),
            (Some(sent), Some(returned)) if sent != returned => Err(AnswerError::NonceDiffers),
            _ => Ok(answer),
        }
    }

    /// SM3 of the bytes.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// When the responder signed it.
    pub const fn produced_at(&self) -> Timestamp {
        self.produced_at
    }

    /// How many certificates it speaks of.
    pub fn len(&self) -> usize {
        self.singles.len()
    }

    /// Whether it speaks of none.
    pub fn is_empty(&self) -> bool {
        self.singles.is_empty()
    }

    /// Whether `other` speaks of the same certificates.
    pub fn is_about_same(&self, other: &Self) -> bool {
        let ids = |answer: &Self| answer.singles.iter().map(|single| single.id.clone()).collect::<Vec<_>>();
        ids(self) == ids(other)
    }

    /// thisUpdate of the oldest statement inside; none if there is no statement.
    pub fn this_update(&self) -> Option<Timestamp> {
        self.singles.iter().map(|single| single.window.this_update).min()
    }

    /// When newer information is there at the latest, by the statement that says so first.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.singles.iter().filter_map(|single| single.window.next_update).min()
    }

    /// Whether it was made by somebody else than it says: it speaks of certificates by one of `authorities`, and neither that
    /// one signed it nor somebody whom it certified. Whether that one was appointed to sign is asked when it counts.
    pub fn is_forged(&self, authorities: &[Certificate], budget: &mut Budget) -> Result<bool, Exhausted> {
        for authority in authorities {
            if !self.singles.iter().any(|single| single.id.is_by(authority)) {
                continue;
            }
            if self.responder.is(authority) && self.attestation.is_by(authority, budget)? {
                continue;
            }
            let mut vouched = false;
            for delegate in self.certificates.iter().filter(|delegate| self.responder.is(delegate)) {
                budget.signature_check()?;
                vouched |= delegate.signed_by(authority) && self.attestation.is_by(delegate, budget)?;
            }
            if !vouched {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) const fn responder(&self) -> &ResponderId {
        &self.responder
    }

    pub(super) fn singles(&self) -> &[Single] {
        &self.singles
    }

    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    pub(super) const fn attestation(&self) -> &Attestation {
        &self.attestation
    }
}
