//! Certificate authorities and those they certify.

use std::sync::Arc;

use super::{CertificateDraft, Error, Extension, KeyUsage, Name, Profile, SM2_CURVE, Seed, Validity};
use crate::asn1::{Reader, tag};
use crate::crypto::SigningKey;

/// Deeper than any part of a certificate that is read here.
const DEPTH: u32 = 4;

/// A key with its certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    key: Arc<SigningKey>,
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// Certificates between this one and the root, nearest first, the root left out.
    pub issuers: Vec<Vec<u8>>,
}

impl Identity {
    /// A key with any certificate, be it of another key.
    pub fn new(key: Arc<SigningKey>, certificate: Vec<u8>, issuers: Vec<Vec<u8>>) -> Self {
        Self { key, certificate, issuers }
    }

    /// The key.
    pub fn key(&self) -> &Arc<SigningKey> {
        &self.key
    }

    /// The DER of issuer and serial number, as CMS names a signer.
    pub fn issuer_and_serial(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut tbs = Reader::only(&self.certificate, DEPTH)?.enter()?.sequence()?;
        tbs.expect(tag::CONTEXT_0)?;
        let serial = tbs.expect(tag::INTEGER)?.raw.to_vec();
        tbs.expect(tag::SEQUENCE)?;
        Ok((tbs.expect(tag::SEQUENCE)?.raw.to_vec(), serial))
    }
}

/// An authority that issues certificates.
#[derive(Clone)]
pub struct Authority {
    name: Name,
    identity: Identity,
    seed: Seed,
    root: bool,
}

impl Authority {
    /// An authority that vouches for itself.
    pub fn root(seed: &Seed, name: Name, validity: Validity) -> Result<Self, Error> {
        let seed = seed.child(&name.common_name);
        let key = Arc::new(seed.key("authority")?);
        let draft = draft(Profile::Authority, None, (&name, &key), (&name, &key), validity)?;
        let identity = Identity::new(Arc::clone(&key), draft.sign(&key)?, Vec::new());
        Ok(Self { name, identity, seed, root: true })
    }

    /// An authority below this one, which may certify no further authorities.
    pub fn subordinate(&self, name: Name, validity: Validity) -> Result<Self, Error> {
        let seed = self.seed.child(&name.common_name);
        let key = Arc::new(seed.key("authority")?);
        let draft = draft(Profile::Authority, Some(0), (&self.name, self.key()), (&name, &key), validity)?;
        let identity = Identity::new(key, self.certify(&draft)?, self.path());
        Ok(Self { name, identity, seed, root: false })
    }

    /// Certifies the key that this authority's seed gives for profile and common name.
    pub fn issue(&self, profile: Profile, subject: Name, validity: Validity) -> Result<Identity, Error> {
        let key = Arc::new(self.seed.key(&format!("{profile:?} {}", subject.common_name))?);
        self.issue_for(key, profile, subject, validity)
    }

    /// Certifies `key`.
    pub fn issue_for(
        &self,
        key: Arc<SigningKey>,
        profile: Profile,
        subject: Name,
        validity: Validity,
    ) -> Result<Identity, Error> {
        let certificate = self.certify(&self.draft(&key, profile, subject, validity)?)?;
        Ok(Identity::new(key, certificate, self.path()))
    }

    /// The certificate that [`Authority::issue_for`] would sign.
    pub fn draft(
        &self,
        key: &SigningKey,
        profile: Profile,
        subject: Name,
        validity: Validity,
    ) -> Result<CertificateDraft, Error> {
        draft(profile, None, (&self.name, self.key()), (&subject, key), validity)
    }

    /// Signs `draft`, whatever it says.
    pub fn certify(&self, draft: &CertificateDraft) -> Result<Vec<u8>, Error> {
        draft.sign(self.key())
    }

    /// The authority's own certificate, in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.identity.certificate
    }

    /// The authority's name.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The authority's key.
    pub fn key(&self) -> &SigningKey {
        self.identity.key()
    }

    fn path(&self) -> Vec<Vec<u8>> {
        if self.root {
            return Vec::new();
        }
        std::iter::once(&self.identity.certificate).chain(&self.identity.issuers).cloned().collect()
    }
}

fn draft(
    profile: Profile,
    path_length: Option<u64>,
    (issuer, issuer_key): (&Name, &SigningKey),
    (subject, key): (&Name, &SigningKey),
    validity: Validity,
) -> Result<CertificateDraft, Error> {
    use KeyUsage::{
        CrlSign, DataEncipherment, DigitalSignature, KeyAgreement, KeyCertSign, KeyEncipherment,
        NonRepudiation,
    };
    let usage: &[KeyUsage] = match profile {
        Profile::Authority => &[KeyCertSign, CrlSign],
        Profile::Signer | Profile::Timestamper => &[DigitalSignature, NonRepudiation],
        Profile::Encryption => &[KeyEncipherment, DataEncipherment, KeyAgreement],
    };
    let point = key.public_point();
    let mut extensions = vec![
        Extension::authority_key(&issuer_key.public_point()),
        Extension::subject_key(&point),
        Extension::basic_constraints(profile == Profile::Authority, path_length),
        Extension::key_usage(usage),
    ];
    if profile == Profile::Timestamper {
        extensions.push(Extension::timestamping()?);
    }
    Ok(CertificateDraft {
        serial: None,
        signature_algorithm: issuer_key.algorithm().oid().to_owned(),
        issuer: issuer.clone(),
        validity,
        subject: subject.clone(),
        curve: SM2_CURVE.to_owned(),
        point,
        extensions,
    })
}
