//! Electronic seals (电子印章) and the signatures made with them: GM/T 0031-2014, GB/T 38540-2020, GM/T 0031-2025.
//! The layout is told by shape, not by the version that a file claims. Documents are none of its business.

mod judge;
mod layout;
mod ses_seal;
mod ses_signature;
mod time;

pub use self::judge::{SealJudgement, judge_seal};
pub use self::layout::Layout;
pub use self::ses_seal::{AllowedSigner, Seal};
pub use self::ses_signature::SesSignature;
pub use self::time::parse_loose;
