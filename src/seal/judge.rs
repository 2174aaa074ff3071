//! Judges a seal by itself: its maker's signature, certificate and path, and when it was made.
//! Whether it may be used for a signature at some time is the signature's business.

use super::layout::Layout;
use super::picture;
use super::ses_seal::Seal;
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::crypto::{Message, SignatureAlgorithm};
use crate::pki::revocation::{self, TimeBasis};
use crate::pki::{self, KnownCertificates, Role, SignatureValue, assess, check_value};
use crate::timestamp::{self, Moment, ProvenTime, Setting, Stamped};
use crate::verdict::{Chain, ChainState, Code, Integrity, Reason, SealStanding, Signer, TimeSource};

/// What was found about a seal.
#[derive(Clone, Debug)]
pub struct SealJudgement {
    /// Whether the maker's signature holds.
    pub integrity: Integrity,
    /// The facts.
    pub seal: crate::verdict::Seal,
    /// When it was made.
    pub made: Moment,
    /// By when it existed, if its own timestamp proves that.
    pub proven: Option<ProvenTime>,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

const PLACE: &str = "seal";
const MAKER: &str = "seal/maker";

/// Judges `seal` in `setting`, whose place is that of the seal's timestamp. By `seen`, if that is given, it is proven to have
/// existed because something that holds it did. Fails only when the budget is used up.
pub fn judge_seal(
    seal: &Seal<'_>,
    setting: &Setting<'_>,
    seen: Option<ProvenTime>,
    budget: &mut Budget,
) -> Result<SealJudgement, Exhausted> {
    let mut reasons = Vec::new();
    let mut facts = crate::verdict::Seal {
        id: seal.id.to_owned(),
        name: seal.name.to_owned(),
        maker: None,
        maker_chain: Chain::unchecked(),
        created: seal.created,
        valid_from: seal.valid_from,
        valid_until: seal.valid_until,
        picture: seal.picture_type.to_owned(),
        standing: SealStanding::unknown(),
        timestamp: None,
    };
    let stated = seal.layout.version();
    if stated.is_some_and(|version| version != seal.version) || (stated.is_none() && seal.version >= 4) {
        reasons.push(Reason::new(Code::SealVersion, PLACE).with(seal.version));
    }
    if !seal.names_signers() {
        reasons.push(Reason::new(Code::SealSignersAbsent, PLACE));
    }
    picture::judge(seal.picture_type, seal.picture, &mut reasons, budget);
    let stamped = Stamped::Bytes(seal.signature);
    let stamps = timestamp::judge(seal.timestamp.as_slice(), stamped, &[], setting, budget)?;
    reasons.extend(stamps.reasons);
    facts.timestamp = stamps.facts;
    let proven = stamps.proven;
    let maker = match KnownCertificates::parse(setting.known, seal.maker) {
        Ok(maker) => maker,
        Err(error) => {
            reasons.push(Reason::new(Code::SealMakerUnreadable, MAKER).with(error));
            let made = Moment::settle(Some(seal.created), proven, &[], setting, &mut reasons);
            let integrity = Integrity::Unchecked;
            return Ok(SealJudgement { integrity, seal: facts, made, proven, reasons });
        }
    };
    facts.maker = Some(Signer::from(&maker));
    let signature = SignatureValue {
        algorithm: SignatureAlgorithm::from_oid(&seal.algorithm),
        named: &seal.algorithm,
        key: maker.key.as_ref().ok(),
        message: Message::Whole(&seal.signed),
        value: seal.signature,
        place: PLACE,
        broken: Code::SealBroken,
        lasting: true,
    };
    let integrity = check_value(&signature, &mut reasons, budget)?;
    let made = Moment::settle(Some(seal.created), proven, &[maker.validity()], setting, &mut reasons);
    let when = made.at.unwrap_or(seal.created);
    if setting.at > seal.valid_until {
        reasons.push(Reason::new(Code::SealExpiredNow, PLACE).at(seal.valid_until));
    }
    let outside = (!maker.valid_at(when)).then_some(when);
    // Authorities are looked at inside the maker's validity, so that a maker younger than its seal is one
    // finding and not two.
    let inside = |at: Timestamp| at.clamp(maker.not_before, maker.not_after.max(maker.not_before));
    let proof = if made.source == TimeSource::Timestamp { TimeBasis::Shown } else { TimeBasis::Claimed };
    let path = pki::Setting {
        beside: &[],
        anchors: setting.anchors,
        revocation: setting.revocation,
        role: Role::SealMaker,
        moment: Some(revocation::Moment { at: inside(when), proof }),
        present: setting.at,
        place: MAKER,
    };
    let (mut chain, mut found) = assess(&maker, &path, budget)?;
    if let (ChainState::RevocationOpen, Some(seen)) = (chain.state, seen) {
        // Who took the maker's key later can claim any time for a new seal, and not for one that was seen before.
        let moment = revocation::Moment { at: inside(seen.at()), proof: TimeBasis::Shown };
        let again = assess(&maker, &pki::Setting { moment: Some(moment), ..path }, budget)?;
        if again.0.state == ChainState::Trusted {
            (chain, found) = again;
        }
    }
    if let Some(when) = outside {
        // Which of several anchors vouches for the license shows later: one that may not has nothing to tolerate.
        let tolerates = |name: &String| {
            setting.anchors.entry_named(name).is_some_and(|entry| entry.tolerates_maker_dates)
        };
        let tolerated = !chain.anchors.is_empty() && chain.anchors.iter().all(tolerates);
        let code = match seal.layout {
            Layout::Gmt2025 => Code::ChainMakerOutOfDate,
            Layout::Gmt2014 | Layout::Gbt2020 if tolerated => Code::SealMakerDatesTolerated,
            Layout::Gmt2014 | Layout::Gbt2020 => Code::SealMakerOutOfDate,
        };
        reasons.push(Reason::new(code, MAKER).outside(when, maker.validity()));
    }
    facts.maker_chain = chain;
    reasons.extend(found);
    Ok(SealJudgement { integrity, seal: facts, made, proven, reasons })
}
