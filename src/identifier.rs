//! Identifiers that people and offices carry, parsed with their check characters.
//! Parsing is strict; a judge that meets a doubtful identifier on an old license reports it instead of using it.

mod check;
mod citizen;
mod credit_code;
mod department;
mod holder;
mod license;
mod matter;
mod organization_code;
mod region;
mod subject;

pub use self::citizen::CitizenNumber;
pub use self::credit_code::CreditCode;
pub use self::department::{Department, System};
pub use self::holder::{HolderCode, HolderType};
pub use self::license::{LicenseIdentifier, TypeCode};
pub use self::matter::MatterCode;
pub use self::organization_code::OrganizationCode;
pub use self::region::{PROVINCES, Province, Region};
pub use self::subject::SubjectNumber;

/// What is wrong with an identifier. The identifier itself is never repeated: it may be personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A character stands where its kind is not allowed.
    #[error("a character stands where it is not allowed")]
    Alphabet,
    /// The check character does not fit the rest.
    #[error("the check character does not fit")]
    Check,
    /// The embedded date does not exist.
    #[error("the date inside does not exist")]
    Date,
    /// The identifier is longer or shorter than its standard says.
    #[error("the length is wrong")]
    Length,
    /// The parts are not those of the standard.
    #[error("the parts are not those of the standard")]
    Parts,
    /// No such province.
    #[error("no such province")]
    Province,
}
