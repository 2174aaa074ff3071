//! Many questions about certificate paths, one JSON object a line, judged on all processors and answered in order.
//! One line that makes no sense is answered as undetermined and never ends a batch.

use std::io::{self, BufRead, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::parallel;
use crate::budget::{Budget, Limits};
use crate::clock::Timestamp;
use crate::pki::revocation::{
    Evidence, EvidenceRules, ListLimits, RevocationMode, RevocationTerms, TimeBasis, UnusableEvidence,
};
use crate::pki::{
    Anchors, Certificate, Oid, PathJudgement, PathReason, PathVerdict, PolicyTerms, Role, Terms,
};
use crate::report::path_reasons;

/// Lines judged between two rounds of printing. Bounds how many answers wait for a slow one before them.
const ROUND: usize = 256;

/// Bytes of one line: a thousand certificates.
const LONGEST: u64 = 16 << 20;

/// What holds for lines that do not say it.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// When the path must be valid.
    pub at: Timestamp,
    /// The present.
    pub now: Timestamp,
    /// What the leaf does.
    pub role: Role,
    /// Whether revocation is asked about.
    pub mode: RevocationMode,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    id: Value,
    anchors: Vec<String>,
    #[serde(default)]
    intermediates: Vec<String>,
    leaf: String,
    at: Option<String>,
    profile: Option<String>,
    #[serde(default)]
    policies: Vec<String>,
    #[serde(default)]
    require_explicit_policy: bool,
    #[serde(default)]
    inhibit_any_policy: bool,
    #[serde(default)]
    inhibit_policy_mapping: bool,
    dns_name: Option<String>,
    #[serde(default)]
    eku: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    #[serde(default)]
    ocsp: Vec<String>,
    revocation: Option<String>,
}

/// Answers the lines of standard input; the worst verdict of all.
pub(super) fn run(defaults: &Defaults) -> Result<PathVerdict, String> {
    let mut input = io::stdin().lock();
    let mut out = io::stdout().lock();
    let mut worst = PathVerdict::Valid;
    loop {
        let lines = round(&mut input).map_err(|error| format!("standard input cannot be read: {error}"))?;
        if lines.is_empty() {
            return Ok(worst);
        }
        for (verdict, answer) in parallel::in_order(&lines, |line| answer(line, defaults)) {
            worst = worst.max(verdict);
            // A reader that has gone, as `head` does, changes nothing about the exit status.
            let _ = writeln!(out, "{answer}");
        }
    }
}

