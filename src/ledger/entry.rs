//! What one record says. Names, codes, digests and keyed pseudonyms only: no value of anybody's data.

use serde::Serialize;

use super::reliance::Reliance;
use crate::crypto::Digest;
use crate::disclosure::Disclosed;
use crate::policy::{Denial, Permit};
use crate::trust::{Event, EventKind};

/// One entry. Texts that come from a request must be names that were checked, or digests and pseudonyms of what was
/// given: the ledger cannot tell a purpose from a person.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    /// The request's identifier.
    pub request: String,
    /// The enrolled system.
    pub system: Option<String>,
    /// The SHA-256 fingerprint of the client certificate, which names the caller even where it is not enrolled.
    pub certificate: Option<String>,
    /// The department it spoke for, `CREDITCODE@REGION`.
    pub department: Option<String>,
    /// `query`, `correct`, `correction`, `corrections`, `decision`, `verify`, `verify_seal`, `verify_signature`, or `verify_batch` for what concerns a batch as a whole;
    /// `manifest` or `suspension` for what officers published and `purge` for what an operator had dropped, which no request
    /// brought; `unknown` where the request was not understood that far.
    pub operation: &'static str,
    /// The province asked, two digits.
    pub province: Option<String>,
    /// The service asked.
    pub service: Option<String>,
    /// On the providing side, the province whose gateway asked.
    pub party: Option<String>,
    /// The purpose; a keyed pseudonym after `hidden:` where no agreement was found that names it.
    pub purpose: Option<String>,
    /// The matter, by its base code.
    pub matter: Option<String>,
    /// Where the case is handled, such as `counter`.
    pub channel: Option<&'static str>,
    /// The legal basis.
    pub basis: Option<&'static str>,
    /// The keyed digest of the case number.
    #[serde(serialize_with = "hex")]
    pub case: Option<Digest>,
    /// The keyed digest of the stated cause of use (useCause).
    #[serde(serialize_with = "hex")]
    pub use_cause: Option<Digest>,
    /// The keyed pseudonym of the operator.
    pub operator: Option<String>,
    /// The keyed pseudonym of whoever was asked about.
    pub subject: Option<String>,
    /// The keyed pseudonym of whoever acts for the subject.
    pub agent: Option<String>,
    /// The licenses that were brought to show why it may be asked. Each that was judged has a record of its own before this one.
    pub evidence: Vec<Exhibited>,
    /// What was decided.
    pub decision: Option<Decided>,
    /// How it ended: an outcome or a verdict, or the code of a refusal.
    pub outcome: Option<String>,
    /// Codes of reasons behind a verdict.
    pub reasons: Vec<String>,
    /// The keyed pseudonym of the identifier of a judged license.
    pub license: Option<String>,
    /// The state of a judged license.
    pub status: Option<&'static str>,
    /// How asking the registry of its issuer ended.
    pub registry: Option<&'static str>,
    /// The fields of an answer.
    pub fields: Option<Fields>,
    /// Where the answer came from.
    pub cache: Option<&'static str>,
    /// Whether a report that the data are wrong was open when they left.
    pub under_correction: Option<bool>,
    /// The report that data are wrong, where the request was about one.
    pub correction: Option<Reported>,
    /// How many answers to earlier questions of the kind the gateway that asks gave again from memory, as it says.
    pub reused: Option<u64>,
    /// The generation of the rulebook that was used.
    pub generation: u64,
    /// The digest of what was asked: SM3 of a file, keyed for a query. Null for a file that there was no room to hash.
    #[serde(serialize_with = "hex")]
    pub request_digest: Option<Digest>,
    /// The keyed digest of the digest of what a signature given alone was made over.
    #[serde(serialize_with = "hex")]
    pub content_digest: Option<Digest>,
    /// The keyed digest of the certificate that was given beside a signature.
    #[serde(serialize_with = "hex")]
    pub signer_digest: Option<Digest>,
    /// The line of a batch, counted from 1; its records share one request.
    pub line: Option<u64>,
    /// The keyed digest of the data that left.
    #[serde(serialize_with = "hex")]
    pub answer_digest: Option<Digest>,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
    /// What a verdict rests on.
    pub relies_on: Option<Reliance>,
    /// What happened to what is trusted.
    pub trust: Option<Event>,
}

/// A decision, as recorded.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Decided {
    /// `permit`, or the code of the denial.
    pub code: &'static str,
    /// The agreements and red lines that decided, by name.
    pub policies: Vec<String>,
    /// What was missing.
    pub missing: Vec<String>,
}

impl From<&Permit> for Decided {
    fn from(permit: &Permit) -> Self {
        Self { code: "permit", policies: vec![permit.agreement().to_string()], missing: Vec::new() }
    }
}

impl From<&Denial> for Decided {
    fn from(denial: &Denial) -> Self {
        let Denial { code, policies, missing } = denial;
        Self { code: code.as_str(), policies: policies.clone(), missing: missing.clone() }
    }
}

/// A license that was brought as evidence, as recorded.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Exhibited {
    /// The type that it is said to be; null for one that the catalog does not have.
    pub license: Option<String>,
    /// The relation that it is to show.
    pub relation: &'static str,
    /// How it is known that whoever shows it is there, by the word of the department.
    pub presence: &'static str,
    /// SM3 of the file, so that whoever has it can show that this was it. Null where it was not looked at.
    #[serde(serialize_with = "hex")]
    pub file: Option<Digest>,
    /// `shown`, or what it lacks; null where it was not judged.
    pub outcome: Option<&'static str>,
}

/// A report that data are wrong, as recorded.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reported {
    /// Its name.
    pub ticket: String,
    /// What is wrong, such as `outdated`.
    pub complaint: &'static str,
    /// The fields that are wrong.
    pub fields: Vec<String>,
    /// How it stood after the request.
    pub state: &'static str,
}

/// Names of fields, as recorded.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Fields {
    /// Those that left.
    pub released: Vec<String>,
    /// Those of them that left masked.
    pub masked: Vec<String>,
    /// Those that the service has and that did not leave.
    pub withheld: Vec<String>,
    /// How many values were dropped as unknown.
    pub dropped: usize,
}

impl Fields {
    /// The fields of what was disclosed under `permit`: what the agreement releases, less what the other side withheld.
    pub fn of(permit: &Permit, disclosed: &Disclosed) -> Self {
        let withheld = disclosed.withheld().to_vec();
        let released = permit.release().released().iter().filter(|field| !withheld.contains(field));
        Self {
            released: released.cloned().collect(),
            masked: disclosed.masked().to_vec(),
            withheld,
            dropped: disclosed.dropped(),
        }
    }
}

impl Entry {
    /// The entry of an event of trust, under the generation with which it takes effect, or in which it was refused.
    pub fn of_event(event: Event, generation: u64) -> Self {
        let outcome = match event.event {
            EventKind::Refused => event.code.clone(),
            EventKind::NotKept => Some("trust.not_kept".to_owned()),
            _ => Some("accepted".to_owned()),
        };
        let operation = event.event.operation();
        Self { operation, outcome, generation, trust: Some(event), ..Self::default() }
    }

    /// The entry as one JSON object on one line; what is not there is null, so that every record has every key.
    pub(super) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

fn hex<S: serde::Serializer>(digest: &Option<Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    match digest {
        Some(digest) => serializer.serialize_some(&digest.hex()),
        None => serializer.serialize_none(),
    }
}
