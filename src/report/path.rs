//! The report on certificate paths: the verdict first, then the path from the leaf up, and what is unusual about it.

use std::fmt::Write as _;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::Style;
use super::text::{DIM, GREEN, RED, YELLOW};
use crate::clock::Timestamp;
use crate::foreign::shown;
use crate::pki::revocation::{Revoked, Source, Standing};
use crate::pki::{Certificate, Oid, PathJudgement, PathReason, PathVerdict, Role};
use crate::verdict::{Language, chinese};

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
pub fn path_to_text(
    file: &str,
    judgement: &PathJudgement,
    question: PathQuestion,
    language: Language,
    style: Style,
) -> String {
    let words = Words { language };
    let (mark, color) = match judgement.verdict {
        PathVerdict::Valid => ("✓", GREEN),
        PathVerdict::Undetermined => ("?", YELLOW),
        PathVerdict::Invalid => ("✗", RED),
    };
    let paint = |color: &str, text: &str| match style {
        Style::Color => format!("{color}{text}\u{1b}[0m"),
        Style::Plain => text.to_owned(),
    };
    let verdict = paint(color, &format!("{mark} {}", words.verdict(judgement.verdict)));
    let mut out = format!("{verdict}  {}  ({})\n", shown(file), words.question(question));
    // Writing to a string does not fail.
    for reason in judgement.reasons.iter().filter(|_| judgement.path.is_none()) {
        let whose =
            reason.subject.as_ref().map(|subject| format!("{}{}", shown(subject), words.say(": ", "：")));
        let text = words.text(&reason.text);
        let _ = writeln!(out, "  {}{text}  [{}]", whose.unwrap_or_default(), reason.code);
    }
    let Some(path) = &judgement.path else { return out };
    let certificates = path.certificates();
    for (position, certificate) in certificates.iter().enumerate() {
        let part = match position {
            _ if position + 1 == certificates.len() => words.say("anchor", "信任锚"),
            0 => words.say("leaf", "终端"),
            _ => words.say("issuer", "签发者"),
        };
        let _ = writeln!(out, "  {} {}", label(part), shown(&certificate.subject));
        let detail = words.certificate(certificate);
        let _ = writeln!(out, "            {}", paint(DIM, &detail));
        if !certificate.valid_at(question.now) {
            let _ =
                writeln!(out, "            {}", paint(YELLOW, words.say("not valid now", "现不在有效期内")));
        }
        if let Some(Standing::Good(good)) =
            judgement.revocation.certificates.get(position).map(|certificate| &certificate.then)
        {
            let as_of = good.as_of.in_china();
            let note = words.say("not revoked, as of ", "未被吊销，截至 ").to_owned() + &as_of;
            let _ = writeln!(out, "            {}", paint(DIM, &note));
        }
        for reason in judgement.reasons.iter().filter(|reason| reason.position == Some(position)) {
            let note = format!("{}  [{}]", words.text(&reason.text), reason.code);
            let _ = writeln!(out, "            {}", paint(YELLOW, &note));
        }
    }
    let policies: Vec<String> =
        path.policies().user_constrained.iter().map(|oid| words.policy(oid)).collect();
    let policies =
        if policies.is_empty() { words.say("none", "无").to_owned() } else { policies.join(", ") };
    let _ = writeln!(out, "  {} {policies}", label(words.say("policies", "证书策略")));
    out
}

/// Padded to nine columns, whatever the script.
fn label(text: &str) -> String {
    format!("{text}{}", " ".repeat(9_usize.saturating_sub(text.width())))
}

/// What the report says in its language.
#[derive(Clone, Copy)]
struct Words {
    language: Language,
}

impl Words {
    const fn say(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    /// What a judgement says in English.
    fn text(self, english: &str) -> String {
        match self.language {
            Language::English => shown(english),
            Language::Chinese => shown(&chinese(english)),
        }
    }

    fn verdict(self, verdict: PathVerdict) -> String {
        let chinese = match verdict {
            PathVerdict::Valid => "有效",
            PathVerdict::Undetermined => "不能确定",
            PathVerdict::Invalid => "无效",
        };
        match self.language {
            Language::English => verdict.as_str().to_uppercase(),
            Language::Chinese => chinese.to_owned(),
        }
    }

    fn question(self, question: PathQuestion) -> String {
        let (name, at) = (question.role.name(), question.at.in_china());
        match (question.role, self.language) {
            (Role::Any, Language::English) => format!("at {at}"),
            (Role::Any, Language::Chinese) => format!("时间 {at}"),
            (_, Language::English) => format!("as {name}, at {at}"),
            (_, Language::Chinese) => format!("用途 {name}，时间 {at}"),
        }
    }

    fn certificate(self, certificate: &Certificate) -> String {
        let key = certificate.key.as_ref();
        let key =
            key.map_or_else(|_| self.say("unknown key", "密钥未知").to_owned(), |key| format!("{key:?}"));
        let (from, until) = (certificate.not_before.in_china(), certificate.not_after.in_china());
        let serial = &certificate.serial;
        match self.language {
            Language::English => format!("{key}, serial {serial}, {from} to {until}"),
            Language::Chinese => format!("{key}，序列号 {serial}，有效期 {from} 至 {until}"),
        }
    }

    fn policy(self, oid: &Oid) -> String {
        if oid.is_any_policy() { self.say("any", "任意").to_owned() } else { oid.to_string() }
    }
}
