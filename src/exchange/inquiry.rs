//! What comes in: when and from whom, and what is asked. Already parsed; HTTP is left behind.

use std::sync::Arc;
use std::time::Instant;

use super::Action;
use crate::catalog::ServiceId;
use crate::clock::Timestamp;
use crate::corrections::TicketId;
use crate::crypto::{Fingerprint, RandomError, random_bytes};
use crate::hex;
use crate::identifier::{Department, MatterCode, Province};
use crate::license::Sought;
use crate::policy::{Basis, Purpose};
use crate::rulebook::{Caller, Rulebook};
use crate::sensitive::Sensitive;
use crate::upstream::{Channel, Deadline, Errand};
use crate::verifier::Material;

/// The identifier of a request, the same on every gateway that it passes: 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new one.
    pub fn random() -> Result<Self, RandomError> {
        let bytes: [u8; 16] = random_bytes()?;
        Ok(Self(hex::encode(&bytes)))
    }

    /// Parses what another gateway sent.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request that has come in, before it is known what it asks. Holds the snapshot that it is answered under.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its identifier.
    pub id: RequestId,
    /// When it came in.
    pub at: Timestamp,
    /// The same, for measuring.
    pub started: Instant,
    /// The rules that hold for it to the end, whatever is published meanwhile.
    pub rulebook: Arc<Rulebook>,
    /// The client certificate that was shown.
    pub certificate: Option<Fingerprint>,
    /// Who called; `None` for a certificate that nobody is enrolled for.
    pub caller: Option<Caller>,
}

/// What a record says of a request that was refused before it was understood.
#[derive(Clone, Debug)]
pub struct Gist {
    /// The operation that the path names.
    pub target: Option<Target>,
    /// The line of a batch, counted from 1.
    pub line: Option<u64>,
}

/// The operation that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `POST /v1/exchange/{province}/{service}`.
    Exchange {
        /// The province that is asked.
        province: Province,
        /// The service that is asked; known by name only.
        service: ServiceId,
    },
    /// `POST /v1/licenses/verify`, `/v1/seals/verify` and `/v1/signatures/verify`.
    Verify(Sought),
    /// `POST /v1/licenses/verify-batch`.
    VerifyBatch,
    /// `POST /v1/corrections`.
    Report,
    /// `GET /v1/corrections`.
    Reports,
    /// `GET /v1/corrections/{id}`, and `POST` on what stands below it.
    Correction(TicketId, Action),
    /// `GET /v1/decisions/{record}`; the name is whatever the caller wrote.
    Decision(String),
    /// `GET /v1/catalog` and what stands below it.
    Catalog(CatalogPart),
}

/// A part of the catalog that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogPart {
    /// What there is, in numbers.
    Overview,
    /// `departments`.
    Departments,
    /// `license-types`.
    LicenseTypes,
    /// `matters/{code}`; a code of any length, reduced to its base.
    Matter(MatterCode),
    /// `matters`.
    Matters,
    /// `regions`.
    Regions,
    /// `services/{id}`.
    Service(ServiceId),
    /// `services`.
    Services,
}

impl Target {
    /// What metrics, logs and records call the operation.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Exchange { .. } => "query",
            Self::Verify(Sought::File) => "verify",
            Self::Verify(Sought::Seal) => "verify_seal",
            Self::Verify(Sought::Signature) => "verify_signature",
            Self::VerifyBatch => "verify_batch",
            Self::Report => "correct",
            Self::Reports => "corrections",
            Self::Correction(..) => "correction",
            Self::Decision(_) => "decision",
            Self::Catalog(_) => "catalog",
        }
    }
}

/// Something to be judged, and in whose name.
#[derive(Debug)]
pub struct Verification {
    /// What is to be judged.
    pub material: Material,
    /// In whose name, and what for.
    pub mandate: Arc<Mandate>,
    /// The line of a batch, counted from 1. A line waits where a request of its own would be refused for coming too soon.
    pub line: Option<u64>,
}

/// In whose name something is to be judged, and what for.
#[derive(Debug)]
pub struct Mandate {
    /// The department that asks.
    pub department: Department,
    /// What for, as agreements name it.
    pub purpose: Purpose,
    /// The matter that is handled.
    pub matter: Option<MatterCode>,
    /// The number of the case.
    pub case: Option<Sensitive<String>>,
    /// The clerk.
    pub operator: Option<Sensitive<String>>,
    /// Where the case is handled.
    pub channel: Option<Channel>,
    /// The legal basis.
    pub basis: Basis,
}

/// A question for the data of a province.
#[derive(Debug)]
pub struct Inquiry {
    /// The province whose data are asked for.
    pub province: Province,
    /// What is asked, in whose name.
    pub errand: Errand,
    /// Until when the answer is waited for.
    pub deadline: Deadline,
    /// How many answers to earlier questions of the kind the gateway that asks gave again from memory.
    pub reused: u64,
}
