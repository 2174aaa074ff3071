//! Forges lists and OCSP responses over SM2 keys; what is sound by default can be bent part by part.

use tongban::asn1::{tag, write};
use tongban::clock::Timestamp;
use tongban::crypto::{DigestAlgorithm, SigningKey};
use tongban::pki::Certificate;

const SM2_SM3: &str = "1.2.156.10197.1.501";

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).unwrap()
}

fn oid(text: &str) -> Vec<u8> {
    write::oid(text).unwrap()
}

fn time(day: &str) -> Vec<u8> {
    write::utc_time(at(day)).unwrap()
}

fn generalized(day: &str) -> Vec<u8> {
    write::generalized_time(at(day)).unwrap()
}

/// One extension.
pub(crate) fn extension(id: &str, critical: bool, der: &[u8]) -> Vec<u8> {
    let critical = if critical { write::boolean(true) } else { Vec::new() };
    write::sequence(&[&oid(id), &critical, &write::octets(der)])
}

/// A signed structure: `tbs`, the algorithm, the signature, and what follows.
fn signed(tbs: &[u8], key: &SigningKey, rest: &[u8]) -> Vec<u8> {
    let algorithm = write::sequence(&[&oid(SM2_SM3)]);
    write::sequence(&[tbs, &algorithm, &write::bits(&key.sign(tbs).unwrap()), rest])
}

/// One entry of a list, or the particulars of a revocation in a response.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) serial: Vec<u8>,
    pub(crate) since: &'static str,
    pub(crate) reason: Option<u8>,
    pub(crate) invalid_since: Option<&'static str>,
}

impl Entry {
    pub(crate) fn new(certificate: &Certificate, since: &'static str, reason: u8) -> Self {
        Self { serial: certificate.serial().to_vec(), since, reason: Some(reason), invalid_since: None }
    }

    fn to_der(&self) -> Vec<u8> {
        let reason = self.reason.map(|reason| extension("2.5.29.21", false, &write::tlv(0x0a, &[reason])));
        let invalid = self.invalid_since.map(|day| extension("2.5.29.24", false, &generalized(day)));
        let extensions = [reason.unwrap_or_default(), invalid.unwrap_or_default()].concat();
        let extensions = if extensions.is_empty() { Vec::new() } else { write::sequence(&[&extensions]) };
        write::sequence(&[&write::tlv(tag::INTEGER, &self.serial), &time(self.since), &extensions])
    }
}

