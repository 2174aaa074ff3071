//! Electronic seal signatures (电子签章数据): SES_Signature over a document, in the layout of its seal.
//! A statement is written as it stands; whether signer, seal and times fit together is not checked.

use super::seal::extensions;
use super::{Error, Extension, Identity, Layout, Seal, TimestampDraft, generalized_time, oid, timestamp};
use crate::asn1::{format_utc, tag, write};
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};

/// TBS_Sign before it is signed. Every part may be changed.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The structure.
    pub layout: Layout,
    /// The version; that of the seal if sound.
    pub version: u64,
    /// The SESeal in DER.
    pub seal: Vec<u8>,
    /// timeInfo in DER: GeneralizedTime, or in the 2014 layout a BIT STRING.
    pub time: Vec<u8>,
    /// The digest of the content (dataHash).
    pub digest: Vec<u8>,
    /// Where the content is (propertyInfo): the package path of Signature.xml, ASCII.
    pub property: String,
    /// Further data; the 2014 layout has no place for them.
    pub extensions: Vec<Extension>,
    /// The signer's certificate in DER, which the 2014 layout signs too.
    pub certificate: Vec<u8>,
    /// The signature algorithm, in dotted form.
    pub signature_algorithm: String,
    /// A timestamp over the signature value, DER; the 2014 layout has no place for it.
    pub timestamp: Option<Vec<u8>>,
}

impl Statement {
    /// What `signer` states with `seal` about `content`, which stands at `property`.
    pub fn new(
        seal: &Seal,
        signer: &Identity,
        at: Timestamp,
        content: &[u8],
        property: &str,
    ) -> Result<Self, Error> {
        let time = match seal.layout {
            // The text of a UTCTime, one of the forms that 2014 signatures have in the field.
            Layout::Gm2014 => write::bits(format_utc(at).ok_or(Error::Time(at))?.as_bytes()),
            Layout::Gb2020 | Layout::Gm2025 => generalized_time(at)?,
        };
        Ok(Self {
            layout: seal.layout,
            version: seal.version,
            seal: seal.der.clone(),
            time,
            digest: DigestAlgorithm::Sm3.digest(content).as_ref().to_vec(),
            property: property.to_owned(),
            extensions: Vec::new(),
            certificate: signer.certificate.clone(),
            signature_algorithm: SignatureAlgorithm::Sm2Sm3.oid().to_owned(),
            timestamp: None,
        })
    }

    /// TBS_Sign in DER, which is what the signer signs.
    pub fn to_tbs(&self) -> Result<Vec<u8>, Error> {
        let rest = match self.layout {
            Layout::Gm2014 => [write::octets(&self.certificate), oid(&self.signature_algorithm)?].concat(),
            Layout::Gb2020 | Layout::Gm2025 => extensions(&self.extensions)?
                .map(|list| write::tlv(tag::CONTEXT_0, &list))
                .unwrap_or_default(),
        };
        Ok(write::sequence(&[
            &write::unsigned(self.version),
            &self.seal,
            &self.time,
            &write::bits(&self.digest),
            &write::ia5(&self.property),
            &rest,
        ]))
    }

    /// SES_Signature by `signer`.
    pub fn sign(&self, signer: &Identity) -> Result<Vec<u8>, Error> {
        let tbs = self.to_tbs()?;
        self.assemble(&tbs, &signer.key().sign(&tbs)?)
    }

    /// SES_Signature by `signer`, with a timestamp by `timestamper`: over its value, or in the 2014 layout over
    /// the content's digest and in place of the time.
    pub fn sign_with_timestamp(
        mut self,
        signer: &Identity,
        timestamper: &Identity,
        at: Timestamp,
    ) -> Result<Vec<u8>, Error> {
        if self.layout == Layout::Gm2014 {
            let draft = TimestampDraft::over(at, DigestAlgorithm::Sm3, &self.digest);
            self.time = write::bits(&draft.to_cms(timestamper)?.to_bytes()?);
            return self.sign(signer);
        }
        let tbs = self.to_tbs()?;
        let signature = signer.key().sign(&tbs)?;
        self.timestamp = Some(timestamp(timestamper, at, &signature)?);
        self.assemble(&tbs, &signature)
    }

    /// SES_Signature with any TBS_Sign and signature value.
    pub fn assemble(&self, tbs: &[u8], signature: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = write::bits(signature);
        let timestamp = self.timestamp.as_ref().map(|token| write::tlv(tag::CONTEXT_0, &write::bits(token)));
        Ok(match self.layout {
            Layout::Gm2014 => write::sequence(&[tbs, &signature]),
            Layout::Gb2020 | Layout::Gm2025 => write::sequence(&[
                tbs,
                &write::octets(&self.certificate),
                &oid(&self.signature_algorithm)?,
                &signature,
                &timestamp.unwrap_or_default(),
            ]),
        })
    }
}
