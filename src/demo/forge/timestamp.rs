//! Timestamps (时间戳) of GB/T 20520, which are those of RFC 3161 with SM3 and SM2.
//! A draft is written as it stands; whether its authority may make timestamps is not checked.

use super::cms::{CONTENT_TYPE, MESSAGE_DIGEST, attribute, set_of};
use super::{Cms, Encoding, Error, Identity, algorithm, generalized_time, oid, signer_info};
use crate::asn1::{tag, write};
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;

/// RFC 5652 §5.1.
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// RFC 3161 §2.4.2.
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
/// RFC 5035 §3.
pub(super) const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.47";
/// A policy in the arc for examples, RFC 7299 §2.
const POLICY: &str = "2.999.1";

/// A TimeStampToken by `timestamper`, who saw SM3(`message`) at `at`.
pub fn timestamp(timestamper: &Identity, at: Timestamp, message: &[u8]) -> Result<Vec<u8>, Error> {
    TimestampDraft::new(at, DigestAlgorithm::Sm3, message).to_cms(timestamper)?.to_bytes()
}

/// TSTInfo before it is signed. Every part may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampDraft {
    /// The version, 1 if sound.
    pub version: u64,
    /// The policy, in dotted form.
    pub policy: String,
    /// The digest algorithm of the imprint.
    pub digest: DigestAlgorithm,
    /// The digest of what existed.
    pub imprint: Vec<u8>,
    /// The serial number, big-endian.
    pub serial: Vec<u8>,
    /// When it existed (genTime).
    pub at: Timestamp,
    /// What follows genTime, in DER: accuracy, ordering, nonce, tsa, extensions.
    pub rest: Vec<u8>,
    /// The certificate whose SM3 the token binds; that of the timestamper if none, and empty binds nothing.
    pub bound: Option<Vec<u8>>,
}

impl TimestampDraft {
    /// What is to be said about `message`, which was seen at `at`.
    pub fn new(at: Timestamp, digest: DigestAlgorithm, message: &[u8]) -> Self {
        Self::over(at, digest, digest.digest(message).as_ref())
    }

    /// What is to be said about that of which only the digest `imprint` was seen, at `at`.
    pub fn over(at: Timestamp, digest: DigestAlgorithm, imprint: &[u8]) -> Self {
        // A number that each imprint and instant has for itself, from the digest of both.
        let serial = DigestAlgorithm::Sm3.digest(&[imprint, &at.millis().to_be_bytes()].concat());
        Self {
            version: 1,
            policy: POLICY.to_owned(),
            digest,
            imprint: imprint.to_vec(),
            serial: serial.as_ref().iter().copied().take(16).collect(),
            at,
            rest: Vec::new(),
            bound: None,
        }
    }

    /// TSTInfo in DER.
    pub fn to_info(&self) -> Result<Vec<u8>, Error> {
        Ok(write::sequence(&[
            &write::unsigned(self.version),
            &oid(&self.policy)?,
            &write::sequence(&[&algorithm(self.digest.oid())?, &write::octets(&self.imprint)]),
            &write::integer(&self.serial),
            &generalized_time(self.at)?,
            &self.rest,
        ]))
    }

    /// The token by `timestamper`, whose parts may still be changed.
    pub fn to_cms(&self, timestamper: &Identity) -> Result<Cms, Error> {
        let info = self.to_info()?;
        let mut attributes = vec![
            attribute(CONTENT_TYPE, &oid(TST_INFO)?)?,
            attribute(MESSAGE_DIGEST, &write::octets(DigestAlgorithm::Sm3.digest(&info).as_ref()))?,
        ];
        let bound = self.bound.as_ref().unwrap_or(&timestamper.certificate);
        if !bound.is_empty() {
            let digest = DigestAlgorithm::Sm3.digest(bound);
            let certificate =
                write::sequence(&[&algorithm(DigestAlgorithm::Sm3.oid())?, &write::octets(digest.as_ref())]);
            let list = write::sequence(&[&write::sequence(&[&certificate])]);
            attributes.push(attribute(SIGNING_CERTIFICATE, &list)?);
        }
        let attributes = set_of(attributes);
        let signed = write::tlv(tag::SET, &attributes);
        Ok(Cms {
            version: 3,
            content_type: SIGNED_DATA.to_owned(),
            data_type: TST_INFO.to_owned(),
            enclosed: Some(info),
            certificates: std::iter::once(&timestamper.certificate)
                .chain(&timestamper.issuers)
                .cloned()
                .collect(),
            signers: vec![signer_info(timestamper, Some(&attributes), &signed)?],
            encoding: Encoding::Der,
        })
    }
}
