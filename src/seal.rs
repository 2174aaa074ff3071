//! Electronic seals (电子印章) and the signatures made with them: GM/T 0031-2014, GB/T 38540-2020, GM/T 0031-2025.
//! The layout is told by shape, not by the version that a file claims. Documents are none of its business.

mod judge;
mod layout;
mod picture;
mod register;
mod ses_seal;
mod ses_signature;
mod time;

pub use self::judge::{SealJudgement, judge_seal};
pub use self::layout::Layout;
pub use self::register::{SealEvent, SealEventReason, SealRecord, SealRegister};
pub use self::ses_seal::{AllowedSigner, Listed, Seal};
pub use self::ses_signature::SesSignature;
pub use self::time::parse_loose;
use crate::asn1::{Tlv, tag};

/// The token inside `[0] EXPLICIT BIT STRING`, where seals and their signatures have it from 2020 on.
///
/// What has another form is handed on as it stands, for the judge of timestamps to refuse: a bad timestamp
/// must not make a seal unreadable.
fn attached_timestamp<'a>(wrapper: Tlv<'a>) -> &'a [u8] {
    let inside = wrapper.enter().and_then(|mut inside| {
        let token = inside.any()?;
        inside.finish()?;
        Ok(token)
    });
    match inside {
        Ok(token) if token.tag == tag::BIT_STRING => token.bits().unwrap_or(token.value),
        Ok(token) => token.raw,
        Err(_) => wrapper.value,
    }
}
