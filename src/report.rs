//! Turns judgements into JSON and into text for people, for the command line and HTTP alike.
//! The keys are part of the interface: later versions add some and change none.

mod license;
mod path;
mod text;

use serde_json::{Value, json};

pub use self::path::{PathQuestion, path_reasons, path_to_json, path_to_text};
pub use self::text::{Style, to_text};
pub use crate::foreign::shown as printable;
use crate::verdict::{
    EntryList, Indication, Judgement, Language, Reason, SignatureJudgement, StandardVerdict, SubIndication,
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
    let Asked { language, purpose } = asked.into();
    json!({
        "file": file,
        "format": judgement.format,
        "verdict": judgement.verdict(),
        "reasons": reasons(&judgement.reasons, language),
        "signatures": judgement.signatures.iter().map(|one| signature(one, language)).collect::<Vec<_>>(),
        "entry_list": judgement.entry_list.as_ref().map(|list| entry_list(list, language)),
        "license": judgement.license.as_ref().map(license::to_json),
        "status": judgement.status,
        "copy": license::copy_to_json(&judgement.copy),
        "usable": judgement.usable(purpose),
    })
}

fn signature(judgement: &SignatureJudgement, language: Language) -> Value {
    json!({
        "id": judgement.id,
        "kind": judgement.kind,
        "integrity": judgement.integrity,
        "verdict": judgement.verdict(),
        "standard_verdict": StandardVerdict::under(&judgement.reasons),
        "indication": Indication::under(&judgement.reasons),
        "sub_indication": SubIndication::under(&judgement.reasons),
        "signer": judgement.signer,
        "seal": judgement.seal,
        "signed_at": judgement.signed_at,
        "time_source": judgement.time_source,
        "timestamp": judgement.timestamp,
        "chain": judgement.chain,
        "coverage": judgement.coverage,
        "reasons": reasons(&judgement.reasons, language),
    })
}

fn entry_list(list: &EntryList, language: Language) -> Value {
    json!({
        "listed": list.listed,
        "unlisted": list.unlisted,
        "missing": list.missing,
        "signature": signature(&list.signature, language),
    })
}

fn reasons(reasons: &[Reason], language: Language) -> Vec<Value> {
    reasons
        .iter()
        .map(|reason| {
            json!({
                "code": reason.code.as_str(),
                "severity": reason.code.severity(),
                "place": reason.place,
                "text": reason.text(language),
            })
        })
        .collect()
}
