//! The report on certificate paths: the verdict first, then the path from the leaf up, and what is unusual about it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Style;
use super::text::{DIM, GREEN, RED, YELLOW};
use crate::clock::Timestamp;
use crate::foreign::shown;
use crate::pki::revocation::{Revoked, Source, Standing};
use crate::pki::{Certificate, Oid, PathJudgement, PathReason, PathVerdict, Role};

/// What a certificate was judged as, and for which time.
#[derive(Clone, Copy, Debug)]
pub struct PathQuestion {
    /// What it does.
    pub role: Role,
    /// The time at which its path must be valid.
    pub at: Timestamp,
    /// The present, for what has lapsed since.
    pub now: Timestamp,
}

/// Reasons as they stand in every report on a path.
pub fn path_reasons(reasons: &[PathReason]) -> Vec<Value> {
    let to_json = |reason: &PathReason| {
        json!({
            "code": reason.code, "certificate": reason.position, "subject": reason.subject, "text": reason.text,
        })
    };
    reasons.iter().map(to_json).collect()
}

/// The judgement of `file` as one JSON object.
pub fn path_to_json(file: &str, judgement: &PathJudgement, question: PathQuestion) -> Value {
    let PathQuestion { role, at, now } = question;
    let certificate = |certificate: &Certificate| {
        json!({
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "serial": certificate.serial,
            "not_before": certificate.not_before,
            "not_after": certificate.not_after,
            "valid_now": certificate.valid_at(now),
            "sm3": certificate.fingerprint(),
        })
    };
    let policies = |set: &std::collections::BTreeSet<Oid>| -> Vec<String> {
        set.iter().map(ToString::to_string).collect()
    };
    let path = judgement.path.as_ref();
    json!({
        "file": file,
        "verdict": judgement.verdict.as_str(),
        "profile": role.name(),
        "at": at,
        "reasons": path_reasons(&judgement.reasons),
        "revocation": judgement.revocation.certificates.iter().map(|certificate| json!({
            "then": standing(&certificate.then),
            "now": standing(&certificate.now),
        })).collect::<Vec<_>>(),
        "path": path.map(|path| path.certificates().iter().map(certificate).collect::<Vec<_>>()),
        "policies": path.map(|path| json!({
            "authority_constrained": policies(&path.policies().authority_constrained),
            "user_constrained": policies(&path.policies().user_constrained),
        })),
    })
}

/// What was found about the revocation of one certificate at one time.
fn standing(standing: &Standing) -> Value {
    let source = |source: &Source| match source {
        Source::List { digest, number } => {
            json!({ "list": digest.hex(), "number": number.as_ref().map(ToString::to_string) })
        }
        Source::Answer { digest } => json!({ "ocsp": digest.hex() }),
    };
    let revoked = |stated: &Revoked| {
        json!({
            "since": stated.since, "reason": stated.reason.name(), "invalid_since": stated.invalid_since,
        })
    };
    match standing {
        Standing::Good(good) => json!({
            "state": "good",
            "as_of": good.as_of,
            "grace_until": good.grace_until,
            "revoked_later": good.revoked_later.as_ref().map(revoked),
            "source": source(&good.source),
        }),
        Standing::Revoked(revocation) => json!({
            "state": "revoked",
            "as_of": revocation.as_of,
            "revoked": revoked(&revocation.stated),
            "source": source(&revocation.source),
        }),
        Standing::Undetermined(why) => {
            json!({ "state": "undetermined", "code": why.code(), "text": why.to_string() })
        }
        Standing::Unchecked => json!({ "state": "unchecked" }),
    }
}

/// The judgement of `file` as lines for a terminal.
pub fn path_to_text(file: &str, judgement: &PathJudgement, question: PathQuestion, style: Style) -> String {
    let (mark, color) = match judgement.verdict {
        PathVerdict::Valid => ("✓", GREEN),
        PathVerdict::Undetermined => ("?", YELLOW),
        PathVerdict::Invalid => ("✗", RED),
    };
    let paint = |color: &str, text: &str| match style {
        Style::Color => format!("{color}{text}\u{1b}[0m"),
        Style::Plain => text.to_owned(),
    };
    let role = match question.role {
        Role::Any => String::new(),
        role => format!("as {}, ", role.name()),
    };
    let verdict = paint(color, &format!("{mark} {}", judgement.verdict.as_str().to_uppercase()));
    let mut out = format!("{verdict}  {}  ({role}at {})\n", shown(file), question.at.in_china());
    // Writing to a string does not fail.
    for reason in judgement.reasons.iter().filter(|_| judgement.path.is_none()) {
        let whose = reason.subject.as_ref().map(|subject| format!("{}: ", shown(subject)));
        let _ = writeln!(out, "  {}{}  [{}]", whose.unwrap_or_default(), shown(&reason.text), reason.code);
    }
    let Some(path) = &judgement.path else { return out };
    let certificates = path.certificates();
    for (position, certificate) in certificates.iter().enumerate() {
        let part = match position {
            _ if position + 1 == certificates.len() => "anchor",
            0 => "leaf",
            _ => "issuer",
        };
        let _ = writeln!(out, "  {part:<9} {}", shown(&certificate.subject));
        let key =
            certificate.key.as_ref().map_or_else(|_| "unknown key".to_owned(), |key| format!("{key:?}"));
        let (from, until) = (certificate.not_before.in_china(), certificate.not_after.in_china());
        let detail = format!("{key}, serial {}, {from} to {until}", certificate.serial);
        let _ = writeln!(out, "            {}", paint(DIM, &detail));
        if !certificate.valid_at(question.now) {
            let _ = writeln!(out, "            {}", paint(YELLOW, "not valid now"));
        }
        if let Some(Standing::Good(good)) =
            judgement.revocation.certificates.get(position).map(|certificate| &certificate.then)
        {
            let note = format!("not revoked, as of {}", good.as_of.in_china());
            let _ = writeln!(out, "            {}", paint(DIM, &note));
        }
        for reason in judgement.reasons.iter().filter(|reason| reason.position == Some(position)) {
            let note = format!("{}  [{}]", reason.text, reason.code);
            let _ = writeln!(out, "            {}", paint(YELLOW, &note));
        }
    }
    let policies: Vec<String> = path.policies().user_constrained.iter().map(policy).collect();
    let policies = if policies.is_empty() { "none".to_owned() } else { policies.join(", ") };
    let _ = writeln!(out, "  policies  {policies}");
    out
}

fn policy(oid: &Oid) -> String {
    if oid.is_any_policy() { "any".to_owned() } else { oid.to_string() }
}
