//! SignedData of GB/T 35275-2017 over a document, in the flavors that OFD files of the field have.
//! The structure is RFC 5652's with object identifiers of its own; it is written as it stands.

use super::{Error, Identity, oid, utc_time};
use crate::asn1::{Reader, tag, write};
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;

/// GB/T 35275-2017: data and signedData.
const GM_DATA: &str = "1.2.156.10197.6.1.4.2.1";
const GM_SIGNED_DATA: &str = "1.2.156.10197.6.1.4.2.2";
/// RFC 5652 §4.
const DATA: &str = "1.2.840.113549.1.7.1";
/// RFC 5652 §11.
pub(super) const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub(super) const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
/// RFC 3161 appendix A.
const TIMESTAMP: &str = "1.2.840.113549.1.9.16.2.14";
/// Fields of SignerInfo are not entered.
const DEPTH: u32 = 1;
/// The SM2 signature OID, which writers put into SignerInfo.
const SM2_SIGN: &str = "1.2.156.10197.1.301.1";

/// How SignedData holds and signs the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavor {
    /// The content's digest is enclosed and signed; no attributes, hence no time.
    EnclosedDigest,
    /// Detached, with signed attributes: content type, signing time, digest.
    SignedAttributes,
    /// As [`Flavor::SignedAttributes`], with the content type of RFC 5652.
    OrdinaryData,
}

/// How lengths are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Definite everywhere.
    Der,
    /// Indefinite for the outer values, and strings in segments.
    Ber,
}

/// A ContentInfo with SignedData in the making. Every part may be changed.
#[derive(Clone, Debug)]
pub struct Cms {
    /// The version of SignedData: 1, or 3 around other content than plain data.
    pub version: u64,
    /// contentType, in dotted form.
    pub content_type: String,
    /// eContentType, in dotted form.
    pub data_type: String,
    /// eContent, unless detached.
    pub enclosed: Option<Vec<u8>>,
    /// Certificates in DER.
    pub certificates: Vec<Vec<u8>>,
    /// SignerInfos in DER; exactly one if sound.
    pub signers: Vec<Vec<u8>>,
    /// How it is encoded.
    pub encoding: Encoding,
}

impl Cms {
    /// SignedData by `signer` over `content`, with the signer's certificates up to the root's.
    pub fn new(
        flavor: Flavor,
        encoding: Encoding,
        signer: &Identity,
        at: Timestamp,
        content: &[u8],
    ) -> Result<Self, Error> {
        let digest = DigestAlgorithm::Sm3.digest(content).as_ref().to_vec();
        let data_type = if flavor == Flavor::OrdinaryData { DATA } else { GM_DATA };
        let (enclosed, info) = match flavor {
            Flavor::EnclosedDigest => {
                let info = signer_info(signer, None, &digest)?;
                (Some(digest), info)
            }
            Flavor::SignedAttributes | Flavor::OrdinaryData => {
                let attributes = attributes(data_type, at, &digest)?;
                let message = write::tlv(tag::SET, &attributes);
                (None, signer_info(signer, Some(&attributes), &message)?)
            }
        };
        Ok(Self {
            version: 1,
            content_type: GM_SIGNED_DATA.to_owned(),
            data_type: data_type.to_owned(),
            enclosed,
            certificates: std::iter::once(&signer.certificate).chain(&signer.issuers).cloned().collect(),
            signers: vec![info],
            encoding,
        })
    }

    /// The ContentInfo.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let enclosed = match (&self.enclosed, self.encoding) {
            (None, _) => Vec::new(),
            (Some(content), Encoding::Der) => self.wrap(tag::CONTEXT_0, &[&write::octets(content)]),
            (Some(content), Encoding::Ber) => {
                let segments: Vec<Vec<u8>> = content.chunks(20).map(write::octets).collect();
                let string = self.wrap(tag::OCTET_STRING | 0x20, &[&segments.concat()]);
                self.wrap(tag::CONTEXT_0, &[&string])
            }
        };
        let signed_data = self.wrap(
            tag::SEQUENCE,
            &[
                &write::unsigned(self.version),
                &write::constructed(tag::SET, &[&digest_algorithm()?]),
                &self.wrap(tag::SEQUENCE, &[&oid(&self.data_type)?, &enclosed]),
                &write::tlv(tag::CONTEXT_0, &self.certificates.concat()),
                &write::constructed(tag::SET, &[&set_of(self.signers.clone())]),
            ],
        );
        let content = self.wrap(tag::CONTEXT_0, &[&signed_data]);
        Ok(self.wrap(tag::SEQUENCE, &[&oid(&self.content_type)?, &content]))
    }

    /// The signature value of the first signer.
    pub fn signature(&self) -> Result<Vec<u8>, Error> {
        let info = self.signers.first().ok_or(Error::Missing("signer", 0))?;
        let mut fields = Reader::only(info, DEPTH)?.enter()?;
        loop {
            let field = fields.any()?;
            // Nothing else in SignerInfo is an OCTET STRING (RFC 5652 §5.3).
            if field.tag == tag::OCTET_STRING {
                return Ok(field.value.to_vec());
            }
        }
    }

    /// Attaches `tokens` to every signer, as the unsigned attribute that RFC 3161 appendix A defines.
    pub fn attach(&mut self, tokens: &[Vec<u8>]) -> Result<(), Error> {
        let tokens: Vec<u8> = set_of(tokens.to_vec());
        let attribute = write::sequence(&[&oid(TIMESTAMP)?, &write::tlv(tag::SET, &tokens)]);
        for info in &mut self.signers {
            let fields = Reader::only(info, DEPTH)?.value;
            *info = write::sequence(&[fields, &write::tlv(tag::CONTEXT_1, &attribute)]);
        }
        Ok(())
    }

    fn wrap(&self, tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        match self.encoding {
            Encoding::Der => write::constructed(tag, parts),
            // X.690 §8.1.3.6: an indefinite length ends with two zero octets.
            Encoding::Ber => [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat(),
        }
    }
}

/// A SignerInfo by `signer` over `message`, with the content octets of the signed attributes, if any.
pub fn signer_info(signer: &Identity, attributes: Option<&[u8]>, message: &[u8]) -> Result<Vec<u8>, Error> {
    let (issuer, serial) = signer.issuer_and_serial()?;
    Ok(write::sequence(&[
        &write::unsigned(1),
        &write::sequence(&[&issuer, &serial]),
        &digest_algorithm()?,
        &attributes.map(|attributes| write::tlv(tag::CONTEXT_0, attributes)).unwrap_or_default(),
        &write::sequence(&[&oid(SM2_SIGN)?]),
        &write::octets(&signer.key().sign(message)?),
    ]))
}

fn digest_algorithm() -> Result<Vec<u8>, Error> {
    super::algorithm(DigestAlgorithm::Sm3.oid())
}

/// The content octets of the SET OF signed attributes that documents have.
fn attributes(data_type: &str, at: Timestamp, digest: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(set_of(vec![
        attribute(CONTENT_TYPE, &oid(data_type)?)?,
        attribute(SIGNING_TIME, &utc_time(at)?)?,
        attribute(MESSAGE_DIGEST, &write::octets(digest))?,
    ]))
}

/// One attribute with one value in DER.
pub(super) fn attribute(kind: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(write::sequence(&[&oid(kind)?, &write::constructed(tag::SET, &[value])]))
}

/// X.690 §11.6: the members of a SET OF in ascending order of their encodings.
pub(super) fn set_of(mut members: Vec<Vec<u8>>) -> Vec<u8> {
    members.sort();
    members.concat()
}
