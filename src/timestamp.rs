//! Judges timestamps (时间戳, RFC 3161 and GB/T 20520): whether a token proves that something existed at its time.
//! What the proven time means for a signature or seal is decided by those who ask, with [`Moment::settle`].

use crate::asn1::ber;
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm, Encoding, SignatureAlgorithm, VerifyError};
use crate::document::cms::{SignedAttributes, SignerInfo};
use crate::document::timestamp::{TimestampInfo, TimestampToken};
use crate::pki::revocation::{self, TimeBasis};
use crate::pki::{
    self, Anchors, Certificate, KnownCertificates, PathError, PathFault, PathFinding, RevocationKnowledge,
    Role, find_path,
};
use crate::verdict::{Chain, ChainState, Code, Reason, Signer, TimeProof, TimeSource};

/// What timestamps are judged against.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The trust anchors.
    pub anchors: &'a Anchors,
    /// What is known about revocation, if anything.
    pub revocation: Option<RevocationKnowledge<'a>>,
    /// The time for which is judged.
    pub at: Timestamp,
    /// How far two clocks may differ, in milliseconds.
    pub skew_millis: i64,
    /// Where the timestamps stand, for reasons.
    pub place: &'a str,
    /// Certificates that were met before.
    pub known: Option<&'a KnownCertificates>,
}

/// What a timestamp is to prove the existence of.
#[derive(Clone, Copy, Debug)]
pub enum Stamped<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// Content of which only this digest is known. Tokens are accepted for the content and for the digest as bytes.
    Digest(&'a [u8]),
}

/// A time at which something existed, by a timestamp that holds under a trust anchor. Only [`judge`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProvenTime {
    at: Timestamp,
    accuracy_millis: i64,
}

impl ProvenTime {
    /// The time that the authority states.
    pub const fn at(self) -> Timestamp {
        self.at
    }

    /// Whether `other` is later than the true time can be, clocks differing by up to `skew_millis`.
    const fn surely_before(self, other: Timestamp, skew_millis: i64) -> bool {
        let latest = self.at.plus_millis(self.accuracy_millis).plus_millis(skew_millis);
        other.millis() > latest.millis()
    }

    /// Whether `other` is earlier than the true time can be, clocks differing by up to `skew_millis`.
    pub const fn surely_after(self, other: Timestamp, skew_millis: i64) -> bool {
        other.plus_millis(self.accuracy_millis).plus_millis(skew_millis).millis() < self.at.millis()
    }
}

/// What was found about the timestamps of one signature or seal.
#[derive(Clone, Debug, Default)]
pub struct TimestampJudgement {
    /// The earliest proven time.
    pub proven: Option<ProvenTime>,
    /// The facts of the token that proves it, else of the first that could be read.
    pub facts: Option<TimeProof>,
    /// The reasons, of all tokens.
    pub reasons: Vec<Reason>,
}

/// Judges `tokens`, each of which is to prove the existence of `stamped`; `beside` are certificates that came along.
///
/// Fails only when the budget is used up.
pub fn judge(
    tokens: &[&[u8]],
    stamped: Stamped<'_>,
    beside: &[Certificate],
    setting: &Setting<'_>,
    budget: &mut Budget,
) -> Result<TimestampJudgement, Exhausted> {
    let mut judgement = TimestampJudgement::default();
    let mut stamped = Imprints { stamped, known: Vec::new() };
    for token in tokens {
        budget.signature_check()?;
        let mut judging = Judging { setting, facts: None, reasons: &mut judgement.reasons };
        let proven = judging.token(token, &mut stamped, beside, budget)?;
        let facts = judging.facts;
        let better = proven.is_some_and(|new| judgement.proven.is_none_or(|old| new < old));
        if better || judgement.facts.is_none() {
            judgement.facts = facts;
        }
        if better {
            judgement.proven = proven;
        }
    }
    Ok(judgement)
}

/// What tokens are for, with each digest of it computed once, however many tokens there are.
struct Imprints<'a> {
    stamped: Stamped<'a>,
    known: Vec<(DigestAlgorithm, Digest)>,
}

