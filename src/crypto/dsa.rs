//! DSA (FIPS 186-4 §4), for conformance suites alone: nothing signs with it any more, and only a caller that asks for
//! retired algorithms by name ever gets here.

use dsa::signature::hazmat::PrehashVerifier;
use dsa::{BoxedUint, Components, Signature, VerifyingKey};

use super::VerifyError;
use crate::asn1::{Error, Fault, Reader, tag};

/// SEQUENCE of INTEGERs.
const DEPTH: u32 = 2;

/// Bits of p, the largest of FIPS 186-4 §4.2. What is larger would take the time of whoever checks it.
const LARGEST: usize = 3072;

/// A DSA key as certificates carry it: the domain parameters and y, each without leading zeros. That they fit each other
/// is found out when a signature is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsaKey {
    p: Vec<u8>,
    q: Vec<u8>,
    g: Vec<u8>,
    y: Vec<u8>,
}

impl DsaKey {
    /// Reads Dss-Parms (RFC 3279 §2.3.2), without its header, and the INTEGER y.
    pub(super) fn parse(parameters: &[u8], y: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::new(parameters, DEPTH);
        let [p, q, g] = [magnitude(&mut fields)?, magnitude(&mut fields)?, magnitude(&mut fields)?];
        fields.finish()?;
        Self { p, q, g, y: Vec::new() }.with_key(y)
    }

    /// The key `y` over the parameters of this one, as a certificate without parameters inherits them
    /// (RFC 5280 §6.1.4 (e)).
    pub(super) fn with_key(&self, y: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(y, DEPTH);
        let y = magnitude(&mut reader)?;
        reader.finish()?;
        Ok(Self { y, ..self.clone() })
    }

    /// Checks `signature`, SEQUENCE of r and s, over `digest`.
    pub(super) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let parts = || {
            let mut fields = Reader::only(signature, DEPTH)?.sequence()?;
            let parts = [magnitude(&mut fields)?, magnitude(&mut fields)?];
            fields.finish().map(|()| parts)
        };
        let [r, s]: [Vec<u8>; 2] = parts().map_err(|_: Error| VerifyError::Malformed)?;
        let bits = |magnitude: &[u8]| u32::try_from(magnitude.len() * 8).unwrap_or(u32::MAX);
        let (large, small) = (bits(&self.p), bits(&self.q));
        let number = |magnitude: &[u8], bits| BoxedUint::from_be_slice(magnitude, bits).ok();
        let key = || {
            let (p, q) = (number(&self.p, large)?, number(&self.q, small)?);
            let components = Components::from_components(p, q, number(&self.g, large)?).ok()?;
            VerifyingKey::from_components(components, number(&self.y, large)?).ok()
        };
        let key = key().ok_or(VerifyError::KeyUnusable)?;
        let value =
            number(&r, small).zip(number(&s, small)).and_then(|(r, s)| Signature::from_components(r, s));
        let value = value.ok_or(VerifyError::Malformed)?;
        key.verify_prehash(digest, &value).map_err(|_| VerifyError::Mismatch)
    }
}

/// The INTEGER that stands next, positive and of bounded length.
fn magnitude(reader: &mut Reader<'_>) -> Result<Vec<u8>, Error> {
    let content = reader.expect(tag::INTEGER)?.value;
    let significant = match content {
        [0, rest @ ..] => rest,
        [first, ..] if first & 0x80 == 0 => content,
        _ => &[],
    };
    let sound =
        !significant.is_empty() && significant.first() != Some(&0) && significant.len() * 8 <= LARGEST;
    if sound { Ok(significant.to_vec()) } else { Err(Error { fault: Fault::Content, offset: 0 }) }
}
