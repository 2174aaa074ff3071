//! Judges a file: which format it has, whether its signatures hold, and what license it carries.
//! Pure: the same bytes under the same circumstances always give the same judgement.

mod bare;
mod cms;
mod content;
mod data;
mod dates;
mod element;
mod entries;
mod divergence;
mod draft;
mod face;
mod horizon;
mod holders;
mod issuer;
mod known;
mod loose;
mod ofd;
mod pdf;
mod references;
mod relation;
mod scope;
mod ses;
mod signer;
mod standing;
mod value;

pub use self::content::{Content, ContentDigest, DigestError, DigestMethod};
pub use self::divergence::{DIVERGENCES, Divergence, Treatment};
pub use self::draft::{Draft, confirm};
pub use self::known::Known;
pub use self::relation::{Unshown, shows};
use crate::budget::{Budget, Exhausted, Limits, Resource, within};
use crate::clock::Timestamp;
use crate::crypto::{Checks, Engine};
use crate::pki::{Anchors, Certificate, KnownCertificates, RevocationKnowledge};
use crate::seal::SealRegister;
use crate::timestamp;
use crate::trace::Trace;
use crate::verdict::{Code, Format, Judgement, Reason};

/// What a judgement depends on beside the file.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The trust anchors.
    pub anchors: &'a Anchors,
    /// What is known about revocation. Without it, an anchor that demands to know leaves what rests on it undetermined.
    pub revocation: Option<RevocationKnowledge<'a>>,
    /// The time for which is judged. What became known later counts for nothing.
    pub at: Timestamp,
    /// How far a signer's clock may run ahead of `at`, in milliseconds.
    pub skew_millis: i64,
    /// What the file may cost.
    pub limits: &'a Limits,
    /// A certificate given beside the file, for signatures that carry none. One that no signature was made with leaves the
    /// file undetermined.
    pub signer: Option<&'a Certificate>,
    /// What a signature that comes alone was made over, given beside the file.
    pub content: Option<Content<'a>>,
    /// What is known of seals apart from their certificates, if a register was asked.
    pub seals: Option<&'a SealRegister>,
    /// With what instructions signatures and digests are checked together.
    pub engine: Engine,
    /// Signers and facts that were met before. They make nothing true, and only save work.
    pub known: Option<&'a Known>,
}

impl<'a> Circumstances<'a> {
    /// Judging for `at` under `anchors` and `limits`, with the usual skew and nothing else given.
    pub fn new(anchors: &'a Anchors, at: Timestamp, limits: &'a Limits) -> Self {
        Self {
            anchors,
            revocation: None,
            at,
            skew_millis: DEFAULT_SKEW_MILLIS,
            limits,
            signer: None,
            content: None,
            seals: None,
            engine: Engine::detect(),
            known: None,
        }
    }
}

impl<'a> Circumstances<'a> {
    /// Certificates that were met before.
    fn certificates(&self) -> Option<&'a KnownCertificates> {
        self.known.map(|known| &known.certificates)
    }

    /// What timestamps at `place` are judged against.
    fn timestamps(&self, place: &'a str) -> timestamp::Setting<'a> {
        let Self { anchors, revocation, at, skew_millis, .. } = *self;
        timestamp::Setting { anchors, revocation, at, skew_millis, place, known: self.certificates() }
    }
}

/// Clocks of signers in the field run up to minutes ahead; five of them is what Kerberos allows (RFC 4120 §8.2).
pub const DEFAULT_SKEW_MILLIS: i64 = 300_000;

/// What a file is expected to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sought {
    /// Whatever it is by its content.
    #[default]
    File,
    /// A seal (SESeal) and nothing else.
    Seal,
    /// A signature (SES_Signature, CMS or a bare value) and nothing else.
    Signature,
}

/// Judges `file`, whatever it is. Never fails: whatever the bytes are, the answer is a judgement.
pub fn judge(file: &[u8], circumstances: &Circumstances<'_>) -> Judgement {
    judge_as(Sought::File, file, circumstances)
}

/// Judges `file` as what is `sought`. Never fails: something else is a seal or signature that cannot be read.
pub fn judge_as(sought: Sought, file: &[u8], circumstances: &Circumstances<'_>) -> Judgement {
    judge_traced(sought, file, circumstances).0
}

