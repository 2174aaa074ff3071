//! Electronic seals (电子印章): SESeal in the layouts of GM/T 0031-2014, GB/T 38540-2020 and GM/T 0031-2025.
//! A draft is written as it stands; whether maker, signers and dates fit together is not checked.

use super::{Error, Extension, Identity, Picture, Validity, generalized_time, oid, timestamp, utc_time};
use crate::asn1::{tag, write};
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;

/// Which standard's structure a seal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// GM/T 0031-2014.
    Gm2014,
    /// GB/T 38540-2020.
    Gb2020,
    /// GM/T 0031-2025.
    Gm2025,
}

impl Layout {
    /// All three, oldest first.
    pub const ALL: [Self; 3] = [Self::Gm2014, Self::Gb2020, Self::Gm2025];

    /// The version that seals of the layout state.
    pub const fn version(self) -> u64 {
        match self {
            Self::Gm2014 => 1,
            Self::Gb2020 => 4,
            Self::Gm2025 => 5,
        }
    }
}

/// Who may sign with a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealSigners {
    /// Their certificates in DER (certListType 1, and the only kind of 2014).
    Certificates(Vec<Vec<u8>>),
    /// Name of the digest algorithm and digest of each certificate (certListType 2).
    Digests(Vec<(String, Vec<u8>)>),
}

impl SealSigners {
    /// The signers' certificates.
    pub fn certificates(signers: &[&Identity]) -> Self {
        Self::Certificates(signers.iter().map(|signer| signer.certificate.clone()).collect())
    }

    /// SM3 digests of the signers' certificates.
    pub fn digests(signers: &[&Identity]) -> Self {
        let digest = |signer: &&Identity| {
            let digest = DigestAlgorithm::Sm3.digest(&signer.certificate);
            ("SM3".to_owned(), digest.as_ref().to_vec())
        };
        Self::Digests(signers.iter().map(digest).collect())
    }

    fn to_der(&self) -> Vec<u8> {
        let items: Vec<Vec<u8>> = match self {
            Self::Certificates(list) => list.iter().map(|certificate| write::octets(certificate)).collect(),
            Self::Digests(list) => list
                .iter()
                .map(|(kind, digest)| write::sequence(&[&write::printable(kind), &write::octets(digest)]))
                .collect(),
        };
        write::sequence(&[&items.concat()])
    }
}

/// A seal before its maker signs it. Every part may be changed.
#[derive(Clone, Debug)]
pub struct SealDraft {
    /// The structure.
    pub layout: Layout,
    /// The version that the header states.
    pub version: u64,
    /// The vendor that the header states, ASCII.
    pub vendor: String,
    /// The seal's identifier (esID), ASCII.
    pub id: String,
    /// 1 for an organization's seal, 2 for a person's.
    pub kind: u64,
    /// What the seal is called, such as the organization's name.
    pub name: String,
    /// Who may sign with it.
    pub signers: SealSigners,
    /// When it was made.
    pub created: Timestamp,
    /// From when until when it may be used.
    pub validity: Validity,
    /// What it looks like.
    pub picture: Picture,
    /// Further data.
    pub extensions: Vec<Extension>,
    /// A timestamp over the seal's signature, DER; only the 2025 layout has a place for it.
    pub timestamp: Option<Vec<u8>>,
}

/// A finished seal.
#[derive(Clone, Debug)]
pub struct Seal {
    /// The structure.
    pub layout: Layout,
    /// The version that the header states.
    pub version: u64,
    /// The SESeal in DER.
    pub der: Vec<u8>,
    /// Width and height of the picture in millimeters.
    pub size: (u16, u16),
}

impl SealDraft {
    /// An organization's seal for `signers`, made when its validity begins.
    pub fn new(
        layout: Layout,
        id: &str,
        name: &str,
        signers: SealSigners,
        validity: Validity,
    ) -> Result<Self, Error> {
        Ok(Self {
            layout,
            version: layout.version(),
            vendor: "Tongban".to_owned(),
            id: id.to_owned(),
            kind: 1,
            name: name.to_owned(),
            signers,
            created: validity.from,
            validity,
            picture: Picture::round_seal()?,
            extensions: Vec::new(),
            timestamp: None,
        })
    }

