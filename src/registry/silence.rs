//! Why a registry said nothing, in words that stand in reports. It says nothing about the license.

/// Why a registry said nothing. None of these says anything about the license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// No registry is known for the license's issuer.
    #[error("no registry is known for the license's issuer")]
    NoRegistry,
    /// No agreement lets the department ask, here or there.
    #[error("the department may not ask the registry")]
    NotPermitted,
    /// The department has asked as often as it may, here or there.
    #[error("the department has asked the registry as often as it may")]
    OverQuota,
    /// The question was not taken as it was put, there or here.
    #[error("the registry's gateway refused the question")]
    Refused,
    /// The registry cannot be reached, or failed.
    #[error("the registry cannot be reached")]
    Unreachable,
    /// The registry did not answer in time.
    #[error("the registry did not answer in time")]
    Late,
    /// The answer is not what was agreed, or not about this license.
    #[error("the registry's answer cannot be used")]
    BadAnswer,
    /// The answer is older than answers may be.
    #[error("the registry's answer is too old")]
    Stale,
}

impl Silence {
    /// Whether the registry was there to be asked, so that an answer is missing that should have come. Where there is none
    /// to ask, or no right to, the face is all that a counter can go by, and the license is none the worse for it.
    pub const fn leaves_open(self) -> bool {
        !matches!(self, Self::NoRegistry | Self::NotPermitted)
    }
}
