//! The forge: certificates, seals and licenses of every sound shape, with keys of its own.
//!
//! It makes what issuers make, for the demonstration and for tests, and it judges nothing. Each step leaves its
//! parts open (drafts of certificates, seals and statements, the package before it is zipped), so that tests build
//! forgeries from the same parts. The same seed, times and content give the same bytes, TLS certificates excepted.

mod authority;
mod certificate;
mod cms;
mod document;
mod entries;
mod hierarchy;
mod license;
mod name;
mod package;
mod page;
pub mod pdf;
mod picture;
mod sample;
mod seal;
mod seed;
mod ses;
mod signing;
mod timestamp;
mod tls;
mod xml;
mod zip;

pub use self::authority::{Authority, Identity};
pub use self::certificate::{
    CertificateDraft, Extension, KeyUsage, Profile, SM2_CURVE, Validity, pem, signed,
};
pub use self::cms::{Cms, Encoding, Flavor, signer_info};
pub use self::document::{Annotation, Attachment, Document, Image, package};
pub use self::entries::list_entries;
pub use self::hierarchy::{Hierarchy, Issuer};
pub use self::license::{CopyNote, Field, Holder, License};
pub use self::name::Name;
pub use self::package::{Entry, Package};
pub use self::page::{Boundary, Color, Font, Object, Page};
pub use self::picture::Picture;
pub use self::sample::{
    NEWBORN, birth_certificate, business_license, household_register, identity_card, marriage_certificate,
    real_estate_certificate, samples,
};
pub use self::seal::{Layout, Seal, SealDraft, SealSigners};
pub use self::seed::Seed;
pub use self::ses::Statement;
pub use self::signing::{Coverage, Method, Plan, Provider, Reference, Signed, Signing, Stamp};
pub use self::timestamp::{TimestampDraft, timestamp};
pub use self::tls::{TlsAuthority, TlsCredentials};
pub use self::zip::{Header, Member, archive};

use crate::asn1::{self, write};
use crate::clock::Timestamp;
use crate::crypto::{RandomError, SignError};
use crate::identifier;

/// Why something could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An identity was given a certificate that is none.
    #[error("the certificate cannot be read")]
    Certificate(#[from] asn1::Error),
    /// An entry could not be compressed.
    #[error("the entry cannot be compressed")]
    Compress(#[from] std::io::Error),
    /// The package has no such document.
    #[error("the package has no document {0}")]
    Document(usize),
    /// The package has no such entry.
    #[error("the package has no entry `{0}`")]
    Entry(String),
    /// Something in a document points to a part that the document does not have.
    #[error("the document has no {0} {1}")]
    Missing(&'static str, usize),
    /// An identifier on a license is not one.
    #[error(transparent)]
    Identifier(#[from] identifier::Error),
    /// The text is not an object identifier.
    #[error("`{0}` is not an object identifier")]
    Oid(String),
    /// There are no random numbers for a new seed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A signature could not be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// An XML entry does not have the structure that is to be extended.
    #[error("the entry `{0}` does not have the structure of OFD")]
    Structure(String),
    /// The instant cannot be written in the form that is asked for.
    #[error("`{0}` cannot be written as a time here")]
    Time(Timestamp),
    /// A TLS certificate could not be made.
    #[error("the TLS certificate cannot be made")]
    Tls(#[from] rcgen::Error),
    /// ZIP without its 64-bit extension cannot hold the content.
    #[error("the content is too large for a plain ZIP file")]
    TooLarge,
}

fn oid(dotted: &str) -> Result<Vec<u8>, Error> {
    write::oid(dotted).ok_or_else(|| Error::Oid(dotted.to_owned()))
}

/// AlgorithmIdentifier without parameters, as SM2 with SM3 has it (GB/T 35275-2017).
fn algorithm(dotted: &str) -> Result<Vec<u8>, Error> {
    Ok(write::sequence(&[&oid(dotted)?]))
}

fn generalized_time(at: Timestamp) -> Result<Vec<u8>, Error> {
    write::generalized_time(at).ok_or(Error::Time(at))
}

fn utc_time(at: Timestamp) -> Result<Vec<u8>, Error> {
    write::utc_time(at).ok_or(Error::Time(at))
}
