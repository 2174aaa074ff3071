//! Every way in which a request can be refused, one variant each, with its stable code.
//! What a code means in HTTP, and how to mend it, stands in `edge/refusal.rs`.

use super::evidence::Unproven;
use crate::catalog::ServiceId;
use crate::identifier::{MatterCode, Province};
use crate::policy::Denial;
use crate::quota::{self, OverQuota};
use crate::rulebook::Distrust;
use crate::{corrections, upstream, verifier};

/// Why a request was refused. `Display` is the detail that the caller is told; it holds no personal data.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The client certificate is enrolled for no system and no gateway.
    #[error("the client certificate is enrolled for no system and no gateway")]
    Unidentified,
    /// The client certificate was trusted when the connection began, or the session before it, and is not any more.
    #[error("{0}")]
    Distrusted(Distrust),
    /// The caller has several departments and named none.
    #[error("the caller may speak for several departments and named none")]
    DepartmentMissing,
    /// The caller may not speak for the department.
    #[error("the caller may not speak for department `{0}`")]
    NotYourDepartment(String),
    /// There is no such operation.
    #[error("there is no such operation")]
    NoSuchOperation,
    /// The operation exists with another method.
    #[error("the operation takes `{allowed}` only")]
    WrongMethod {
        /// The method it takes.
        allowed: &'static str,
    },
    /// The body is not of the media type that the operation takes.
    #[error("the operation takes `{expected}` only")]
    WrongMediaType {
        /// The media type it takes.
        expected: &'static str,
    },
    /// The body is compressed, or encoded otherwise (RFC 9110 §8.4).
    #[error("the operation takes bodies without `Content-Encoding` only")]
    Encoded,
    /// The body is larger than the limit.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A line of the body is longer than the limit.
    #[error("the line is longer than {limit} bytes")]
    LineTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body has more lines than the limit.
    #[error("the body has more than {limit} lines")]
    TooManyLines {
        /// The limit.
        limit: u32,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The connection broke before the body was whole.
    #[error("the body is not whole")]
    CutOff,
    /// The body is not JSON.
    #[error("the body is not JSON: line {line}, column {column}")]
    InvalidJson {
        /// Where reading failed, counted from 1.
        line: usize,
        /// Where reading failed, counted from 1.
        column: usize,
    },
    /// A part of the request is missing or not as described.
    #[error("`{place}`: {problem}")]
    Malformed {
        /// The member, header or parameter.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such province.
    #[error("there is no such province")]
    UnknownProvince,
    /// The catalog has no such service.
    #[error("the catalog has no such service")]
    UnknownService,
    /// The catalog has no such matter.
    #[error("the catalog has no such matter")]
    UnknownMatter,
    /// The matter does not list the service.
    #[error("matter `{matter}` does not list service `{service}`")]
    MatterNotCovered {
        /// The matter, as the catalog has it.
        matter: MatterCode,
        /// The service.
        service: ServiceId,
    },
    /// The report is not taken or not changed.
    #[error("{0}")]
    Correction(corrections::Error),
    /// The department neither made the report nor provides the data.
    #[error("the department may not close the report so")]
    NotProvider,
    /// No denial of that name is known that the caller was given.
    #[error("no denial of that name is known that was given to this caller")]
    UnknownDecision,
    /// The catalog has no entry of that name.
    #[error("the catalog has no such entry")]
    UnknownEntry,
    /// This gateway knows no gateway of the province.
    #[error("no gateway of province `{0}` is known here")]
    NoRoute(Province),
    /// No provider system answers for the service here.
    #[error("no provider system answers for this service here")]
    NoProvider,
    /// A gateway asked for a province that this one does not stand for.
    #[error("this gateway stands for province `{0}` and passes nothing on for other gateways")]
    NoTransit(Province),
    /// No agreement permits it, or a red line forbids it.
    #[error("{0}")]
    Denied(Denial),
    /// A license that came with the request does not show what it is to show.
    #[error("{0}")]
    Evidence(Unproven),
    /// A quota is used up.
    #[error("{0}")]
    OverQuota(OverQuota),
    /// A quota cannot be counted.
    #[error("the request cannot be counted against its quota of the day")]
    Uncounted,
    /// There is no answer from where it should come from.
    #[error("{0}")]
    Upstream(upstream::Error),
    /// The file could not be judged now.
    #[error("{0}")]
    Verifier(verifier::Error),
    /// The gateway is being stopped.
    #[error("the gateway is being stopped and reads no further")]
    Draining,
    /// All memory for bodies is in use, or all that the caller may use of it.
    #[error("too many large requests are open")]
    NoRoom,
}

impl Refusal {
    /// The stable code: part of the interface, in answers, records and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unidentified => "caller.unidentified",
            Self::Distrusted(distrust) => distrust.code(),
            Self::DepartmentMissing => "caller.department_missing",
            Self::NotYourDepartment(_) => "caller.department_not_allowed",
            Self::NoSuchOperation => "request.unknown_operation",
            Self::WrongMethod { .. } => "request.wrong_method",
            Self::WrongMediaType { .. } => "request.wrong_media_type",
            Self::Encoded => "request.encoded",
            Self::TooLarge { .. } => "request.too_large",
            Self::LineTooLong { .. } => "request.line_too_long",
            Self::TooManyLines { .. } => "request.too_many_lines",
            Self::TooSlow => "request.too_slow",
            Self::CutOff => "request.cut_off",
            Self::InvalidJson { .. } => "request.invalid_json",
            Self::Malformed { .. } => "request.malformed",
            Self::UnknownProvince => "request.unknown_province",
            Self::UnknownService => "request.unknown_service",
            Self::UnknownMatter => "matter.unknown",
            Self::MatterNotCovered { .. } => "matter.not_covered",
            Self::Correction(corrections::Error::Closed) => "correction.closed",
            Self::Correction(corrections::Error::TooMany { .. }) => "correction.too_many",
            Self::Correction(corrections::Error::Unknown) => "correction.unknown",
            Self::Correction(_) => "correction.unavailable",
            Self::NotProvider => "correction.not_allowed",
            Self::UnknownDecision => "decision.unknown",
            Self::UnknownEntry => "catalog.unknown_entry",
            Self::NoRoute(_) => "exchange.no_route",
            Self::NoProvider => "exchange.no_provider",
            Self::NoTransit(_) => "exchange.no_transit",
            Self::Denied(_) => "policy.denied",
            Self::Evidence(_) => "evidence.not_shown",
            Self::OverQuota(_) => "quota.exceeded",
            Self::Uncounted => "quota.unavailable",
            Self::Upstream(error) => error.code(),
            Self::Verifier(verifier::Error::Busy) => "verifier.busy",
            Self::Verifier(verifier::Error::CutShort) => "verifier.cut_short",
            Self::Draining => "gateway.draining",
            Self::NoRoom => "gateway.no_room",
        }
    }

    /// A part of the request that is missing or not as described.
    pub fn malformed(place: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self::Malformed { place: place.into(), problem: problem.to_string() }
    }
}

impl From<quota::Refused> for Refusal {
    fn from(refused: quota::Refused) -> Self {
        match refused {
            quota::Refused::Over(over) => Self::OverQuota(over),
            quota::Refused::Uncounted => Self::Uncounted,
        }
    }
}
