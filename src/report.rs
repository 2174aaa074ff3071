//! Turns judgements into JSON and into text for people, for the command line and HTTP alike.
//! The keys are part of the interface: later versions add some and change none.

mod license;
mod path;
mod text;

use serde::Serialize;
use serde_json::Value;

pub use self::path::{PathQuestion, path_reasons, path_to_json, path_to_text};
pub use self::text::{Style, to_text};
use crate::clock::Timestamp;
pub use crate::foreign::shown as printable;
use crate::verdict::{
    Chain, Coverage, EntryList, Format, Indication, Integrity, Judgement, Language, Reason, Seal, Severity,
    SignatureJudgement, SignatureKind, Signer, StandardVerdict, Status, SubIndication, TimeProof, TimeSource,
    Usable, Verdict,
};

/// What a reader asks of a report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The language of reasons.
    pub language: Language,
    /// What the license is to be used for, which decides whether an annotated copy is usable.
    pub purpose: Option<&'a str>,
}

impl From<Language> for Asked<'_> {
    fn from(language: Language) -> Self {
        Self { language, purpose: None }
    }
}

/// The judgement of `file` as one JSON object, as `asked`. The same judgement always gives the same bytes.
pub fn to_json<'a>(file: Option<&str>, judgement: &Judgement, asked: impl Into<Asked<'a>>) -> Value {
    serde_json::to_value(JsonReport::new(file, judgement, asked)).unwrap_or_default()
}

/// The same, to be written where it is wanted.
#[derive(Serialize)]
pub struct JsonReport<'a> {
    file: Option<&'a str>,
    format: Format,
    verdict: Verdict,
    reasons: Vec<Said<'a>>,
    signatures: Vec<Signature<'a>>,
    entry_list: Option<List<'a>>,
    license: Option<Value>,
    status: &'a Status,
    copy: Value,
    usable: Usable,
}

impl<'a> JsonReport<'a> {
    /// The report on `judgement` of `file`.
    pub fn new<'q>(file: Option<&'a str>, judgement: &'a Judgement, asked: impl Into<Asked<'q>>) -> Self {
        let Asked { language, purpose } = asked.into();
        Self {
            file,
            format: judgement.format,
            verdict: judgement.verdict(),
            reasons: reasons(&judgement.reasons, language),
            signatures: judgement.signatures.iter().map(|one| Signature::new(one, language)).collect(),
            entry_list: judgement.entry_list.as_ref().map(|list| List::new(list, language)),
            license: judgement.license.as_ref().map(license::to_json),
            status: &judgement.status,
            copy: license::copy_to_json(&judgement.copy),
            usable: judgement.usable(purpose),
        }
    }
}

#[derive(Serialize)]
struct Signature<'a> {
    id: &'a str,
    kind: SignatureKind,
    integrity: Integrity,
    verdict: Verdict,
    standard_verdict: StandardVerdict,
    indication: Indication,
    sub_indication: Option<SubIndication>,
    signer: Option<&'a Signer>,
    seal: Option<&'a Seal>,
    signed_at: Option<Timestamp>,
    time_source: TimeSource,
    timestamp: Option<&'a TimeProof>,
    chain: &'a Chain,
    coverage: Option<&'a Coverage>,
    reasons: Vec<Said<'a>>,
}

impl<'a> Signature<'a> {
    fn new(judgement: &'a SignatureJudgement, language: Language) -> Self {
        Self {
            id: &judgement.id,
            kind: judgement.kind,
            integrity: judgement.integrity,
            verdict: judgement.verdict(),
            standard_verdict: StandardVerdict::under(&judgement.reasons),
            indication: Indication::under(&judgement.reasons),
            sub_indication: SubIndication::under(&judgement.reasons),
            signer: judgement.signer.as_ref(),
            seal: judgement.seal.as_ref(),
            signed_at: judgement.signed_at,
            time_source: judgement.time_source,
            timestamp: judgement.timestamp.as_ref(),
            chain: &judgement.chain,
            coverage: judgement.coverage.as_ref(),
            reasons: reasons(&judgement.reasons, language),
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    listed: usize,
    unlisted: &'a [String],
    missing: &'a [String],
    signature: Signature<'a>,
}

impl<'a> List<'a> {
    fn new(list: &'a EntryList, language: Language) -> Self {
        Self {
            listed: list.listed,
            unlisted: &list.unlisted,
            missing: &list.missing,
            signature: Signature::new(&list.signature, language),
        }
    }
}

/// A reason in words.
#[derive(Serialize)]
struct Said<'a> {
    code: &'static str,
    severity: Severity,
    place: &'a str,
    text: String,
}

fn reasons(reasons: &[Reason], language: Language) -> Vec<Said<'_>> {
    reasons
        .iter()
        .map(|reason| Said {
            code: reason.code.as_str(),
            severity: reason.code.severity(),
            place: &reason.place,
            text: reason.text(language),
        })
        .collect()
}
