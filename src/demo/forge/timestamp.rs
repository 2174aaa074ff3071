//! Timestamps (时间戳) of GB/T 20520, which are those of RFC 3161 with SM3 and SM2.

use super::cms::{CONTENT_TYPE, MESSAGE_DIGEST, attribute, digest_algorithm, set_of};
use super::{Cms, Encoding, Error, Identity, generalized_time, oid, signer_info};
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
    let digest = DigestAlgorithm::Sm3.digest(message);
    // A number that each message and instant has for itself, from the digest of both.
    let serial = [digest.as_ref(), &at.millis().to_be_bytes()].concat();
    let serial = DigestAlgorithm::Sm3.digest(&serial);
    let info = write::sequence(&[
        &write::unsigned(1),
        &oid(POLICY)?,
        &write::sequence(&[&digest_algorithm()?, &write::octets(digest.as_ref())]),
        &write::integer(serial.as_ref().get(..16).unwrap_or(&[1])),
        &generalized_time(at)?,
    ]);
    let certificate = DigestAlgorithm::Sm3.digest(&timestamper.certificate);
    let certificate = write::sequence(&[&digest_algorithm()?, &write::octets(certificate.as_ref())]);
    let attributes = set_of(vec![
        attribute(CONTENT_TYPE, &oid(TST_INFO)?)?,
        attribute(MESSAGE_DIGEST, &write::octets(DigestAlgorithm::Sm3.digest(&info).as_ref()))?,
        attribute(SIGNING_CERTIFICATE, &write::sequence(&[&write::sequence(&[&certificate])]))?,
    ]);
    let signed = write::tlv(tag::SET, &attributes);
    Cms {
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
    }
    .to_bytes()
}