/// The next lines that are not empty; none at the end.
fn round(input: &mut impl BufRead) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    while lines.len() < ROUND {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if !line.trim_ascii().is_empty() {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// Answers one line: the verdict, and the object that is printed.
pub fn answer(line: &[u8], defaults: &Defaults) -> (PathVerdict, Value) {
    let (id, judgement) = match serde_json::from_slice::<Question>(line) {
        Ok(question) => {
            let judgement = judge(&question, defaults).unwrap_or_else(PathJudgement::undetermined);
            (question.id, judgement)
        }
        Err(error) => {
            let id = serde_json::from_slice::<Value>(line).ok().and_then(|line| line.get("id").cloned());
            (id.unwrap_or_default(), PathJudgement::undetermined(malformed("the line", error)))
        }
    };
    let verdict = judgement.verdict;
    (verdict, json!({ "id": id, "verdict": verdict.as_str(), "reasons": path_reasons(&judgement.reasons) }))
}

/// Judges; fails if the question makes no sense.
fn judge(question: &Question, defaults: &Defaults) -> Result<PathJudgement, PathReason> {
    let at = match &question.at {
        Some(text) => Timestamp::parse_rfc3339(text).ok_or_else(|| malformed("`at`", "not RFC 3339"))?,
        None => defaults.at,
    };
    let role = match &question.profile {
        Some(name) => Role::named(name).ok_or_else(|| malformed("`profile`", "no such profile"))?,
        None => defaults.role,
    };
    let policy = |text: &String| text.parse::<Oid>().map_err(|error| malformed("`policies`", error));
    let policies = PolicyTerms {
        acceptable: question.policies.iter().map(policy).collect::<Result<_, _>>()?,
        require_explicit: question.require_explicit_policy,
        inhibit_mapping: question.inhibit_policy_mapping,
        inhibit_any: question.inhibit_any_policy,
    };
    let mut unread = Vec::new();
    let anchors = certificates("anchors", &question.anchors, &mut unread)?;
    let intermediates = certificates("intermediates", &question.intermediates, &mut unread)?;
    let mode = match &question.revocation {
        Some(name) => {
            RevocationMode::from_name(name).ok_or_else(|| malformed("`revocation`", "no such mode"))?
        }
        None => defaults.mode,
    };
    let mut budget = Budget::new(Limits::default());
    let (evidence, unusable) =
        evidence(question, &[anchors.as_slice(), &intermediates].concat(), &mut budget)?;
    unread.extend(unusable.iter().map(PathReason::from));
    let revocation = RevocationTerms {
        evidence: &evidence,
        rules: EvidenceRules::default(),
        mode,
        // Who states the time of a question vouches for it.
        proof: TimeBasis::Shown,
        now: defaults.now.max(at),
    };
    let anchors = Anchors::new(anchors, intermediates);
    let terms = Terms {
        policies: Some(&policies),
        purposes: &question.eku,
        host: question.dns_name.as_deref(),
        ..Terms::new(&anchors, role, at)
    };
    let mut judgement = match Certificate::from_der(&decode("`leaf`", &question.leaf)?) {
        Ok(leaf) => PathJudgement::of(&leaf, &terms, &revocation, &mut budget),
        Err(error) => PathJudgement::unreadable(&error),
    };
    judgement.reasons.extend(unread);
    Ok(judgement)
}

/// The certificates of a list; what is none is left out and noted, since another path may do without it.
fn certificates(
    list: &str,
    encoded: &[String],
    unread: &mut Vec<PathReason>,
) -> Result<Vec<Certificate>, PathReason> {
    let mut certificates = Vec::new();
    for (index, text) in encoded.iter().enumerate() {
        let place = format!("`{list}[{index}]`");
        match Certificate::from_der(&decode(&place, text)?) {
            Ok(certificate) => certificates.push(certificate),
            Err(error) => unread.push(PathReason { code: "path.unreadable", ..malformed(&place, error) }),
        }
    }
    Ok(certificates)
}

/// The lists and responses of a question; what cannot be used is said, and keeps certificates from counting as unchecked.
fn evidence(
    question: &Question,
    authorities: &[Certificate],
    budget: &mut Budget,
) -> Result<(Evidence, Vec<UnusableEvidence>), PathReason> {
    let decoded = |list: &str, encoded: &[String]| {
        let places = encoded.iter().enumerate().map(|(index, text)| (format!("`{list}[{index}]`"), text));
        places
            .map(|(place, text)| decode(&place, text).map(|der| (place, der)))
            .collect::<Result<Vec<_>, _>>()
    };
    let (lists, answers) = (decoded("crls", &question.crls)?, decoded("ocsp", &question.ocsp)?);
    let lists = lists.iter().map(|(place, der)| (place.clone(), der.as_slice()));
    let answers = answers.iter().map(|(place, der)| (place.clone(), der.as_slice()));
    Ok(Evidence::gather(lists, answers, authorities, &ListLimits::default(), budget))
}

fn decode(place: &str, text: &str) -> Result<Vec<u8>, PathReason> {
    STANDARD.decode(text).map_err(|error| malformed(place, error))
}

fn malformed(place: &str, what: impl std::fmt::Display) -> PathReason {
    PathReason { code: "path.question", position: None, subject: None, text: format!("{place}: {what}") }
}
