//! Reads OCSPResponse and BasicOCSPResponse (RFC 6960 §4.2.1) from their bytes.

use crate::asn1::{Error, Fault, Reader, Tlv, tag};
use crate::budget::Budget;
use crate::crypto::DigestAlgorithm;
use crate::pki::extension::Extension;
use crate::pki::revocation::attestation::Attestation;
use crate::pki::revocation::entries::{Revoked, shortest};
use crate::pki::revocation::freshness::Window;
use crate::pki::revocation::reason::RevocationReason;
use crate::pki::{Certificate, Name, SignatureOver};

use super::{Answer, AnswerError, CertificateId, ResponderId, Single, Status};

/// Bytes of a response. 256 KiB: public ones have under 4,000, and one for a whole path may hold a dozen certificates.
const LARGEST: usize = 256 << 10;
/// Answers in one response. 1,000: clients ask for the certificates of one path.
const MOST_ANSWERS: usize = 1000;
/// Certificates in one response. 16: the responder's, and its path.
const MOST_CERTIFICATES: usize = 16;
/// Nested values: extensions of an answer of a response take ten.
const DEPTH: u32 = 16;

/// id-pkix-ocsp-basic.
const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
/// id-pkix-ocsp-nonce, RFC 9654.
const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
/// id-pkix-ocsp-archive-cutoff.
const ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";
/// invalidityDate, an entry extension of lists that answers may have (RFC 6960 §4.4.5).
const INVALIDITY_DATE: &str = "2.5.29.24";
/// ENUMERATED.
const ENUMERATED: u8 = 0x0a;

pub(super) fn answer(
    der: &[u8],
    authorities: &[Certificate],
    budget: &mut Budget,
) -> Result<Answer, AnswerError> {
    if der.len() > LARGEST {
        return Err(AnswerError::TooLarge);
    }
    let outer = Reader::only(der, DEPTH)?.sequence()?;
    let basic = match outer.peek() {
        Some(ENUMERATED) => wrapped(outer)?,
        _ => der,
    };
    let mut basic = Reader::only(basic, DEPTH)?.sequence()?;
    let tbs = basic.expect(tag::SEQUENCE)?;
    let signature = SignatureOver::read(&mut basic)?;
    let certificates = match basic.optional(tag::CONTEXT_0)? {
        Some(list) => certificates(&list)?,
        None => Vec::new(),
    };
    basic.finish()?;

    let mut fields = tbs.enter()?;
    // Version 1 is the only one, and the default.
    if fields.optional(tag::CONTEXT_0)?.map_or(Ok(0), |version| version.enter()?.unsigned())? != 0 {
        return Err(AnswerError::Unknown);
    }
    let responder = responder(&fields.any()?)?;
    let produced_at = fields.expect(tag::GENERALIZED_TIME)?.time()?;
    let mut list = fields.sequence()?;
    let mut singles = Vec::new();
    while !list.is_empty() {
        if singles.len() >= MOST_ANSWERS {
            return Err(AnswerError::TooLarge);
        }
        singles.extend(single(list.sequence()?)?);
    }
    let nonce = match fields.optional(tag::CONTEXT_1)? {
        Some(extensions) => nonce(&extensions)?,
        None => None,
    };
    fields.finish()?;

    let signers: Vec<&Certificate> =
        authorities.iter().chain(&certificates).filter(|holder| responder.is(holder)).collect();
    let attestation = Attestation::new(signature, tbs.raw, signers.into_iter(), budget)?;
    let digest = DigestAlgorithm::Sm3.digest(der);
    Ok(Answer { digest, produced_at, responder, singles, certificates, nonce, attestation })
}

/// The BasicOCSPResponse of a successful OCSPResponse.
fn wrapped(mut fields: Reader<'_>) -> Result<&[u8], AnswerError> {
    let status = fields.any()?.value;
    if status != [0] {
        return Err(AnswerError::Refused(status.first().copied().unwrap_or_default()));
    }
    let mut inside = fields.expect(tag::CONTEXT_0)?.enter()?;
    fields.finish()?;
    let mut bytes = inside.sequence()?;
    inside.finish()?;
    if bytes.oid()? != BASIC {
        return Err(AnswerError::Unknown);
    }
    let basic = bytes.octets()?;
    bytes.finish()?;
    Ok(basic)
}

fn certificates(list: &Tlv<'_>) -> Result<Vec<Certificate>, AnswerError> {
    let mut inside = list.enter()?;
    let mut list = inside.sequence()?;
    inside.finish()?;
    let mut found = Vec::new();
    while !list.is_empty() {
        let position = found.len() + 1;
        if position > MOST_CERTIFICATES {
            return Err(AnswerError::TooLarge);
        }
        let certificate = Certificate::from_der(list.any()?.raw)
            .map_err(|error| AnswerError::Certificate { position, error })?;
        found.push(certificate);
    }
    Ok(found)
}

