//! What a change of rules would have changed of what is on record: verdicts whose anchors go, or whose missing issuers come,
//! and decisions by agreements that go. It reads ledgers line by line, keeps counts only, and says what records cannot tell.

mod change;
mod effect;
mod exposure;
mod reader;
mod tally;

pub use self::change::{Change, Rules};
pub use self::effect::{Because, Effect};
pub use self::exposure::{Exposed, Exposure};
pub use self::reader::{
    RecordedChain, RecordedDecision, RecordedReliance, RecordedSignature, RecordedVerdict, read,
};
pub use self::tally::{Group, Tally};
