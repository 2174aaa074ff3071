//! The records of a ledger, one at a time, with what is needed of them; each line is held to its hash and to the line before.

use std::fs::File;
use std::path::Path;

use serde::Deserialize;

use crate::clock::Timestamp;
use crate::ledger::{self, Lines};

/// What is needed of a record; of those that are none of a verdict or decision, little is there.
#[derive(Debug, Default, Deserialize)]
pub struct RecordedVerdict {
    /// When it was recorded.
    pub at: i64,
    /// What was asked.
    #[serde(default)]
    pub operation: String,
    /// The department that asked.
    pub department: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// What was decided.
    pub decision: Option<RecordedDecision>,
    /// The digest of the file.
    pub request_digest: Option<String>,
    /// What the verdict rests on.
    pub relies_on: Option<RecordedReliance>,
    /// The record's name.
    #[serde(skip)]
    pub id: String,
}

/// A decision.
#[derive(Debug, Default, Deserialize)]
pub struct RecordedDecision {
    /// `permit`, or the code of the denial.
    pub code: String,
    /// The agreements that decided.
    pub policies: Vec<String>,
}

/// What a verdict rests on; see [`ledger::Reliance`].
#[derive(Debug, Default, Deserialize)]
pub struct RecordedReliance {
    /// The code of the license type.
    pub license_type: Option<String>,
    /// The region of the issuer.
    pub region: Option<String>,
    /// The signatures.
    pub signatures: Vec<RecordedSignature>,
    /// How many more there are.
    pub more: usize,
}

/// What a signature rests on.
#[derive(Debug, Default, Deserialize)]
pub struct RecordedSignature {
    /// The seal's identifier, where a trusted maker made it.
    pub seal: Option<String>,
    /// The signer.
    pub signer: Option<RecordedChain>,
    /// The maker of the seal.
    pub maker: Option<RecordedChain>,
    /// The authority of the timestamp.
    pub timestamp: Option<RecordedChain>,
}

/// How a certificate stood to the anchors.
#[derive(Debug, Default, Deserialize)]
pub struct RecordedChain {
    /// The outcome.
    pub state: String,
    /// SHA-256 of the anchor.
    pub anchor: Option<String>,
    /// SHA-256 of the certificates between.
    #[serde(default)]
    pub intermediates: Vec<String>,
    /// Digests of the names that were looked for.
    #[serde(default)]
    pub missing: Vec<String>,
}

impl RecordedVerdict {
    /// When it was recorded.
    pub const fn recorded_at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }

    /// Whether something was judged and the verdict is what was answered.
    pub fn is_verdict(&self) -> bool {
        let outcome = self.outcome.as_deref();
        self.operation.starts_with("verify")
            && matches!(outcome, Some("genuine" | "undetermined" | "not_genuine"))
    }
}

/// Gives every record of the ledger at `path`, in order, to `each`. A last line without an end is what a crash leaves, and is
/// left out. Memory is that of one line.
pub fn read(path: &Path, mut each: impl FnMut(RecordedVerdict)) -> Result<(), ledger::Error> {
    let file = File::open(path).map_err(ledger::Error::unreadable)?;
    let mut lines = Lines::new(file);
    while let Some((id, record)) = lines.record()? {
        let parsed =
            serde_json::from_str(record).map(|parsed| RecordedVerdict { id: id.to_owned(), ..parsed });
        let what = "is no record that can be read";
        each(parsed.map_err(|_| ledger::Error::Broken { line: lines.number(), what })?);
    }
    Ok(())
}