/// A list before it is signed.
#[derive(Clone)]
pub(crate) struct ListDraft {
    /// DER of the issuer's name.
    pub(crate) issuer: Vec<u8>,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    pub(crate) entries: Vec<Entry>,
    /// DER of each.
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl ListDraft {
    /// An empty list.
    pub(crate) fn new(issuer: &Certificate, this_update: &'static str, next_update: &'static str) -> Self {
        let issuer = issuer.subject_der().to_vec();
        Self {
            issuer,
            this_update,
            next_update: Some(next_update),
            entries: Vec::new(),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    pub(crate) fn extended(mut self, id: &str, critical: bool, der: &[u8]) -> Self {
        self.extensions.push(extension(id, critical, der));
        self
    }

    /// With a crlNumber, and if it is a delta the number of its base.
    pub(crate) fn numbered(self, number: u64, base: Option<u64>) -> Self {
        let numbered = self.extended("2.5.29.20", false, &write::unsigned(number));
        match base {
            Some(base) => numbered.extended("2.5.29.27", true, &write::unsigned(base)),
            None => numbered,
        }
    }

    pub(crate) fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let entries: Vec<u8> = self.entries.iter().flat_map(Entry::to_der).collect();
        self.sign_over(&entries, key)
    }

    /// Signs with the DER of entries that stand ready.
    pub(crate) fn sign_over(&self, entries: &[u8], key: &SigningKey) -> Vec<u8> {
        let extensions = match self.extensions.concat() {
            none if none.is_empty() => none,
            some => write::tlv(tag::CONTEXT_0, &write::sequence(&[&some])),
        };
        let entries = if entries.is_empty() { Vec::new() } else { write::sequence(&[entries]) };
        let tbs = write::sequence(&[
            &write::unsigned(1),
            &write::sequence(&[&oid(SM2_SM3)]),
            &self.issuer,
            &time(self.this_update),
            &self.next_update.map(time).unwrap_or_default(),
            &entries,
            &extensions,
        ]);
        signed(&tbs, key, &[])
    }
}

/// What a response says.
#[derive(Clone)]
pub(crate) enum Said {
    Good,
    Unknown,
    Revoked(Entry),
}

/// A response before it is signed.
#[derive(Clone)]
pub(crate) struct AnswerDraft<'a> {
    pub(crate) about: &'a Certificate,
    pub(crate) issuer: &'a Certificate,
    pub(crate) said: Said,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    pub(crate) digest: DigestAlgorithm,
    /// The responder by its key, else by its name.
    pub(crate) by_key: bool,
    pub(crate) nonce: Option<Vec<u8>>,
    /// DER of extensions of the answer.
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'a> AnswerDraft<'a> {
    pub(crate) fn new(about: &'a Certificate, issuer: &'a Certificate, said: Said) -> Self {
        Self {
            about,
            issuer,
            said,
            this_update: "2026-11-20",
            next_update: Some("2026-11-27"),
            digest: DigestAlgorithm::Sm3,
            by_key: true,
            nonce: None,
            extensions: Vec::new(),
        }
    }

    fn status(&self) -> Vec<u8> {
        match &self.said {
            Said::Good => write::tlv(0x80, &[]),
            Said::Unknown => write::tlv(0x82, &[]),
            Said::Revoked(entry) => {
                let reason = entry.reason.map(|reason| write::tlv(0xa0, &write::tlv(0x0a, &[reason])));
                write::tlv(0xa1, &[generalized(entry.since), reason.unwrap_or_default()].concat())
            }
        }
    }

    /// Signs as `responder`, whose certificate goes along unless it is the issuer's.
    pub(crate) fn sign(&self, responder: &Certificate, key: &SigningKey) -> Vec<u8> {
        let digest = |bytes: &[u8]| write::octets(self.digest.digest(bytes).as_ref());
        let id = write::sequence(&[
            &write::sequence(&[&oid(self.digest.oid())]),
            &digest(self.about.issuer_der()),
            &digest(&self.issuer.key_bits),
            &write::tlv(tag::INTEGER, self.about.serial()),
        ]);
        let next = self.next_update.map(|day| write::tlv(0xa0, &generalized(day))).unwrap_or_default();
        let mut extensions = self.extensions.concat();
        if let Said::Revoked(Entry { invalid_since: Some(day), .. }) = &self.said {
            extensions.extend(extension("2.5.29.24", false, &generalized(day)));
        }
        if !extensions.is_empty() {
            extensions = write::tlv(0xa1, &write::sequence(&[&extensions]));
        }
        let single =
            write::sequence(&[&id, &self.status(), &generalized(self.this_update), &next, &extensions]);
        let nonce = self.nonce.as_ref().map(|nonce| {
            let nonce = extension("1.3.6.1.5.5.7.48.1.2", false, &write::octets(nonce));
            write::tlv(0xa1, &write::sequence(&[&nonce]))
        });
        let responder_id = if self.by_key {
            let digest = DigestAlgorithm::Sha1.digest(&responder.key_bits);
            write::tlv(0xa2, &write::octets(digest.as_ref()))
        } else {
            write::tlv(0xa1, responder.subject_der())
        };
        let tbs = write::sequence(&[
            &responder_id,
            &generalized(self.this_update),
            &write::sequence(&[&single]),
            &nonce.unwrap_or_default(),
        ]);
        let certificates = if responder == self.issuer {
            Vec::new()
        } else {
            write::tlv(tag::CONTEXT_0, &write::sequence(&[responder.der()]))
        };
        let basic = signed(&tbs, key, &certificates);
        let bytes = write::sequence(&[&oid("1.3.6.1.5.5.7.48.1.1"), &write::octets(&basic)]);
        write::sequence(&[&write::tlv(0x0a, &[0]), &write::tlv(tag::CONTEXT_0, &bytes)])
    }
}
