//! Whether a client's certificate is trusted now: a path to an authority of clients (TLS 客户端), by all that is known about
//! revocation. Whose certificate it is, and whether that one may call, the enrollment tells.

use std::sync::Arc;

use crate::budget::{Budget, Exhausted, Limits};
use crate::clock::Timestamp;
use crate::identifier::Region;
use crate::pki::revocation::{
    Good, RevocationMode, RevocationTerms, Standing, TimeBasis, Why, validate_with_revocation,
};
use crate::pki::{
    AnchorEntry, AnchorRole, Anchors, Certificate, CertificateError, PathError, PathFault,
    RevocationKnowledge, Role, Terms,
};

/// Certificates that a client may show. 8: its own and, with room to spare, the authorities up to the anchor.
const LONGEST_CHAIN: usize = 8;

/// What one client's path may cost: it is looked for before it is known who is asking. An honest one takes a signature for
/// each certificate of the chain, and one more for each list or answer that is signed by somebody else.
fn limits() -> Limits {
    Limits {
        path_signature_checks: 24,
        path_steps: 2_000,
        path_candidates: 32,
        path_comparisons: 20_000,
        ..Limits::default()
    }
}

/// Who certifies clients.
#[derive(Clone, Debug)]
pub struct Clients {
    anchors: Arc<Anchors>,
}

/// The certificates that a client showed. Read once, however often they are judged.
#[derive(Clone, Debug)]
pub struct ClientChain {
    leaf: Certificate,
    beside: Vec<Certificate>,
}

impl ClientChain {
    /// Reads certificates in DER, the client's own first. Of more than eight the rest is left out; what is no certificate is
    /// [`Distrust::Malformed`].
    pub fn read<'d>(chain: impl IntoIterator<Item = &'d [u8]>) -> Result<Self, Distrust> {
        let mut certificates = chain.into_iter().take(LONGEST_CHAIN).map(Certificate::from_der);
        let leaf = certificates.next().ok_or(Distrust::Uncertified)??;
        Ok(Self { leaf, beside: certificates.collect::<Result<_, _>>()? })
    }
}

/// A chain that was found trusted. Only [`Clients::standing_of`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trusted {
    until: Timestamp,
}

impl Trusted {
    /// When the first thing ends that this rests on: a certificate of its path, the trust in its anchor, or what shows that
    /// none is revoked. From then on it must be found anew.
    pub const fn until(self) -> Timestamp {
        self.until
    }
}

/// Why a client's certificate is not trusted. Says nothing of whom it names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// What was shown is no chain of certificates.
    #[error("the client's certificates cannot be read: {0}")]
    Malformed(#[from] CertificateError),
    /// No authority that certifies clients has certified it: there never was one, or it is not trusted any more.
    #[error("no authority that is trusted to certify clients has certified the certificate")]
    Uncertified,
    /// It or an authority above it is out of its dates.
    #[error("the client's certificate, or that of an authority above it, has expired or is not valid yet")]
    OutOfDate,
    /// It or an authority above it is revoked.
    #[error("the client's certificate, or that of an authority above it, is revoked")]
    Revoked,
    /// It is not shown that it is not revoked.
    #[error("whether the client's certificate is revoked is open: {0}")]
    RevocationOpen(Why),
    /// It is not fit for what it is used for.
    #[error("the client's certificate does not do for clients: {0}")]
    Unfit(PathFault),
    /// It is signed in a way that can be forged today.
    #[error("a certificate of the client's path is signed in a way that can be forged")]
    Weak,
    /// To find out costs more than it may.
    #[error("the client's chain costs too much to judge: {0}")]
    Costly(Exhausted),
}

impl Distrust {
    /// The stable code: in answers, records and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "caller.certificate_malformed",
            Self::Uncertified => "caller.uncertified",
            Self::OutOfDate => "caller.certificate_out_of_date",
            Self::Revoked => "caller.revoked",
            Self::RevocationOpen(_) => "caller.revocation_open",
            Self::Unfit(_) => "caller.certificate_unfit",
            Self::Weak => "caller.certificate_weak",
            Self::Costly(_) => "caller.chain_too_costly",
        }
    }
}

impl Clients {
    /// Clients that those of `anchors` certify that are trusted to.
    pub const fn new(anchors: Arc<Anchors>) -> Self {
        Self { anchors }
    }

    /// The names of the authorities in DER, by which clients choose what to show.
    pub fn authority_names(&self) -> impl Iterator<Item = &[u8]> {
        let certifies = |entry: &AnchorEntry| entry.roles.contains(&AnchorRole::TlsClient);
        self.anchors.iter().filter(move |(_, entry)| certifies(entry)).map(|(anchor, _)| anchor.subject_der())
    }