fn responder(id: &Tlv<'_>) -> Result<ResponderId, Error> {
    let mut inside = id.enter()?;
    let id = match id.tag {
        0xa1 => ResponderId::Name(Name::read(inside.sequence()?)?),
        0xa2 => ResponderId::Key(inside.octets()?.to_vec()),
        _ => return Err(Error { fault: Fault::Content, offset: 0 }),
    };
    inside.finish()?;
    Ok(id)
}

/// One answer; `None` if certificates are identified by a digest that is not known, so that none can be meant.
fn single(mut fields: Reader<'_>) -> Result<Option<Single>, AnswerError> {
    let id = certificate_id(fields.sequence()?)?;
    let mut status = status(&fields.any()?)?;
    let this_update = fields.expect(tag::GENERALIZED_TIME)?.time()?;
    let next_update = match fields.optional(tag::CONTEXT_0)? {
        Some(next) => {
            let mut inside = next.enter()?;
            let at = inside.expect(tag::GENERALIZED_TIME)?.time()?;
            inside.finish()?;
            Some(at)
        }
        None => None,
    };
    let mut window = Window { this_update, next_update, expired_since: None };
    if let Some(extensions) = fields.optional(tag::CONTEXT_1)? {
        for extension in read_extensions(&extensions)? {
            let date = || Reader::only(&extension.value, DEPTH).and_then(|date| date.time());
            match (extension.oid.as_str(), &mut status) {
                // Certificates that expired after this date are still known.
                (ARCHIVE_CUTOFF, _) => window.expired_since = Some(date()?),
                (INVALIDITY_DATE, Status::Revoked(revoked)) => revoked.invalid_since = Some(date()?),
                _ if extension.critical => return Err(AnswerError::UnhandledCritical(extension.oid)),
                _ => {}
            }
        }
    }
    fields.finish()?;
    Ok(id.map(|id| Single { id, status, window }))
}

fn certificate_id(mut fields: Reader<'_>) -> Result<Option<CertificateId>, Error> {
    let algorithm = DigestAlgorithm::from_oid(&fields.sequence()?.oid()?);
    let issuer_name = fields.octets()?.to_vec();
    let issuer_key = fields.octets()?.to_vec();
    let serial = shortest(fields.expect(tag::INTEGER)?.value).to_vec();
    fields.finish()?;
    Ok(algorithm.map(|algorithm| CertificateId { algorithm, issuer_name, issuer_key, serial }))
}

/// A CertStatus, whose tags are implicit.
fn status(choice: &Tlv<'_>) -> Result<Status, Error> {
    let malformed = Error { fault: Fault::Content, offset: 0 };
    match choice.tag {
        0x80 => Ok(Status::Good),
        0x82 => Ok(Status::Unknown),
        0xa1 => {
            let mut fields = choice.enter()?;
            let since = fields.expect(tag::GENERALIZED_TIME)?.time()?;
            let reason = match fields.optional(tag::CONTEXT_0)? {
                Some(reason) => {
                    let mut inside = reason.enter()?;
                    let number = inside.expect(ENUMERATED)?.value;
                    inside.finish()?;
                    RevocationReason::from_enumerated(number).ok_or(malformed)?
                }
                None => RevocationReason::Unspecified,
            };
            fields.finish()?;
            Ok(Status::Revoked(Revoked { since, reason, invalid_since: None }))
        }
        _ => Err(malformed),
    }
}

fn read_extensions(explicit: &Tlv<'_>) -> Result<Vec<Extension>, Error> {
    let mut inside = explicit.enter()?;
    let extensions = Extension::read_all(inside.sequence()?)?;
    inside.finish()?;
    Ok(extensions)
}

fn nonce(extensions: &Tlv<'_>) -> Result<Option<Vec<u8>>, AnswerError> {
    let mut nonce = None;
    for extension in read_extensions(extensions)? {
        if extension.oid == NONCE {
            // Some responders return the bare octets, without the OCTET STRING that RFC 8954 demands around them.
            let wrapped =
                Reader::only(&extension.value, DEPTH).and_then(|value| value.octets().map(<[u8]>::to_vec));
            nonce = Some(wrapped.unwrap_or(extension.value));
        } else if extension.critical {
            return Err(AnswerError::UnhandledCritical(extension.oid));
        }
    }
    Ok(nonce)
}
