//! The report for people.

use crate::verdict::{Judgement, Language};

/// The judgement of `file` as lines for a terminal.
pub fn to_text(file: &str, judgement: &Judgement, _language: Language) -> String {
    format!("{file}: {}\n", judgement.verdict().as_str())
}
