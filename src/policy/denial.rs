//! Why a department may not: a stable code, the policies that decided, and what was missing.

use std::fmt;

/// The reason of a denial. Codes are part of the interface: they are added, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DenialCode {
    /// The agreement needs an authorization that the request does not bring.
    AuthorizationMissing,
    /// An agreement is there, but its conditions on the request are not met.
    ConditionsNotMet,
    /// A policy could not be evaluated, which never permits.
    EvaluationFailed,
    /// The agreement is no longer in force.
    Expired,
    /// No agreement lets this department ask this service.
    NoAgreement,
    /// The agreement is not yet in force.
    NotYetInForce,
    /// Agreements are there, but for other purposes.
    PurposeNotAgreed,
    /// A red line forbids it whatever the agreements say.
    RedLine,
    /// A security officer suspended the department, the agreement, or the gateway of the other province.
    Suspended,
    /// The department is not in the catalog.
    UnknownDepartment,
    /// The service is not in the catalog.
    UnknownService,
}

impl DenialCode {
    /// All codes.
    pub const ALL: [Self; 11] = [
        Self::AuthorizationMissing,
        Self::ConditionsNotMet,
        Self::EvaluationFailed,
        Self::Expired,
        Self::NoAgreement,
        Self::NotYetInForce,
        Self::PurposeNotAgreed,
        Self::RedLine,
        Self::Suspended,
        Self::UnknownDepartment,
        Self::UnknownService,
    ];

    /// The code in answers and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationMissing => "authorization_missing",
            Self::ConditionsNotMet => "conditions_not_met",
            Self::EvaluationFailed => "evaluation_failed",
            Self::Expired => "expired",
            Self::NoAgreement => "no_agreement",
            Self::NotYetInForce => "not_yet_in_force",
            Self::PurposeNotAgreed => "purpose_not_agreed",
            Self::RedLine => "red_line",
            Self::Suspended => "suspended",
            Self::UnknownDepartment => "unknown_department",
            Self::UnknownService => "unknown_service",
        }
    }

    /// The reason for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::AuthorizationMissing => {
                "the agreement needs an authorization that the request does not bring"
            }
            Self::ConditionsNotMet => "the conditions of the agreement are not met",
            Self::EvaluationFailed => "a policy could not be evaluated",
            Self::Expired => "the agreement is no longer in force",
            Self::NoAgreement => "no agreement lets this department ask this service",
            Self::NotYetInForce => "the agreement is not yet in force",
            Self::PurposeNotAgreed => "the agreements with this department are for other purposes",
            Self::RedLine => "a red line forbids it",
            Self::Suspended => {
                "a security officer suspended the department, the agreement or the other province's gateway"
            }
            Self::UnknownDepartment => "the department is not in the catalog",
            Self::UnknownService => "the service is not in the catalog",
        }
    }
}

impl fmt::Display for DenialCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A denial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", code.text())]
pub struct Denial {
    /// The reason.
    pub code: DenialCode,
    /// The agreements and red lines that decided, by name; empty where there were none to ask.
    pub policies: Vec<String>,
    /// What would have to be there for another answer, such as `purpose` or `authorisation:subject`.
    pub missing: Vec<String>,
}

impl Denial {
    /// What to do about one that is `missing`.
    pub fn mend(missing: &str) -> &'static str {
        match missing {
            "agreement" => "have the two provinces make an agreement for this department and service",
            "agreement_in_force" => "ask while the agreement is in force, or have the officers renew it",
            "authorisation:enterprise" => {
                "obtain the enterprise's authorization, and say so in `context.basis`"
            }
            "authorisation:guardian" => "obtain the guardian's authorization, and say so in `context.basis`",
            "authorisation:subject" => "obtain the person's authorization, and say so in `context.basis`",
            "basis" => "name the basis that the policy demands in `context.basis`",
            "case" => "name the case in `context.case`",
            "department" => "have the officers enter the department in the catalog",
            "guardian" => "send a license that shows the guardian to be one, such as the birth certificate",
            "hour" | "time" => "ask at a time that the agreement allows",
            "matter" => "name the matter that the agreement is for in `context.matter`",
            "operator" => "name the clerk in `context.operator`",
            "party" => "ask through the gateway of the department's own province",
            "purpose" => "name a purpose for which there is an agreement, or have one made for this purpose",
            "service" => "name a service that GET /v1/catalog/services lists",
            evidence if evidence.starts_with("evidence:") => {
                "send a license of this type that shows the relation, genuine and usable for the purpose"
            }
            _ => "see the policy; its conditions are not met",
        }
    }

    pub(super) fn new(code: DenialCode) -> Self {
        Self { code, policies: Vec::new(), missing: Vec::new() }
    }

    #[must_use]
    pub(super) fn by(mut self, policy: impl fmt::Display) -> Self {
        self.policies.push(policy.to_string());
        self
    }

    #[must_use]
    pub(super) fn missing(mut self, what: impl fmt::Display) -> Self {
        self.missing.push(what.to_string());
        self
    }
}
