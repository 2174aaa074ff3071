//! Reads a CertificateList from its bytes: two passes over the entries, the first only to know how much they take.

use crate::asn1::{Error, Fault, Reader, Tlv, tag};
use crate::budget::Budget;
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::pki::extension::{self, DEPTH, Extension};
use crate::pki::revocation::attestation::Attestation;
use crate::pki::revocation::distribution::{DistributionPoint, Scope};
use crate::pki::revocation::entries::{Entries, Gathering, Overflow, Revoked, shortest};
use crate::pki::revocation::freshness::Window;
use crate::pki::revocation::reason::RevocationReason;
use crate::pki::{Certificate, GeneralName, Name, SignatureOver};

use super::{List, ListError, ListLimits, ListNumber};

/// Extensions of entries by the content of their object identifier: reading millions of them, text costs too much.
/// RFC 5280 §5.3.1 to §5.3.3.
const REASON_CODE: &[u8] = b"\x55\x1d\x15";
const INVALIDITY_DATE: &[u8] = b"\x55\x1d\x18";
const CERTIFICATE_ISSUER: &[u8] = b"\x55\x1d\x1d";

/// Octets of a list number (RFC 5280 §5.2.3).
const LONGEST_NUMBER: usize = 20;

pub(super) fn list(
    der: &[u8],
    authorities: &[Certificate],
    limits: &ListLimits,
    budget: &mut Budget,
) -> Result<List, ListError> {
    if u64::try_from(der.len()).unwrap_or(u64::MAX) > limits.bytes {
        return Err(ListError::TooLarge);
    }
    let mut outer = Reader::only(der, DEPTH)?.sequence()?;
    let tbs = outer.expect(tag::SEQUENCE)?;
    let signature = SignatureOver::read(&mut outer)?;
    outer.finish()?;

    let mut fields = tbs.enter()?;
    let version = fields.optional(tag::INTEGER)?.map_or(Ok(0), |version| version.unsigned())?;
    let identifier = fields.expect(tag::SEQUENCE)?.raw;
    let issuer = Name::read(fields.sequence()?)?;
    let this_update = fields.any()?.time()?;
    let next_update = match fields.peek() {
        Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(fields.any()?.time()?),
        _ => None,
    };
    let revoked = fields.optional(tag::SEQUENCE)?;
    let extensions = fields.optional(tag::CONTEXT_0)?;
    fields.finish()?;

    if identifier != signature.identifier {
        return Err(ListError::AlgorithmsDiffer);
    }
    // §5.1.2.1: absent means version 1, which has no extensions.
    let extended = version == 1;
    if version > 1 || (!extended && extensions.is_some()) {
        return Err(ListError::Version);
    }
    let mut stated = Stated::default();
    if let Some(extensions) = extensions {
        let mut inside = extensions.enter()?;
        stated.read(inside.sequence()?, &issuer)?;
        inside.finish()?;
    }
    let entries = match revoked {
        Some(revoked) => {
            let reading = Entry { extended, indirect: stated.scope.indirect };
            reading.all(&revoked, issuer.clone(), limits)?
        }
        None => Gathering::new(issuer.clone(), 0, 0).finish(),
    };
    let key = stated.authority_key.as_deref();
    let signers = authorities.iter().filter(|authority| is_key_of(authority, &issuer, key));
    let attestation = Attestation::new(signature, tbs.raw, signers, budget)?;
    Ok(List {
        digest: DigestAlgorithm::Sm3.digest(der),
        issuer,
        window: Window { this_update, next_update, expired_since: stated.expired_since },
        number: stated.number,
        base: stated.base,
        scope: stated.scope,
        freshest: stated.freshest,
        authority_key: stated.authority_key,
        entries,
        attestation,
        rest_from: None,
    })
}

fn is_key_of(authority: &Certificate, issuer: &Name, key: Option<&[u8]>) -> bool {
    let differs = matches!((key, &authority.subject_key), (Some(wanted), Some(present)) if wanted != present);
    authority.subject_name() == issuer && !differs
}

/// What the extensions of a list state.
#[derive(Default)]
struct Stated {
    number: Option<ListNumber>,
    base: Option<ListNumber>,
    scope: Scope,
    freshest: Vec<DistributionPoint>,
    authority_key: Option<Vec<u8>>,
    expired_since: Option<Timestamp>,
}

impl Stated {
    fn read(&mut self, extensions: Reader<'_>, issuer: &Name) -> Result<(), ListError> {
        let extensions = Extension::read_all(extensions)?;
        for (index, extension) in extensions.iter().enumerate() {
            if extensions.iter().take(index).any(|earlier| earlier.oid == extension.oid) {
                return Err(ListError::ExtensionTwice(extension.oid.clone()));
            }
            let known = self
                .read_one(extension, issuer)
                .map_err(|_| ListError::ExtensionMalformed(extension.oid.clone()))?;
            if !known && extension.critical {
                return Err(ListError::UnhandledCritical(extension.oid.clone()));
            }
        }
        Ok(())
    }

