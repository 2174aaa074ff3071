//! A development hierarchy: a root that certifies a seal maker and issuers, each issuer with its seal.
//! The usual arrangement in one call; anything unusual is made from the parts.

use super::{
    Authority, Error, Identity, Layout, License, Method, Name, Package, Profile, Seal, SealDraft,
    SealSigners, Seed, Signing, Validity,
};
use crate::clock::Timestamp;

/// A root and the seal maker that it certifies.
#[derive(Clone)]
pub struct Hierarchy {
    /// The root, which certifies everyone here directly, as seal signatures carry no further certificates.
    pub root: Authority,
    /// Signs seals.
    pub maker: Identity,
    validity: Validity,
}

/// An office that issues licenses under its seal.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Signs licenses.
    pub signer: Identity,
    /// The seal that lists the signer.
    pub seal: Seal,
}

impl Hierarchy {
    /// A hierarchy whose certificates hold for `validity`.
    pub fn new(seed: &Seed, validity: Validity) -> Result<Self, Error> {
        let name = Name::new("Tongban Development", "Tongban Development Root");
        let root = Authority::root(seed, name, validity)?;
        let name = Name::new("Tongban Development", "Tongban Development Seal Maker");
        let maker = root.issue(Profile::Signer, name, validity)?;
        Ok(Self { root, maker, validity })
    }

    /// An office with a signer's certificate and a seal of its name, usable while the certificates hold.
    pub fn issuer(&self, organization: &str, seal_id: &str, layout: Layout) -> Result<Issuer, Error> {
        let signer = self.signer(organization)?;
        let signers = SealSigners::certificates(&[&signer]);
        let draft = SealDraft::new(layout, seal_id, organization, signers, self.validity)?;
        let seal = draft.sign(&self.maker)?;
        Ok(Issuer { signer, seal })
    }

    /// A certified signer without a seal.
    pub fn signer(&self, organization: &str) -> Result<Identity, Error> {
        self.root.issue(Profile::Signer, Name::new(organization, organization), self.validity)
    }
}

impl Issuer {
    /// `license`, sealed on its first page at `at`, with everything covered and later signatures forbidden.
    pub fn seal_license(&self, license: &License, at: Timestamp) -> Result<Package, Error> {
        let mut package = license.document(at).package()?;
        let mut signing =
            Signing::new(&self.signer, Method::Seal(&self.seal), at).stamped(License::seal_boundary());
        signing.locked = true;
        signing.sign(&mut package)?;
        Ok(package)
    }
}
