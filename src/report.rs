//! Turns judgements into JSON and into text for people, for the command line and HTTP alike.
//! The keys are part of the interface: later versions add some and change none.

mod text;

use serde_json::{Map, Value, json};

pub use self::text::{Style, to_text};
use crate::verdict::{EntryList, Judgement, Language, License, Reason, SignatureJudgement};

/// The judgement of `file` as one JSON object, reasons in `language`. The same judgement always gives the same bytes.
pub fn to_json(file: Option<&str>, judgement: &Judgement, language: Language) -> Value {
    json!({
        "file": file,
        "format": judgement.format,
        "verdict": judgement.verdict(),
        "reasons": reasons(&judgement.reasons, language),
        "signatures": judgement.signatures.iter().map(|one| signature(one, language)).collect::<Vec<_>>(),
        "entry_list": judgement.entry_list.as_ref().map(|list| entry_list(list, language)),
        "license": judgement.license.as_ref().map(license),
        "status": judgement.status,
        "copy": judgement.copy,
        "usable": judgement.usable(),
    })
}

fn signature(judgement: &SignatureJudgement, language: Language) -> Value {
    json!({
        "id": judgement.id,
        "kind": judgement.kind,
        "integrity": judgement.integrity,
        "verdict": judgement.verdict(),
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

/// The one place where the data of a license leave their wrapper: the answer to whoever presented the license.
fn license(license: &License) -> Value {
    let values: Vec<Value> = license
        .values
        .iter()
        .map(|value| {
            let mut object = Map::new();
            object.insert("name".to_owned(), json!(value.name));
            object.insert("value".to_owned(), json!(value.value.expose()));
            object.insert("covered".to_owned(), json!(value.covered));
            Value::Object(object)
        })
        .collect();
    json!({
        "identifier": license.identifier,
        "type_code": license.type_code,
        "type_name": license.type_name,
        "issuer": license.issuer,
        "values": values,
    })
}
