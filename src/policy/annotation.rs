//! Reads the annotations of an agreement into its [`Terms`].

use std::collections::BTreeSet;
use std::fmt::Display;

use cedar_policy::Policy;

use super::compile::Reader;
use super::{Authorizer, LegalBasis, Mask, Rate, Terms};
use crate::catalog::{FieldPath, Service};
use crate::clock::{CHINA, Timestamp};

const INSTANT: &str = "an instant such as `2026-01-01T00:00:00+08:00`";

/// Annotations that an agreement may have.
const KNOWN: [&str; 12] = [
    "agreement",
    "authorise",
    "basis",
    "cache",
    "daily",
    "fields",
    "from",
    "mask",
    "rate",
    "reviewed",
    "subjects",
    "until",
];

/// What the terms are held to.
#[derive(Clone, Copy)]
pub(super) enum About<'s> {
    Service(&'s Service),
    Unknown,
    Verification,
}

/// The terms of an agreement about `about`.
pub(super) fn terms(reader: &mut Reader<'_, '_>, policy: &Policy, about: About<'_>) -> Option<Terms> {
    let mut keys: Vec<&str> = policy.annotations().map(|(key, _)| key).collect();
    keys.sort_unstable();
    for key in keys.into_iter().filter(|key| !KNOWN.contains(key)) {
        reader.fault(
            reader.line_of(&format!("@{key}")),
            format!("`@{key}` is not an annotation of agreements; they are {}", KNOWN.join(", ")),
        );
    }
    let mut notes = Notes { reader, policy };
    let basis = notes.required("basis", "`statute:…` or `authorisation:…`", LegalBasis::parse);
    let authorizer = notes.or("authorise", "`none`, `subject`, `guardian` or `enterprise`", None, authorizer);
    let from = notes.required("from", INSTANT, Timestamp::parse_rfc3339);
    let until = notes.required("until", INSTANT, Timestamp::parse_rfc3339);
    let rate = notes.or("rate", "a rate such as `5/s burst 10`", Rate::COUNTER, Rate::parse);
    let daily = notes.or("daily", "a number of requests", None, |text| text.parse().ok().map(Some));
    let subjects =
        notes.or("subjects", "a number of persons, not 0", None, |text| text.parse().ok().map(Some));
    let cache = notes.or("cache", "a number of seconds", 0, |text| text.parse().ok());
    let fields = notes.or("fields", "a list of fields without repetition", Vec::new(), fields);
    let masks = notes.masks();
    let reviewed = notes.or("reviewed", "a day such as `2026-01-31`", None, |text| day(text).map(Some));
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        notes.fault("until", "`@until` is not after `@from`; mend one of the two");
    }
    if matches!(basis, Some(LegalBasis::Authorization(_))) && authorizer == Some(None) {
        notes.fault("basis", "a basis of authorisation needs `@authorise`; say whose it is");
    }
    match about {
        About::Service(service) => notes.check_fields(service, fields.as_deref(), masks.as_deref()),
        About::Unknown => {}
        About::Verification => notes.check_no_fields(),
    }
    Some(Terms {
        basis: basis?,
        authorizer: authorizer?,
        fields: fields?,
        masks: masks?,
        rate: rate?,
        daily: daily?,
        subjects: subjects?,
        cache_seconds: cache?,
        from: from?,
        reviewed: reviewed?,
        until: until?,
    })
}

/// The annotations of one policy.
struct Notes<'n, 'a, 'f> {
    reader: &'n mut Reader<'a, 'f>,
    policy: &'n Policy,
}

impl Notes<'_, '_, '_> {
    fn fault(&mut self, key: &str, reason: impl Display) {
        let line = self.reader.line_of(&format!("@{key}"));
        self.reader.fault(line, reason.to_string());
    }

    fn required<T>(&mut self, key: &str, form: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        if self.policy.annotation(key).is_none() {
            self.reader.fault(0, format!("`@{key}` is missing; it is {form}"));
            return None;
        }
        self.parsed(key, form, parse)
    }

    fn or<T>(&mut self, key: &str, form: &str, default: T, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        if self.policy.annotation(key).is_none() { Some(default) } else { self.parsed(key, form, parse) }
    }

    fn parsed<T>(&mut self, key: &str, form: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.policy.annotation(key)?;
        let value = parse(text.trim());
        if value.is_none() {
            self.fault(key, format!("`@{key}(\"{text}\")` is not {form}"));
        }
        value
    }
}

