//! What a verdict rests on, as recorded: the anchors behind each signature and what leads there, so that it can be told later
//! what a change of anchors would change. Digests, codes of catalogs and keyed pseudonyms only.

use serde::Serialize;

use crate::clock::Timestamp;

/// Signatures that one record tells of. 8: the largest file seen has four, and eight with paths of the greatest length, each
/// with all its evidence, take 40 KiB of the 64 KiB of a record.
pub const SIGNATURES: usize = 8;

/// What a verdict rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reliance {
    /// The code of the license type, where the catalog has it.
    pub license_type: Option<String>,
    /// The six digits of the issuer's region, as the license says.
    pub region: Option<String>,
    /// The issuer, `CREDITCODE@REGION`, where the catalog has it.
    pub issuer: Option<String>,
    /// The signatures, in the document's order, that over the list of entries last; the first eight.
    pub signatures: Vec<SignatureReliance>,
    /// How many more there are.
    pub more: usize,
}

/// What one signature rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignatureReliance {
    /// The seal's identifier (esID), where a trusted maker made it; else a keyed pseudonym after `hidden:`.
    pub seal: Option<String>,
    /// Where the time of signing comes from.
    pub time: &'static str,
    /// The signer.
    pub signer: Option<ChainReliance>,
    /// The maker of the seal.
    pub maker: Option<ChainReliance>,
    /// The authority of the timestamp.
    pub timestamp: Option<ChainReliance>,
}

/// How one certificate stood to the anchors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChainReliance {
    /// The outcome.
    pub state: &'static str,
    /// The keyed pseudonym of the certificate, which may be a person's.
    pub leaf: String,
    /// SHA-256 of the anchor's certificate.
    pub anchor: Option<String>,
    /// SHA-256 of the certificates between, from the leaf upwards.
    pub intermediates: Vec<String>,
    /// Where no path was found, the names of the authorities that were looked for, by SHA-256 of their prepared form; those
    /// that may be a person's are left out.
    pub missing: Vec<String>,
    /// What was known of the revocation of the certificates below the anchor; none where nothing was asked.
    pub revocation: Option<RevocationReliance>,
}

/// What was known about revocation: by this it can be shown later why a verdict was right on its day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RevocationReliance {
    /// At the time that counts for the signature, seal or timestamp.
    pub then: StateReliance,
    /// At the time of the verdict.
    pub now: StateReliance,
    /// SM3 of the lists and answers that show it, as the archive names them; the first eight.
    pub evidence: Vec<String>,
}

/// A state of revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StateReliance {
    /// The state.
    pub state: &'static str,
    /// The state of things that it rests on: thisUpdate of the oldest list or answer that was needed.
    pub as_of: Option<Timestamp>,
}