    /// Judges `chain` for a connection that is in use at `at`, by what is `known` about revocation then, for a client that acts
    /// for `regions`: no authority vouches for one outside its scope. An authority whose
    /// sources of revocation officers state is held to them: whom nothing shows to be good is not trusted.
    ///
    /// Costs what a path costs, about as much as a handshake: to be asked once for each connection and publication.
    pub fn standing_of(
        &self,
        chain: &ClientChain,
        at: Timestamp,
        known: RevocationKnowledge<'_>,
        regions: &[Region],
    ) -> Result<Trusted, Distrust> {
        let ClientChain { leaf, beside } = chain;
        let terms = Terms { beside, regions, ..Terms::new(&self.anchors, Role::TlsClient, at) };
        let revocation = RevocationTerms {
            evidence: known.evidence,
            rules: known.rules,
            mode: RevocationMode::ByAnchor,
            proof: TimeBasis::Shown,
            now: at,
        };
        let judged = validate_with_revocation(leaf, &terms, &revocation, &mut Budget::new(limits()));
        let path = judged.path.map_err(Distrust::from)?;
        if path.is_weak() {
            return Err(Distrust::Weak);
        }
        let entry = path.certificates().last().and_then(|anchor| self.anchors.entry_of(anchor));
        let trusted_until = entry.and_then(|entry| entry.period.until());
        let expire = path.certificates().iter().map(expiry);
        let shown = judged.standing.certificates.iter().filter_map(|one| match &one.now {
            Standing::Good(good) => Some(end_of(good, known.rules.skew_millis)),
            Standing::Revoked(_) | Standing::Undetermined(_) | Standing::Unchecked => None,
        });
        // What ended before and still counted is not what the standing ends with.
        let ends = expire.chain(trusted_until).chain(shown).filter(|end| at < *end);
        Ok(Trusted { until: ends.min().unwrap_or(expiry(leaf)) })
    }
}

/// The first instant at which `certificate` is out of its dates: the second of notAfter still counts (RFC 5280 §4.1.2.5).
fn expiry(certificate: &Certificate) -> Timestamp {
    Timestamp::from_seconds(certificate.not_after.seconds().saturating_add(1))
}

/// The first instant for which `good` has to be found anew. In an anchor's grace that is the end of the grace; else when the
/// next information should be there, which is at once where none is announced (RFC 6960 §4.2.2.1), clocks aside.
fn end_of(good: &Good, skew_millis: i64) -> Timestamp {
    let announced = good.next_update.unwrap_or(good.as_of.plus_millis(skew_millis));
    good.grace_until.unwrap_or(announced).plus_millis(1)
}

