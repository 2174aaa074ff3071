//! How systems and gateways that may call, and changes of what is said of them, look to people and to scripts.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::manifest::RuleFiles;
use crate::rulebook::store::Reading;
use crate::rulebook::{Caller, Enrollment};

/// What a change does to those who may call.
pub(super) struct Difference {
    added: Vec<Enrollment>,
    /// Before and after.
    changed: Vec<(Enrollment, Enrollment)>,
    removed: Vec<Enrollment>,
}

impl Difference {
    pub(super) fn between(before: Option<&RuleFiles>, after: &RuleFiles) -> Self {
        let (before, after) = (before.map(read).unwrap_or_default(), read(after));
        let same = |one: &Enrollment, of: &[Enrollment]| of.iter().find(|two| two.file == one.file).cloned();
        let without = |these: &[Enrollment], those: &[Enrollment]| {
            these.iter().filter(|one| same(one, those).is_none()).cloned().collect()
        };
        let both = before.iter().filter_map(|old| same(old, &after).map(|new| (old.clone(), new)));
        Self {
            added: without(&after, &before),
            changed: both.filter(|(old, new)| old != new).collect(),
            removed: without(&before, &after),
        }
    }

    /// For people; nothing if nothing changes.
    pub(super) fn text(&self) -> String {
        let Self { added, changed, removed } = self;
        if added.is_empty() && changed.is_empty() && removed.is_empty() {
            return String::new();
        }
        let counts = [(added.len(), "added"), (changed.len(), "changed"), (removed.len(), "removed")];
        let counts = counts.map(|(count, what)| format!("{count} {what}")).join(", ");
        let mut text = format!("\nCallers: {counts}\n");
        for (mark, all) in [("+", added), ("-", removed)] {
            for one in all {
                let _ = writeln!(text, "  {mark} {}", one.caller);
                lines(&mut text, ' ', &stated(one));
            }
        }
        for (before, after) in changed {
            let _ = writeln!(text, "  ~ {}", after.caller);
            let (old, new) = (stated(before), stated(after));
            let only = |these: &[String], those: &[String]| -> Vec<String> {
                these.iter().filter(|line| !those.contains(line)).cloned().collect()
            };
            lines(&mut text, '-', &only(&old, &new));
            lines(&mut text, '+', &only(&new, &old));
        }
        text
    }

    /// For scripts.
    pub(super) fn json(&self) -> Value {
        let all = |list: &[Enrollment]| list.iter().map(one).collect::<Value>();
        let changed = self.changed.iter();
        let changed = changed.map(|(before, after)| json!({ "before": one(before), "after": one(after) }));
        json!({ "added": all(&self.added), "changed": changed.collect::<Value>(), "removed": all(&self.removed) })
    }
}

fn read(files: &RuleFiles) -> Vec<Enrollment> {
    Reading::of(files).enrollments().to_vec()
}

/// Those who may call by `files`, for people.
pub(super) fn list(files: &RuleFiles) -> String {
    let all = read(files);
    let mut text = format!("\nCallers: {}\n", all.len());
    for one in &all {
        let _ = writeln!(text, "  {}", one.caller);
        lines(&mut text, ' ', &stated(one));
    }
    text
}

/// Those who may call by `files`, for scripts.
pub(super) fn list_as_json(files: &RuleFiles) -> Value {
    read(files).iter().map(one).collect()
}

fn lines(text: &mut String, mark: char, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "    {mark} {line}");
    }
}

/// What an enrollment states, a line each.
fn stated(enrollment: &Enrollment) -> Vec<String> {
    let mut lines: Vec<String> = match &enrollment.caller {
        Caller::System(system) => system.departments.iter().map(|one| format!("speaks for {one}")).collect(),
        Caller::Gateway(province) => vec![format!("speaks for province {province}")],
    };
    lines.extend(enrollment.home.map(|home| format!("calls the gateway of province {home}")));
    for (fingerprint, period) in &enrollment.certificates {
        let from = period.from().map(|from| format!(" from {from}")).unwrap_or_default();
        let until = period.until().map(|until| format!(" until {until}")).unwrap_or_default();
        lines.push(format!("by SHA-256 {fingerprint}{from}{until}"));
    }
    for (what, words) in [("owner", &enrollment.owner), ("notes", &enrollment.notes)] {
        if !words.is_empty() {
            lines.push(format!("{what}: {words}"));
        }
    }
    lines
}

fn one(enrollment: &Enrollment) -> Value {
    let (departments, province) = match &enrollment.caller {
        Caller::System(system) => {
            (Some(system.departments.iter().map(ToString::to_string).collect::<Vec<_>>()), None)
        }
        Caller::Gateway(province) => (None, Some(province.to_string())),
    };
    let certificates = enrollment.certificates.iter().map(|(fingerprint, period)| {
        json!({ "sha256": fingerprint.to_string(), "from": period.from(), "until": period.until() })
    });
    json!({
        "file": enrollment.file, "caller": enrollment.caller.to_string(), "departments": departments,
        "province": province.or_else(|| enrollment.home.map(|home| home.to_string())),
        "certificates": certificates.collect::<Value>(), "owner": enrollment.owner, "notes": enrollment.notes,
    })
}