impl Notes<'_, '_, '_> {
    /// The masks of `@mask`; what is none is told apart from what is no list.
    fn masks(&mut self) -> Option<Vec<(FieldPath, Mask)>> {
        let text = self.policy.annotation("mask").unwrap_or_default();
        let parts = text.split(',').filter_map(|one| one.split_once('='));
        let unknown: Vec<&str> =
            parts.map(|(_, mask)| mask.trim()).filter(|mask| Mask::parse(mask).is_none()).collect();
        if unknown.is_empty() {
            return self.or("mask", "a list such as `name=first(1), born=month`", Vec::new(), masks);
        }
        for mask in unknown {
            self.fault("mask", format!("`{mask}` is no mask; they are {}", Mask::FORMS));
        }
        None
    }

    /// Holds fields and masks to the service: what is named must be there, and what the catalog masks must be masked.
    /// A list that could not be read is left out.
    fn check_fields(
        &mut self,
        service: &Service,
        fields: Option<&[FieldPath]>,
        masks: Option<&[(FieldPath, Mask)]>,
    ) {
        let Some(fields) = fields else { return };
        if fields.is_empty() {
            self.fault("fields", "`@fields` is missing or empty, so that nothing would be released");
        }
        for path in fields.iter().filter(|path| service.field(path).is_none()) {
            let has: Vec<String> = service.response.iter().map(|field| format!("`{}`", field.path)).collect();
            let reason = format!("service `{}` has no field `{path}`; it has {}", service.id, has.join(", "));
            self.fault("fields", reason);
        }
        let Some(masks) = masks else { return };
        for (path, _) in masks.iter().filter(|(path, _)| !fields.contains(path)) {
            self.fault(
                "mask",
                format!("`{path}` is masked but not in `@fields`; add it there, or take its mask out"),
            );
        }
        let unmasked = |path: &&FieldPath| !masks.iter().any(|(masked, _)| masked == *path);
        for path in service.masked().filter(|path| fields.contains(path)).filter(unmasked) {
            self.fault(
                "fields",
                format!("the catalog releases `{path}` only masked; mask it, or take it out"),
            );
        }
    }

    /// A verification answers about a file that the caller holds; there is nothing to release or to keep, and nobody is
    /// asked about.
    fn check_no_fields(&mut self) {
        for key in ["cache", "fields", "mask", "subjects"] {
            if self.policy.annotation(key).is_some() {
                self.fault(key, format!("a verification has no `@{key}`"));
            }
        }
    }
}

/// The beginning in China of the day `2026-01-31`.
fn day(text: &str) -> Option<Timestamp> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let numbers: Vec<u16> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [year, month, day] if plain && text.len() == 10 => {
            Timestamp::from_fields([*year, *month, *day, 0, 0, 0], CHINA)
        }
        _ => None,
    }
}

fn authorizer(text: &str) -> Option<Option<Authorizer>> {
    if text == "none" { Some(None) } else { Authorizer::parse(text).map(Some) }
}

fn fields(text: &str) -> Option<Vec<FieldPath>> {
    let paths: Vec<FieldPath> =
        text.split(',').map(|one| FieldPath::parse(one.trim())).collect::<Option<_>>()?;
    let distinct = paths.iter().collect::<BTreeSet<_>>().len() == paths.len();
    distinct.then_some(paths)
}

fn masks(text: &str) -> Option<Vec<(FieldPath, Mask)>> {
    let mut seen = BTreeSet::new();
    let mut masks = Vec::new();
    for one in text.split(',') {
        let (path, mask) = one.split_once('=')?;
        let path = FieldPath::parse(path.trim())?;
        if !seen.insert(path.clone()) {
            return None;
        }
        masks.push((path, Mask::parse(mask.trim())?));
    }
    Some(masks)
}
