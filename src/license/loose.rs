//! Judges seals and signatures that come as files of their own, without the document that they belong to.

use super::Circumstances;
use super::standing::{self, Use};
use super::value::{Subject, blank, judge as judge_value};
use crate::budget::{Budget, Exhausted, Resource, within};
use crate::seal::{Seal, judge_seal as judge_parsed};
use crate::verdict::{
    Code, Copy, Format, Integrity, Judgement, Reason, SignatureJudgement, SignatureKind, Status,
};

/// Judges `file`, which has `format` by its shape, as a seal.
pub(super) fn judge_seal(
    file: &[u8],
    format: Format,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<Judgement, Exhausted> {
    Ok(alone(format, seal(file, circumstances, budget)?))
}

/// Judges `file`, which has `format` by its shape, as a signature.
pub(super) fn judge_signature(
    file: &[u8],
    format: Format,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<Judgement, Exhausted> {
    let subject = Subject { content: circumstances.content, ..Subject::default() };
    Ok(alone(format, judge_value(file, &subject, circumstances, budget)?))
}

/// The judgement of a file that is one `signature`.
fn alone(format: Format, mut signature: SignatureJudgement) -> Judgement {
    signature.id = "1".to_owned();
    Judgement {
        format,
        reasons: Vec::new(),
        signatures: vec![signature],
        entry_list: None,
        license: None,
        status: Status::unknown(),
        copy: Copy::unknown(),
    }
}

/// A seal alone: its maker is the signer. One that is not yet valid is refused; one that has expired says so, since it
/// may have been valid when it was used.
fn seal(
    file: &[u8],
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    within(file.len() as u64, budget.limits().signature_bytes, Resource::SignatureBytes)?;
    let seal = match Seal::parse(file, budget.limits().asn1_depth) {
        Ok(seal) => seal,
        Err(error) => {
            let reason = Reason::new(Code::SealUnreadable, "seal").with(error);
            return Ok(blank(SignatureKind::Unknown, Integrity::Unchecked, reason));
        }
    };
    let judged = judge_parsed(&seal, &circumstances.timestamps("seal/timestamp"), None, budget)?;
    let mut reasons = judged.reasons;
    if circumstances.at < seal.valid_from {
        reasons.push(Reason::new(Code::SealNotInForce, "seal").at(seal.valid_from));
    }
    let mut judgement = blank(seal.layout.kind(), judged.integrity, Reason::new(Code::SealUnreadable, ""));
    judgement.reasons = reasons;
    judgement.signer = judged.seal.maker.clone();
    judgement.chain = judged.seal.maker_chain.clone();
    judgement.signed_at = judged.made.at;
    judgement.time_source = judged.made.source;
    judgement.timestamp = judged.seal.timestamp.clone();
    judgement.seal = Some(judged.seal);
    standing::judge(&mut judgement, Use::now(circumstances), circumstances);
    Ok(judgement)
}