    /// Whether the extension is known. RFC 5280 §5.2, and for expiredCertsOnCRL X.509 §9.5.2.8.
    fn read_one(&mut self, extension: &Extension, issuer: &Name) -> Result<bool, Error> {
        let der = extension.value.as_slice();
        match extension.oid.as_str() {
            "2.5.29.20" => self.number = Some(number(der)?),
            "2.5.29.27" => self.base = Some(number(der)?),
            "2.5.29.28" => self.scope = Scope::read(der, issuer)?,
            "2.5.29.35" => self.authority_key = extension::authority_key(der)?,
            "2.5.29.46" => self.freshest = DistributionPoint::read_all(der, issuer)?,
            "2.5.29.60" => self.expired_since = Some(Reader::only(der, DEPTH)?.time()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn number(der: &[u8]) -> Result<ListNumber, Error> {
    let malformed = Error { fault: Fault::Content, offset: 0 };
    let integer = Reader::new(der, DEPTH).expect(tag::INTEGER)?.value;
    Reader::only(der, DEPTH)?;
    if integer.is_empty() || integer.first().is_some_and(|first| first & 0x80 != 0) {
        return Err(malformed);
    }
    let magnitude = match shortest(integer) {
        [0, rest @ ..] => rest,
        other => other,
    };
    if magnitude.len() > LONGEST_NUMBER { Err(malformed) } else { Ok(ListNumber(magnitude.to_vec())) }
}

/// How entries of a list are read.
#[derive(Clone, Copy)]
struct Entry {
    /// Whether the list's version has extensions.
    extended: bool,
    /// Whether entries may name other issuers.
    indirect: bool,
}

impl Entry {
    fn all(self, revoked: &Tlv<'_>, issuer: Name, limits: &ListLimits) -> Result<Entries, ListError> {
        let mut count = 0_u32;
        let mut octets = 0_usize;
        let mut entries = revoked.enter()?;
        while !entries.is_empty() {
            let serial = entries.sequence()?.expect(tag::INTEGER)?;
            octets += serial.value.len();
            count = count.saturating_add(1);
            if count > limits.entries {
                return Err(ListError::TooLarge);
            }
        }
        let mut gathering = Gathering::new(issuer, usize::try_from(count).unwrap_or(0), octets);
        let mut entries = revoked.enter()?;
        while !entries.is_empty() {
            self.one(entries.sequence()?, &mut gathering)?;
        }
        Ok(gathering.finish())
    }

    fn one(self, mut fields: Reader<'_>, gathering: &mut Gathering) -> Result<(), ListError> {
        let serial = fields.expect(tag::INTEGER)?.value;
        if serial.is_empty() {
            return Err(Error { fault: Fault::Content, offset: 0 }.into());
        }
        let since = fields.any()?.time()?;
        let mut revoked = Revoked { since, reason: RevocationReason::Unspecified, invalid_since: None };
        if let Some(extensions) = fields.optional(tag::SEQUENCE)? {
            if !self.extended {
                return Err(ListError::Version);
            }
            self.extensions(extensions.enter()?, &mut revoked, gathering)?;
        }
        fields.finish()?;
        gathering.push(serial, revoked).map_err(too_much)
    }

    fn extensions(
        self,
        mut extensions: Reader<'_>,
        revoked: &mut Revoked,
        gathering: &mut Gathering,
    ) -> Result<(), ListError> {
        let mut seen = [false; 3];
        while !extensions.is_empty() {
            let mut fields = extensions.sequence()?;
            let oid = fields.expect(tag::OID)?;
            let critical =
                fields.optional(tag::BOOLEAN)?.map_or(Ok(false), |flag| extension::boolean(flag.value))?;
            let der = fields.octets()?;
            fields.finish()?;
            let malformed = || ListError::ExtensionMalformed(oid.oid().unwrap_or_default());
            let position = match oid.value {
                REASON_CODE => {
                    revoked.reason = reason(der).ok_or_else(malformed)?;
                    0
                }
                INVALIDITY_DATE => {
                    let date = Reader::only(der, DEPTH).and_then(|date| date.time());
                    revoked.invalid_since = Some(date.map_err(|_| malformed())?);
                    1
                }
                CERTIFICATE_ISSUER => {
                    let issuer = certificate_issuer(der).filter(|_| self.indirect).ok_or_else(malformed)?;
                    gathering.turn_to(issuer).map_err(too_much)?;
                    2
                }
                _ if critical => return Err(ListError::UnhandledCritical(oid.oid()?)),
                _ => continue,
            };
            if std::mem::replace(seen.get_mut(position).ok_or_else(malformed)?, true) {
                return Err(ListError::ExtensionTwice(oid.oid()?));
            }
        }
        Ok(())
    }
}

const fn too_much(overflow: Overflow) -> ListError {
    match overflow {
        Overflow::Serial => ListError::SerialTooLong,
        Overflow::Size => ListError::TooLarge,
    }
}

/// ENUMERATED.
const ENUMERATED: u8 = 0x0a;

fn reason(der: &[u8]) -> Option<RevocationReason> {
    let value = Reader::only(der, DEPTH).ok().filter(|value| value.tag == ENUMERATED)?;
    RevocationReason::from_enumerated(value.value)
}

/// The one directory name in the GeneralNames.
fn certificate_issuer(der: &[u8]) -> Option<Name> {
    GeneralName::read_all(der).ok()?.into_iter().find_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    })
}
