//! Certificates in files: DER, PEM (RFC 7468), and PKCS#7 that carries certificates and nothing signed (RFC 5652 §5.1
//! "certs-only"), as authorities hand out their chains. What they are worth is judged elsewhere.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::certificate::{Certificate, CertificateError};
use crate::asn1::{Error, Reader, ber, tag};

/// Certificates in one bundle. The lists of trusted authorities of whole states have under 1,000.
const MOST: usize = 4_096;
/// ContentInfo, `[0]`, SignedData, the set, a certificate and what is read over inside.
const DEPTH: u32 = 16;
/// Object identifiers of SignedData: RFC 5652 §5.1 and GB/T 35275-2017 §7.
const SIGNED_DATA: [&str; 2] = ["1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2"];
/// How the PEM of PKCS#7 is called: RFC 7468 §8, §9, and before.
const BUNDLES: [&str; 3] = ["PKCS7", "CMS", "PKCS #7 SIGNED DATA"];

/// Why a file gives no certificates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The certificate at this position, from 1, cannot be used.
    #[error("certificate {position}: {error}")]
    Certificate {
        /// Which one in the file, from 1.
        position: usize,
        /// What is wrong with it.
        error: CertificateError,
    },
    /// The PEM armor is broken.
    #[error("the PEM text is malformed")]
    Pem,
    /// There is no certificate inside.
    #[error("there is no certificate inside")]
    Nothing,
    /// The PKCS#7 structure is malformed, or holds too many certificates or kinds of them that nothing here reads.
    #[error("the PKCS#7 structure is malformed")]
    Bundle,
    /// The PKCS#7 structure is a signed message, whose certificates are its signers'.
    #[error("the PKCS#7 structure is a signed message, not a bundle of certificates")]
    Message,
}

/// All certificates in a file of PEM, DER or PKCS#7.
pub fn certificates_in(file: &[u8]) -> Result<Vec<Certificate>, ReadError> {
    let mut found = Vec::new();
    if file.first() == Some(&tag::SEQUENCE) {
        if is_bundle(file) {
            unpack(file, &mut found)?;
        } else {
            push(file, &mut found)?;
        }
    } else {
        let text = with_one_label(file);
        for der in CertificateDer::pem_slice_iter(text.as_deref().unwrap_or(file)) {
            let der = der.map_err(|_| ReadError::Pem)?;
            if is_bundle(&der) {
                unpack(&der, &mut found)?;
            } else {
                push(&der, &mut found)?;
            }
        }
    }
    if found.is_empty() { Err(ReadError::Nothing) } else { Ok(found) }
}

/// The PEM `file` with its bundles under the label of certificates, since the parser knows no other; what each block holds
/// tells what it is. `None` if there is no bundle.
fn with_one_label(file: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(file).ok()?;
    let labeled = |label: &str| text.contains(&format!("-----BEGIN {label}-----"));
    if !BUNDLES.into_iter().any(labeled) {
        return None;
    }
    let text = BUNDLES.into_iter().fold(text.to_owned(), |text, label| {
        text.replace(&format!("-----BEGIN {label}-----"), "-----BEGIN CERTIFICATE-----")
            .replace(&format!("-----END {label}-----"), "-----END CERTIFICATE-----")
    });
    Some(text.into_bytes())
}

/// Whether `bytes` begin as ContentInfo does, with an object identifier; a certificate begins with a SEQUENCE.
fn is_bundle(bytes: &[u8]) -> bool {
    match bytes {
        // The length takes one octet, or as many more as the low bits of the first say (X.690 §8.1.3); none if indefinite.
        [tag::SEQUENCE, length, rest @ ..] => {
            let more = if length & 0x80 == 0 { 0 } else { usize::from(length & 0x7f) };
            rest.get(more) == Some(&tag::OID)
        }
        _ => false,
    }
}

/// Adds the certificates of the bundle `bytes`, which some tools write in BER.
fn unpack(bytes: &[u8], found: &mut Vec<Certificate>) -> Result<(), ReadError> {
    let (der, _) = ber::transcode(bytes, DEPTH).map_err(|_| ReadError::Bundle)?;
    let (certificates, signed) = certificates_of(&der).map_err(|_| ReadError::Bundle)?;
    if signed {
        return Err(ReadError::Message);
    }
    certificates.into_iter().try_for_each(|der| push(der, found))
}

/// The certificates of a SignedData in DER, and whether anybody signed it.
fn certificates_of(der: &[u8]) -> Result<(Vec<&[u8]>, bool), Error> {
    let mut info = Reader::only(der, DEPTH)?.sequence()?;
    let kind = info.oid()?;
    let mut wrapper = info.expect(tag::CONTEXT_0)?.enter()?;
    info.finish()?;
    let mut data = wrapper.sequence()?;
    wrapper.finish()?;
    data.unsigned()?;
    data.expect(tag::SET)?;
    data.expect(tag::SEQUENCE)?;
    let mut certificates = Vec::new();
    if let Some(set) = data.optional(tag::CONTEXT_0)? {
        let mut set = set.enter()?;
        while !set.is_empty() {
            // Other forms than X.509 certificates have tags of their own (RFC 5652 §10.2.2).
            certificates.push(set.expect(tag::SEQUENCE)?.raw);
        }
    }
    data.optional(tag::CONTEXT_1)?;
    let signers = data.expect(tag::SET)?;
    data.finish()?;
    if !SIGNED_DATA.contains(&kind.as_str()) || certificates.len() > MOST {
        return Err(Error { fault: crate::asn1::Fault::Content, offset: 0 });
    }
    Ok((certificates, !signers.value.is_empty()))
}

fn push(der: &[u8], found: &mut Vec<Certificate>) -> Result<(), ReadError> {
    let position = found.len() + 1;
    let certificate =
        Certificate::from_der(der).map_err(|error| ReadError::Certificate { position, error })?;
    found.push(certificate);
    Ok(())
}
