//! What is wrong, or may be, with policies: where, why, and how to mend it.

use std::collections::BTreeMap;

use crate::fault::{Fault, Source};
use crate::policy::AgreementId;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// No gateway loads it, or it can never do what it says.
    Error,
    /// It works, and may not be meant.
    Warning,
}

impl Severity {
    /// The name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What kind of finding it is. Codes are part of the interface: they are added, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingCode {
    /// A file is refused.
    Invalid,
    /// An agreement demands a matter that the catalog does not have.
    UnknownMatter,
    /// An agreement demands a matter for which its service may not be called.
    MatterNotCovered,
    /// No request can be permitted by an agreement.
    NeverApplies,
    /// Wherever an agreement permits, others come before it.
    NeverDecides,
    /// No request was found that an agreement permits, out of too many to try all.
    NotAllTried,
    /// An agreement is no longer in force.
    Expired,
    /// An agreement will soon no longer be in force.
    Expiring,
    /// Two agreements say the same.
    Duplicate,
    /// An agreement gives more than another for the same department, service and purpose.
    Widens,
}

impl FindingCode {
    /// The name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::UnknownMatter => "unknown_matter",
            Self::MatterNotCovered => "matter_not_covered",
            Self::NeverApplies => "never_applies",
            Self::NeverDecides => "never_decides",
            Self::NotAllTried => "not_all_tried",
            Self::Expired => "expired",
            Self::Expiring => "expiring",
            Self::Duplicate => "duplicate",
            Self::Widens => "widens",
        }
    }

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Invalid | Self::UnknownMatter | Self::MatterNotCovered | Self::NeverApplies => {
                Severity::Error
            }
            Self::NeverDecides
            | Self::NotAllTried
            | Self::Expired
            | Self::Expiring
            | Self::Duplicate
            | Self::Widens => Severity::Warning,
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where and why.
    pub fault: Fault,
    /// What kind it is.
    pub code: FindingCode,
    /// How to mend it; empty where the reason says so itself.
    pub mend: String,
}

/// Of faults, the reason says how to mend it after its first semicolon.
impl From<Fault> for Finding {
    fn from(fault: Fault) -> Self {
        let (reason, mend) = match fault.reason.split_once("; ") {
            Some((reason, mend)) => (reason.to_owned(), mend.to_owned()),
            None => (fault.reason.clone(), String::new()),
        };
        Self { fault: Fault { reason, ..fault }, code: FindingCode::Invalid, mend }
    }
}

/// Where agreements stand in their files.
pub(super) struct Places<'s>(BTreeMap<AgreementId, Source<'s>>);

impl<'s> Places<'s> {
    /// Of `files`, each of which holds one agreement or none.
    pub(super) fn of(files: &[Source<'s>]) -> Self {
        let named = |file: &Source<'s>| {
            let line = file.text.lines().map(str::trim_start).find(|line| line.starts_with("@agreement("))?;
            let name = line.split('"').nth(1)?;
            Some((AgreementId::parse(name)?, *file))
        };
        Self(files.iter().filter_map(named).collect())
    }

    /// A finding about `agreement`, on the line that begins with `@key`, or on that of its name.
    pub(super) fn finding(
        &self,
        agreement: &AgreementId,
        key: &str,
        code: FindingCode,
        reason: String,
        mend: String,
    ) -> Finding {
        let Some(file) = self.0.get(agreement) else {
            return Finding { fault: Fault::new(agreement.as_str(), 0, reason), code, mend };
        };
        let line_of = |key: &str| {
            let begins = |line: &str| line.trim_start().starts_with(&format!("@{key}("));
            file.text.lines().position(begins).map(|line| line + 1)
        };
        let line = line_of(key).or_else(|| line_of("agreement")).unwrap_or_default();
        Finding { fault: Fault::new(file.name, line, reason), code, mend }
    }
}