    /// SES_SealInfo in DER.
    pub fn to_info(&self) -> Result<Vec<u8>, Error> {
        let header =
            write::sequence(&[&write::ia5("ES"), &write::unsigned(self.version), &write::ia5(&self.vendor)]);
        let time = if self.layout == Layout::Gm2014 { utc_time } else { generalized_time };
        let list_type = match (self.layout, &self.signers) {
            (Layout::Gm2014, _) => Vec::new(),
            (_, SealSigners::Certificates(_)) => write::unsigned(1),
            (_, SealSigners::Digests(_)) => write::unsigned(2),
        };
        let property = write::sequence(&[
            &write::unsigned(self.kind),
            &write::utf8(&self.name),
            &list_type,
            &self.signers.to_der(),
            &time(self.created)?,
            &time(self.validity.from)?,
            &time(self.validity.until)?,
        ]);
        let picture = write::sequence(&[
            &write::ia5(&self.picture.format),
            &write::octets(&self.picture.data),
            &write::unsigned(self.picture.width.into()),
            &write::unsigned(self.picture.height.into()),
        ]);
        let extensions = extensions(&self.extensions)?.unwrap_or_default();
        Ok(write::sequence(&[&header, &write::ia5(&self.id), &property, &picture, &extensions]))
    }

    /// What the maker signs: the info alone, or in the 2014 layout a SEQUENCE of info, certificate and algorithm.
    pub fn to_signed(&self, maker: &Identity) -> Result<Vec<u8>, Error> {
        let info = self.to_info()?;
        if self.layout != Layout::Gm2014 {
            return Ok(info);
        }
        let algorithm = oid(maker.key().algorithm().oid())?;
        Ok(write::sequence(&[&info, &write::octets(&maker.certificate), &algorithm]))
    }

    /// The seal, signed by `maker`.
    pub fn sign(&self, maker: &Identity) -> Result<Seal, Error> {
        let signature = maker.key().sign(&self.to_signed(maker)?)?;
        self.assemble(&maker.certificate, &signature)
    }

    /// The seal, signed by `maker`, with a timestamp over its signature by `timestamper`.
    pub fn sign_with_timestamp(
        mut self,
        maker: &Identity,
        timestamper: &Identity,
        at: Timestamp,
    ) -> Result<Seal, Error> {
        let signature = maker.key().sign(&self.to_signed(maker)?)?;
        self.timestamp = Some(timestamp(timestamper, at, &signature)?);
        self.assemble(&maker.certificate, &signature)
    }

    /// The seal with any certificate and signature value.
    pub fn assemble(&self, certificate: &[u8], signature: &[u8]) -> Result<Seal, Error> {
        let info = self.to_info()?;
        let (certificate, signature) = (write::octets(certificate), write::bits(signature));
        let algorithm = oid(crate::crypto::SignatureAlgorithm::Sm2Sm3.oid())?;
        let timestamp =
            self.timestamp.as_ref().map(|timestamp| write::tlv(tag::CONTEXT_0, &write::bits(timestamp)));
        let der = match self.layout {
            Layout::Gm2014 => {
                write::sequence(&[&info, &write::sequence(&[&certificate, &algorithm, &signature])])
            }
            Layout::Gb2020 | Layout::Gm2025 => write::sequence(&[
                &info,
                &certificate,
                &algorithm,
                &signature,
                &timestamp.unwrap_or_default(),
            ]),
        };
        let size = (self.picture.width, self.picture.height);
        Ok(Seal { layout: self.layout, version: self.version, der, size })
    }
}

/// ExtensionDatas, unless there are none.
pub(super) fn extensions(list: &[Extension]) -> Result<Option<Vec<u8>>, Error> {
    if list.is_empty() {
        return Ok(None);
    }
    let list: Vec<Vec<u8>> = list.iter().map(Extension::to_der).collect::<Result<_, _>>()?;
    Ok(Some(write::sequence(&[&list.concat()])))
}