/// The same, with what the judgement rests on beside the file.
pub fn judge_traced(sought: Sought, file: &[u8], circumstances: &Circumstances<'_>) -> (Judgement, Trace) {
    let draft = [Draft::new(sought, file, circumstances)];
    let holds = confirm(circumstances.engine, &draft).contains(&true);
    let [draft] = draft;
    draft.conclude(holds, circumstances.known).unwrap_or_else(|| judge_at_once(sought, file, circumstances))
}

/// The same, with every signature and digest checked where it is met, one after the other: what all quicker ways must agree with.
pub fn judge_at_once(sought: Sought, file: &[u8], circumstances: &Circumstances<'_>) -> (Judgement, Trace) {
    let (judgement, trace, _) = judge_with(Checks::default(), sought, file, circumstances);
    (judgement, trace)
}

/// Judges with `checks` to answer for signatures and digests, and gives them back.
fn judge_with(
    checks: Checks,
    sought: Sought,
    file: &[u8],
    circumstances: &Circumstances<'_>,
) -> (Judgement, Trace, Checks) {
    let mut budget = Budget::with(*circumstances.limits, checks);
    budget.trace_mut().begin(circumstances.at);
    let format = format_of(file, circumstances);
    let size = within(file.len() as u64, circumstances.limits.file_bytes, Resource::FileBytes);
    let outcome = match (size, sought, format) {
        (Err(exhausted), ..) => Err(exhausted),
        (Ok(()), Sought::Seal, _) | (Ok(()), Sought::File, Format::SesSeal) => {
            loose::judge_seal(file, format, circumstances, &mut budget)
        }
        (Ok(()), Sought::Signature, _)
        | (Ok(()), Sought::File, Format::Bare | Format::Cms | Format::SesSignature) => {
            loose::judge_signature(file, format, circumstances, &mut budget)
        }
        (Ok(()), Sought::File, Format::Ofd) => ofd::judge(file, circumstances, &mut budget),
        (Ok(()), Sought::File, Format::Pdf) => pdf::judge(file, circumstances, &mut budget),
        (Ok(()), Sought::File, Format::Unknown) => {
            let code = if file.is_empty() { Code::DocumentEmpty } else { Code::DocumentUnknownFormat };
            Ok(Judgement::unread(format, Reason::new(code, "")))
        }
    };
    let mut judgement = outcome.unwrap_or_else(|exhausted| {
        // How far the budget goes depends on all that was tried, also at another time.
        budget.trace_mut().leave_open();
        Judgement::unread(format, over_budget(exhausted))
    });
    scope::judge(&mut judgement, circumstances);
    horizon::mark(&judgement, circumstances, budget.trace_mut());
    if circumstances.signer.is_some_and(|given| is_unused(given, &judgement)) {
        judgement.reasons.push(Reason::new(Code::SignatureCertificateUnused, "signer"));
    }
    let (trace, checks) = budget.into_parts();
    (judgement, trace, checks)
}

/// Whether every signature that has a certificate was made by another than `given`. Whoever gives one asks about its holder,
/// and must not read an answer about somebody else as one about that.
fn is_unused(given: &Certificate, judgement: &Judgement) -> bool {
    let mut signers =
        judgement.signatures.iter().filter_map(|signature| signature.signer.as_ref()).peekable();
    let fingerprint = given.fingerprint();
    signers.peek().is_some() && signers.all(|signer| signer.sm3 != fingerprint)
}

fn format_of(file: &[u8], circumstances: &Circumstances<'_>) -> Format {
    match file {
        // A ZIP begins with a local header, an empty one with its end record.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Format::Ofd,
        [b'%', b'P', b'D', b'F', b'-', ..] => Format::Pdf,
        _ => match value::Shape::beside(file, circumstances) {
            Some(value::Shape::Cms) => Format::Cms,
            Some(value::Shape::Seal) => Format::SesSeal,
            Some(value::Shape::SesSignature) => Format::SesSignature,
            None if bare::fits(file, circumstances) => Format::Bare,
            // Whoever gives content beside a file says that it is a signature.
            None if circumstances.content.is_some() && bare::may_be(file, circumstances) => Format::Bare,
            None => Format::Unknown,
        },
    }
}

fn over_budget(exhausted: Exhausted) -> Reason {
    Reason::new(Code::DocumentOverBudget, "").with(exhausted)
}