impl From<PathError> for Distrust {
    fn from(error: PathError) -> Self {
        match error {
            // A path leads to an anchor that is there for others, elsewhere, or at another time.
            PathError::NoAnchor | PathError::Untrusted { .. } => Self::Uncertified,
            PathError::Exhausted(exhausted) => Self::Costly(exhausted),
            PathError::Broken { fault, .. } => match fault {
                // An authority of the same name made it, but not the one that is trusted.
                PathFault::Signature => Self::Uncertified,
                PathFault::Dates(_) => Self::OutOfDate,
                PathFault::Revoked(_) => Self::Revoked,
                PathFault::RevocationOpen(why) => Self::RevocationOpen(why),
                fault => Self::Unfit(fault),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock, Period, SystemClock};
    use crate::demo::forge::{TlsAuthority, TlsCredentials, Validity};
    use crate::pki::revocation::{Evidence, EvidenceRules, List, ListLimits};
    use crate::pki::{Anchor, AnchorRole};

    const HOUR: i64 = 3_600_000;

    /// Who certifies clients, and what is known of them.
    struct Known(Clients, Evidence);

    impl Known {
        fn standing_of<'d>(
            &self,
            chain: impl IntoIterator<Item = &'d [u8]>,
            at: Timestamp,
        ) -> Result<Trusted, Distrust> {
            let known = RevocationKnowledge { evidence: &self.1, rules: EvidenceRules::default() };
            self.0.standing_of(&ClientChain::read(chain)?, at, known, &[])
        }
    }

    fn clients(authority: &TlsAuthority, role: AnchorRole, revoked: &[&TlsCredentials]) -> Known {
        let entry = AnchorEntry { roles: [role].into(), ..AnchorEntry::given() };
        stated(authority, revoked, entry, SystemClock.now())
    }

    /// Whoever is `revoked` is so by a list that ends an hour after `now`.
    fn stated(
        authority: &TlsAuthority,
        revoked: &[&TlsCredentials],
        entry: AnchorEntry,
        now: Timestamp,
    ) -> Known {
        let certificate = Certificate::from_der(authority.certificate()).unwrap();
        let validity = Validity { from: now.plus_millis(-HOUR), until: now.plus_millis(HOUR) };
        let lists = (!revoked.is_empty()).then(|| {
            let der = authority.revocation_list(revoked, validity).unwrap();
            let (known, limits) = ([certificate.clone()], ListLimits::default());
            Arc::new(List::load(&der, &known, &limits, &mut Budget::new(Limits::default())).unwrap())
        });
        let anchors = Anchors::stated(vec![Anchor { certificate, entry: Arc::new(entry) }], Vec::new());
        Known(Clients::new(Arc::new(anchors)), Evidence::new(lists, [], false))
    }

    #[test]
    fn why_a_client_is_not_trusted() {
        let now = SystemClock.now();
        let around = |from, until| Validity { from: now.plus_millis(from), until: now.plus_millis(until) };
        let day = around(-24 * HOUR, 24 * HOUR);
        let [ours, theirs] = ["ours", "theirs"].map(|name| TlsAuthority::new(name, day).unwrap());
        let good = ours.client("good", around(-2 * HOUR, 2 * HOUR)).unwrap();
        let other = ours.client("other", day).unwrap();
        let standing = |clients: &Known, chain: &[&[u8]]| clients.standing_of(chain.iter().copied(), now);
        let code = |clients: &Known, chain: &[&[u8]]| standing(clients, chain).unwrap_err().code();

        let usual = clients(&ours, AnchorRole::TlsClient, &[]);
        let trusted = standing(&usual, &[&good.certificate]).unwrap();
        assert_eq!(trusted.until().seconds(), now.plus_millis(2 * HOUR).seconds() + 1);
        // What it sends beside its own does not matter, nor does it have to send the anchor.
        standing(&usual, &[&good.certificate, theirs.certificate(), ours.certificate()]).unwrap();

        let server = ours.server("server", &["localhost"], day).unwrap();
        let past = ours.client("past", around(-2 * HOUR, -HOUR)).unwrap();
        let future = ours.client("future", around(HOUR, 2 * HOUR)).unwrap();
        let foreign = theirs.client("foreign", day).unwrap();
        for (chain, expected) in [
            (&[][..], "caller.uncertified"),
            (&[b"no certificate".as_slice()], "caller.certificate_malformed"),
            (&[foreign.certificate.as_slice()], "caller.uncertified"),
            (&[&foreign.certificate, theirs.certificate()], "caller.uncertified"),
            (&[&past.certificate], "caller.certificate_out_of_date"),
            (&[&future.certificate], "caller.certificate_out_of_date"),
            (&[&server.certificate], "caller.certificate_unfit"),
        ] {
            assert_eq!(code(&usual, chain), expected);
        }

        let signers = clients(&ours, AnchorRole::Signer, &[]);
        assert_eq!(code(&signers, &[&good.certificate]), "caller.uncertified");
        let revoking = clients(&ours, AnchorRole::TlsClient, &[&good]);
        assert_eq!(code(&revoking, &[&good.certificate]), "caller.revoked");
        standing(&revoking, &[&other.certificate]).unwrap();
        // A list that has ended shows nothing any more.
        let later = revoking.standing_of([other.certificate.as_slice()], now.plus_millis(2 * HOUR));
        assert_eq!(later.unwrap_err().code(), "caller.revocation_open");
    }

    #[test]
    fn a_standing_ends_with_the_first_thing_that_it_rests_on() {
        // Dates of certificates and of lists are in whole seconds.
        let now = Timestamp::from_seconds(SystemClock.now().seconds());
        let around = |from, until| Validity { from: now.plus_millis(from), until: now.plus_millis(until) };
        let authority = TlsAuthority::new("authority", around(-24 * HOUR, 24 * HOUR)).unwrap();
        let short = authority.client("short", around(-24 * HOUR, HOUR / 2)).unwrap();
        let [good, other] =
            ["good", "other"].map(|name| authority.client(name, around(-24 * HOUR, 12 * HOUR)).unwrap());
        let ends = |millis| Period::new(None, Some(now.plus_millis(millis))).unwrap();
        let (always, hours) = (Period::default(), |hours: u64| Duration::from_secs(hours * 3_600));
        // Who shows itself, whether there is a list, the anchor's period and grace, when it is asked, when that ends, and whether
        // the grace follows.
        for (client, listed, period, grace, asked, expected, in_grace) in [
            (&short, false, always, hours(0), 0, HOUR / 2 + 1000, false),
            (&good, false, always, hours(0), 0, 12 * HOUR + 1000, false),
            (&good, false, ends(3 * HOUR), hours(0), 0, 3 * HOUR, false),
            (&good, true, ends(3 * HOUR), hours(0), 0, HOUR + 1, false),
            (&good, true, ends(HOUR), hours(0), 0, HOUR, false),
            (&good, true, always, hours(1), 0, HOUR + 1, true),
            (&good, true, always, hours(1), HOUR, HOUR + 1, true),
            (&good, true, always, hours(1), HOUR + 1, 2 * HOUR + 1, false),
            (&good, true, ends(3 * HOUR / 2), hours(1), HOUR + 1, 3 * HOUR / 2, false),
        ] {
            let entry = AnchorEntry { period, grace, ..AnchorEntry::given() };
            let revoked = [&other];
            let known = stated(&authority, if listed { &revoked } else { &[] }, entry, now);
            let chain = [client.certificate.as_slice()];
            let until = known.standing_of(chain, now.plus_millis(asked)).unwrap().until();
            assert_eq!(until.millis() - now.millis(), expected, "{listed} {period:?} {grace:?} {asked}");
            // From then on it is another one, in the grace, or none.
            let later = known.standing_of(chain, until);
            assert_eq!(
                later.is_ok_and(|later| later.until() > until),
                in_grace,
                "{period:?} {grace:?} {asked}"
            );
        }
    }
}
