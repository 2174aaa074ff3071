//! One report that data are wrong (校核): what it is about, by whom, and how it stands. It holds no number, no name and no
//! value: who is meant is a keyed pseudonym, what was written is a keyed digest.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::ServiceId;
use crate::clock::Timestamp;
use crate::crypto::{RandomError, random_bytes};
use crate::hex;
use crate::identifier::{Department, Province};

/// The name of a report: the province that settles it, and 32 hexadecimal digits, such as `43-0123…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(String);

impl TicketId {
    /// A new one for `province`.
    pub fn random(province: Province) -> Result<Self, RandomError> {
        let bytes: [u8; 16] = random_bytes()?;
        Ok(Self(format!("{province}-{}", hex::encode(&bytes))))
    }

    /// Parses the written form; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (province, digits) = text.split_once('-')?;
        Province::parse(province).ok()?;
        let plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (digits.len() == 32 && digits.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Complaint {
    /// There is more than one record.
    Duplicate,
    /// A record is missing.
    Missing,
    /// They were right once.
    Outdated,
    /// They are another person's.
    WrongPerson,
    /// They are wrong.
    WrongValue,
}

impl Complaint {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Duplicate, Self::Missing, Self::Outdated, Self::WrongPerson, Self::WrongValue];

    /// The name in requests and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Missing => "missing",
            Self::Outdated => "outdated",
            Self::WrongPerson => "wrong_person",
            Self::WrongValue => "wrong_value",
        }
    }
}

/// How a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being looked into.
    Open,
    /// The data are right as they are.
    Rejected,
    /// The data were mended.
    Resolved,
    /// Whoever reported it took it back.
    Withdrawn,
}

impl State {
    /// The name in answers and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Rejected => "rejected",
            Self::Resolved => "resolved",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state with that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Rejected, Self::Resolved, Self::Withdrawn]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// The data that a report is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concerned {
    /// The province whose data they are.
    pub province: Province,
    /// The service that gives them.
    pub service: ServiceId,
    /// The keyed pseudonym of whoever they are about.
    pub subject: String,
}

/// A report as it comes in.
#[derive(Clone, Debug)]
pub struct Report {
    /// The data.
    pub concerned: Concerned,
    /// The department that reports.
    pub department: Department,
    /// The fields that are wrong.
    pub fields: Vec<String>,
    /// What is wrong with them.
    pub complaint: Complaint,
}

/// A report on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its name.
    pub id: TicketId,
    /// The data.
    pub concerned: Concerned,
    /// The department that reported.
    pub department: Department,
    /// The fields that are wrong.
    pub fields: Vec<String>,
    /// What is wrong with them.
    pub complaint: Complaint,
    /// When it came.
    pub opened: Timestamp,
    /// The last day on which it is to be settled, `YYYY-MM-DD` in China.
    pub due: String,
    /// How it stands; of another province's, how it stood when that was last heard.
    pub state: State,
    /// When it was closed.
    pub closed: Option<Timestamp>,
}

impl Ticket {
    /// Whether it should have been settled before the day of `now`.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == State::Open && now.china_date() > self.due
    }
}
