//! Sharing agreements (共享协议): whether a department may ask for something, and under which terms.
//! It decides only; limits are kept by `quota`, fields are cut by `disclosure`, and time is an argument.

mod agreement;
mod agreements;
mod annotation;
mod body;
mod bounds;
mod compile;
mod condition;
mod consider;
mod demand;
mod denial;
mod directory;
mod evidence;
mod index;
mod lexis;
mod mask;
mod mention;
mod permit;
mod question;
mod reach;
mod red_lines;
mod release;
mod scope;
mod shared;
mod terms;
#[cfg(test)]
pub(crate) mod tests;
mod token;
mod vocabulary;

pub use self::agreement::{Agreement, AgreementId};
pub use self::agreements::Agreements;
pub use self::consider::{Candidate, Consideration, LineState};
pub use self::denial::{Denial, DenialCode};
pub use self::evidence::{Age, Claim};
pub use self::mask::{Mask, Masked, Scalar};
pub use self::mention::Mentions;
pub use self::permit::Permit;
pub use self::question::{Authorizer, Basis, Operation, Purpose, Question};
pub use self::reach::Reach;
pub use self::release::{Node, Release, Rule};
pub use self::terms::{LegalBasis, Rate, Terms};
pub use self::vocabulary::PARTS;