impl Imprints<'_> {
    fn have(&mut self, algorithm: DigestAlgorithm, imprint: &[u8]) -> bool {
        let bytes = match self.stamped {
            Stamped::Digest(digest) if digest == imprint => return true,
            Stamped::Bytes(bytes) | Stamped::Digest(bytes) => bytes,
        };
        let known = self.known.iter().find(|(known, _)| *known == algorithm).map(|(_, digest)| *digest);
        let digest = known.unwrap_or_else(|| {
            let digest = algorithm.digest(bytes);
            self.known.push((algorithm, digest));
            digest
        });
        digest.as_ref() == imprint
    }
}

/// One token under judgement: what is known of it, and what speaks against it.
struct Judging<'a> {
    setting: &'a Setting<'a>,
    facts: Option<TimeProof>,
    reasons: &'a mut Vec<Reason>,
}

impl Judging<'_> {
    fn token(
        &mut self,
        bytes: &[u8],
        stamped: &mut Imprints<'_>,
        beside: &[Certificate],
        budget: &mut Budget,
    ) -> Result<Option<ProvenTime>, Exhausted> {
        let depth = budget.limits().asn1_depth;
        let (der, was_ber) = match ber::transcode(bytes, depth) {
            Ok(transcoded) => transcoded,
            Err(error) => return Ok(self.refuse(Code::TimestampUnreadable, error)),
        };
        let token = match TimestampToken::parse(&der, depth) {
            Ok(token) => token,
            Err(error) => return Ok(self.refuse(Code::TimestampUnreadable, error)),
        };
        if was_ber {
            self.note(Code::SignatureBer);
        }
        self.facts = Some(facts(&token.info));
        let [signer] = token.data.signers.as_slice() else {
            return Ok(self.refuse(Code::TimestampSignersNotOne, token.data.signers.len()));
        };
        if !self.imprint(&token.info, stamped) {
            return Ok(None);
        }
        let inside: Vec<Certificate> =
            token.data.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
        let anchors = self.setting.anchors;
        let mut known = inside.iter().chain(beside).chain(anchors.intermediates()).chain(anchors.trusted());
        let Some(authority) = known.find(|certificate| signer.identifier.names(certificate)) else {
            budget.trace_mut().looked_everywhere();
            return Ok(self.refuse(Code::TimestampCertificateAbsent, ""));
        };
        if !inside.iter().chain(beside).any(|certificate| signer.identifier.names(certificate)) {
            budget.trace_mut().looked_everywhere();
        }
        if let Some(facts) = &mut self.facts {
            facts.authority = Some(Signer::from(authority));
        }
        if token.info.authority.is_some_and(|name| name != authority.subject_der()) {
            self.note(Code::TimestampAuthorityName);
        }
        if !self.signature(&token, signer, authority) {
            return Ok(None);
        }
        let around: Vec<Certificate> = inside.iter().chain(beside).cloned().collect();
        if !self.authority(authority, &around, token.info.at, budget)? {
            return Ok(None);
        }
        budget.trace_mut().may_change_at(token.info.at.plus_millis(-self.setting.skew_millis));
        if token.info.at > self.setting.at.plus_millis(self.setting.skew_millis) {
            return Ok(self.refuse(Code::TimestampFuture, token.info.at.in_china()));
        }
        if let Some(facts) = &mut self.facts {
            facts.proves = true;
        }
        let accuracy_millis = token.info.accuracy_micros.unwrap_or_default().div_ceil(1000);
        let accuracy_millis = i64::try_from(accuracy_millis).unwrap_or(i64::MAX);
        Ok(Some(ProvenTime { at: token.info.at, accuracy_millis }))
    }

    /// Whether the token's digest is that of `stamped`, by an algorithm that proves it.
    fn imprint(&mut self, info: &TimestampInfo<'_>, stamped: &mut Imprints<'_>) -> bool {
        let Some(algorithm) = DigestAlgorithm::from_oid(&info.digest) else {
            self.refuse(Code::TimestampAlgorithm, &info.digest);
            return false;
        };
        let fits = stamped.have(algorithm, info.imprint);
        if !fits {
            self.refuse(Code::TimestampImprint, "");
        } else if algorithm == DigestAlgorithm::Sha1 {
            self.refuse(Code::TimestampWeak, &info.digest);
            return false;
        }
        fits
    }

    /// Whether the authority signed the token: attributes, bound certificate, value.
    fn signature(
        &mut self,
        token: &TimestampToken<'_>,
        signer: &SignerInfo<'_>,
        authority: &Certificate,
    ) -> bool {
        let digest = DigestAlgorithm::from_oid(&signer.digest);
        let algorithm = digest
            .and_then(|digest| SignatureAlgorithm::from_cms(&signer.algorithm, signer.parameters, digest));
        let (Some(digest), Some(algorithm), Ok(key)) = (digest, algorithm, &authority.key) else {
            self.refuse(Code::TimestampAlgorithm, &signer.algorithm);
            return false;
        };
        let Some(attributes) = self.attributes(token, signer, digest) else { return false };
        if !self.bound(attributes, authority) {
            return false;
        }
        let refused = match algorithm.verify(key, &attributes.der, signer.signature) {
            Ok(_) if algorithm.is_weak(key) => Some(Code::TimestampWeak),
            Ok(encoding) => {
                match encoding {
                    Encoding::Der => {}
                    Encoding::Loose => self.note(Code::SignatureEncodingLoose),
                    Encoding::Raw => self.note(Code::SignatureEncodingRaw),
                }
                None
            }
            Err(VerifyError::KeyMismatch | VerifyError::KeyUnusable) => Some(Code::TimestampAlgorithm),
            Err(VerifyError::Malformed | VerifyError::Mismatch) => Some(Code::TimestampBroken),
        };
        if let Some(code) = refused {
            self.refuse(code, &signer.algorithm);
        }
        refused.is_none()
    }

    /// The attributes, which RFC 5652 §5.3 requires around content of this type, if they fit the content.
    fn attributes<'t>(
        &mut self,
        token: &TimestampToken<'_>,
        signer: &'t SignerInfo<'_>,
        digest: DigestAlgorithm,
    ) -> Option<&'t SignedAttributes<'t>> {
        let attributes = signer.attributes.as_ref().filter(|attributes| {
            attributes.content_types.as_slice() == [token.data.content_type.as_str()]
                && attributes.message_digests.len() == 1
                // One of each form (RFC 5035 §5).
                && attributes.signing_certificates.len() <= 2
        });
        let Some(attributes) = attributes else {
            self.refuse(Code::TimestampAttributes, "");
            return None;
        };
        if attributes.message_digests.first() != Some(&digest.digest(token.content).as_ref()) {
            self.refuse(Code::TimestampBroken, "");
            return None;
        }
        Some(attributes)
    }

    /// Whether the certificate that the token binds (RFC 3161 §2.4.2, RFC 5816) is the authority's.
    fn bound(&mut self, attributes: &SignedAttributes<'_>, authority: &Certificate) -> bool {
        if attributes.signing_certificates.is_empty() {
            self.note(Code::TimestampCertificateUnbound);
        }
        let fits = attributes.signing_certificates.iter().all(|bound| {
            DigestAlgorithm::from_oid(&bound.algorithm)
                .is_some_and(|algorithm| algorithm.digest(authority.der()).as_ref() == bound.digest)
        });
        if !fits {
            self.refuse(Code::TimestampCertificateDiffers, "");
        }
        fits
    }

    /// Whether the authority leads to an anchor, and was valid and not revoked at the time it stated.
    fn authority(
        &mut self,
        authority: &Certificate,
        beside: &[Certificate],
        when: Timestamp,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let Setting { anchors, revocation, at: present, place, .. } = *self.setting;
        budget.trace_mut().compared_with(authority.validity());
        // A token states its own time: whoever took the authority's key can state any (RFC 3161 §4, 1 and 2).
        let moment = Some(revocation::Moment { at: when, proof: TimeBasis::Claimed });
        let role = Role::Timestamper;
        let setting = pki::Setting { beside, anchors, revocation, role, moment, present, place };
        let PathFinding { path, subjects, revocation, notes } = find_path(authority, &setting, budget);
        let chain = match path {
            Ok(path) => Chain {
                state: ChainState::Trusted,
                path: subjects,
                anchors: anchors.name_of_end(&path).into_iter().collect(),
                revocation,
                end: path.end(),
                elsewhere: Vec::new(),
            },
            Err(PathError::Exhausted(exhausted)) => return Err(exhausted),
            Err(error) => {
                let (state, code) = match &error {
                    PathError::NoAnchor => (ChainState::NoAnchor, Code::TimestampNoAnchor),
                    PathError::Untrusted { .. } => (ChainState::NoAnchor, Code::TimestampAnchorUnfit),
                    PathError::Broken { position: 0, fault: PathFault::KeyUsage(_), .. } => {
                        (ChainState::Broken, Code::TimestampAuthorityUsage)
                    }
                    PathError::Broken { fault: PathFault::Revoked(_), .. } => {
                        (ChainState::Broken, Code::TimestampAuthorityRevoked)
                    }
                    PathError::Broken { fault: PathFault::RevocationOpen(_), .. } => {
                        (ChainState::RevocationOpen, Code::TimestampAuthorityRevocationOpen)
                    }
                    _ => (ChainState::Broken, Code::TimestampAuthorityBroken),
                };
                self.refuse(code, error);
                let path = vec![authority.subject.clone()];
                Chain { revocation, ..Chain::without_anchor(state, path) }
            }
        };
        let state = chain.state;
        if let Some(facts) = &mut self.facts {
            facts.chain = chain;
        }
        if state != ChainState::Trusted {
            return Ok(false);
        }
        if !authority.valid_at(when) {
            let reason = Reason::new(Code::TimestampAuthorityOutOfDate, self.setting.place);
            self.reasons.push(reason.outside(when, authority.validity()));
            return Ok(false);
        }
        self.reasons.extend(notes);
        if !authority.valid_at(present) {
            self.reasons.push(Reason::new(Code::ChainExpiredNow, place).at(authority.not_after));
        }
        Ok(true)
    }

    /// Records why the token proves nothing.
    fn refuse(&mut self, code: Code, detail: impl ToString) -> Option<ProvenTime> {
        self.reasons.push(Reason::new(code, self.setting.place).with(detail));
        None
    }

    fn note(&mut self, code: Code) {
        self.reasons.push(Reason::new(code, self.setting.place));
    }
}

