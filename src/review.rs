//! What sharing agreements amount to, for officers who look at them before they approve: faults, overlaps, who sees what,
//! expected decisions, and what a change changes. Every decision is one of [`crate::policy::Agreements::decide`], held to the matter
//! as a gateway holds it.

mod asking;
mod case;
mod change;
mod check;
mod explanation;
mod finding;
mod overlap;
mod ruling;
mod sight;
mod survey;
mod trial;
mod view;

pub use self::asking::{Asking, Members, operation, read};
pub use self::case::{Case, CaseFile, Expected, Failure};
pub use self::change::{Change, Difference, Move, TermChange, difference};
pub use self::check::check;
pub use self::explanation::{Explanation, Mend, explain};
pub use self::finding::{Finding, FindingCode, Severity};
pub use self::ruling::{MatterFault, RefusalCode, Refused, matter_fault, ruling};
pub use self::sight::{Sight, Wanted, sights};
pub use self::survey::{Cell, Grant, Key, Provinces, Survey};
pub use self::view::{View, released};
