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

/// Bytes of the lines of one round, after which no more are read. 64 MiB: a round of lines of some certificates and lists each
/// is whole, and the longest lines come a few at a time.
const ROUND_BYTES: usize = 64 << 20;

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
        for (verdict, answer) in
            parallel::in_order(&lines, |line| answer_or_refuse(line.as_deref(), defaults))
        {
            worst = worst.max(verdict);
            // A reader that has gone, as `head` does, changes nothing about the exit status.
            let _ = writeln!(out, "{answer}");
        }
    }
}

/// The next lines that are not empty, `None` for each that is too long; no lines at the end.
fn round(input: &mut impl BufRead) -> io::Result<Vec<Option<Vec<u8>>>> {
    let (mut lines, mut bytes) = (Vec::new(), 0_usize);
    while lines.len() < ROUND && bytes < ROUND_BYTES {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let is_cut =
            u64::try_from(line.len()).is_ok_and(|length| length == LONGEST) && !line.ends_with(b"\n");
        // What follows the first part of a line is no line.
        if is_cut && skip_line(input)? {
            lines.push(None);
        } else if !line.trim_ascii().is_empty() {
            bytes = bytes.saturating_add(line.len());
            lines.push(Some(line));
        }
    }
    Ok(lines)
}

/// Reads to the end of a line and keeps nothing; whether there was anything left of it.
fn skip_line(input: &mut impl BufRead) -> io::Result<bool> {
    let mut is_left = false;
    loop {
        let part = input.fill_buf()?;
        let end = part.iter().position(|byte| *byte == b'\n');
        is_left |= end != Some(0) && !part.is_empty();
        let taken = end.map_or(part.len(), |end| end + 1);
        input.consume(taken);
        if end.is_some() || taken == 0 {
            return Ok(is_left);
        }
    }
}

fn answer_or_refuse(line: Option<&[u8]>, defaults: &Defaults) -> (PathVerdict, Value) {
    match line {
        Some(line) => answer(line, defaults),
        None => {
            let reason = malformed("the line", format!("longer than {LONGEST} bytes"));
            told(&Value::Null, &PathJudgement::undetermined(reason))
        }
    }
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
    told(&id, &judgement)
}

fn told(id: &Value, judgement: &PathJudgement) -> (PathVerdict, Value) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_first_part_of_a_line_is_no_line() {
        let longest = usize::try_from(LONGEST).unwrap();
        let text = [
            vec![b' '; longest - 3],
            b"{}\n".to_vec(),
            vec![b'x'; longest + 1],
            b"{}\n{\"id\":1}\n\n".to_vec(),
            vec![b'y'; longest],
        ];
        let text = text.concat();
        let lines = round(&mut text.as_slice()).unwrap();
        let lengths: Vec<_> = lines.iter().map(|line| line.as_ref().map(Vec::len)).collect();
        assert_eq!(lengths, [Some(longest), None, Some(9), Some(longest)]);
        let defaults = Defaults {
            at: Timestamp::from_seconds(0),
            now: Timestamp::from_seconds(0),
            role: Role::named("none").unwrap(),
            mode: RevocationMode::Off,
        };
        let (verdict, told) = answer_or_refuse(None, &defaults);
        assert_eq!((verdict, &told["id"]), (PathVerdict::Undetermined, &Value::Null));
        assert!(told["reasons"].to_string().contains("longer than 16777216 bytes"), "{told}");
    }

    #[test]
    fn a_round_holds_a_bound_of_bytes() {
        let line = [vec![b' '; 1 << 20], b"{}\n".to_vec()].concat();
        let text = line.repeat(100);
        let mut input = text.as_slice();
        assert_eq!(round(&mut input).unwrap().len(), 64);
        assert_eq!(round(&mut input).unwrap().len(), 36);
        assert!(round(&mut input).unwrap().is_empty());
    }
}