fn facts(info: &TimestampInfo<'_>) -> TimeProof {
    TimeProof {
        proves: false,
        gen_time: info.at,
        accuracy_micros: info.accuracy_micros,
        policy: info.policy.clone(),
        serial: crate::hex::encode(info.serial),
        digest: info.digest.clone(),
        authority: None,
        chain: Chain::unchecked(),
    }
}

/// When something was made, as far as that is known, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time, if there is any.
    pub at: Option<Timestamp>,
    /// Where it comes from.
    pub source: TimeSource,
}

impl Moment {
    /// The time that the maker claims, if any.
    pub const fn claimed(at: Option<Timestamp>) -> Self {
        let source = if at.is_some() { TimeSource::Claimed } else { TimeSource::None };
        Self { at, source }
    }

    /// The same for the weighing of revocations. What was proven or recorded nobody can have made up later.
    pub fn used(&self) -> Option<revocation::Moment> {
        let proof = match self.source {
            TimeSource::Timestamp => TimeBasis::Shown,
            TimeSource::Claimed | TimeSource::None => TimeBasis::Claimed,
        };
        self.at.map(|at| revocation::Moment { at, proof })
    }

    /// The time by which the making is judged: the proven one, else the claimed one.
    ///
    /// A proof from after one of the `windows` (first and last instant) had ended shows neither that the thing
    /// was made inside nor that it was made outside. If the claimed time lies inside, that is left to decide,
    /// with a doubt that keeps the verdict open.
    pub fn settle(
        claimed: Option<Timestamp>,
        proven: Option<ProvenTime>,
        windows: &[(Timestamp, Timestamp)],
        setting: &Setting<'_>,
        reasons: &mut Vec<Reason>,
    ) -> Self {
        let Some(proven) = proven else { return Self::claimed(claimed) };
        if let Some(claimed) = claimed {
            let detail = format!("{}, {}", claimed.in_china(), proven.at.in_china());
            if proven.surely_before(claimed, setting.skew_millis) {
                reasons.push(Reason::new(Code::TimestampBeforeClaim, setting.place).with(&detail));
            }
            let ended = |at: Timestamp, until: Timestamp| at.seconds() > until.seconds();
            let late = windows.iter().any(|(_, until)| ended(proven.at, *until));
            let inside = windows.iter().all(|(from, until)| *from <= claimed && !ended(claimed, *until));
            if late && inside {
                reasons.push(Reason::new(Code::TimestampLate, setting.place).with(detail));
                return Self::claimed(Some(claimed));
            }
        }
        Self { at: Some(proven.at), source: TimeSource::Timestamp }
    }
}
