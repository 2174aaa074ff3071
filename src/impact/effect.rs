//! What a change would do to one recorded verdict, and why.

use serde::Serialize;

use super::Change;
use super::reader::{RecordedChain, RecordedReliance, RecordedVerdict};
use crate::pki::{AnchorEntry, AnchorRole};

/// What would become of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A genuine one would be undetermined.
    Lost,
    /// A genuine one may be undetermined: it rests on the change in a way that records do not settle.
    MayBeLost,
    /// An undetermined one could be decided.
    MayBeDecided,
    /// It cannot be told: the record says nothing, or not enough, of the chains.
    Unknown,
}

impl Effect {
    /// The change in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "genuine → undetermined",
            Self::MayBeLost => "genuine → perhaps undetermined",
            Self::MayBeDecided => "undetermined → may be decided",
            Self::Unknown => "cannot be told",
        }
    }
}

/// Why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Because {
    /// The reason, in words that end where the anchor's name follows.
    pub reason: &'static str,
    /// What the anchor is called.
    pub anchor: Option<String>,
}

const REMOVED: &str = "rests on an anchor that goes";
const ROLE: &str = "rests on an anchor no longer trusted for that role or time";
const SCOPE: &str = "lies outside the new scope of its anchor";
const SCOPE_UNKNOWN: &str = "may lie outside the new scope of its anchor: region or type are not on record";
const STAMP: &str = "its time is proven under an anchor that goes or is narrowed";
const ADDED: &str = "its missing issuer comes as an anchor";
const WIDENED: &str = "leads to an anchor that is widened";
const NO_CHAINS: &str = "the record is older than records of chains";
const MORE: &str = "more signatures than a record tells of";

/// What `change` would do to `verdict`, and why; nothing if it rests on nothing that changes.
pub(super) fn of(change: &Change, verdict: &RecordedVerdict) -> Option<(Effect, Because)> {
    let genuine = match verdict.outcome.as_deref() {
        Some("genuine") => true,
        Some("undetermined") => false,
        // Shown to be worthless, whatever is trusted.
        _ => return None,
    };
    let Some(reliance) = &verdict.relies_on else { return unknown(NO_CHAINS) };
    let mut found: Option<(Effect, Because)> = None;
    for signature in &reliance.signatures {
        let chains = [
            (&signature.signer, AnchorRole::Signer),
            (&signature.maker, AnchorRole::SealMaker),
            (&signature.timestamp, AnchorRole::Timestamp),
        ];
        for (chain, role) in chains {
            let effect = chain.as_ref().and_then(|chain| match (genuine, chain.state.as_str()) {
                (true, "trusted") => loses(change, chain, role, reliance),
                (false, "no_anchor") => gains(change, chain, role, reliance),
                _ => None,
            });
            // The surest counts, once for the whole file.
            if let Some(effect) = effect
                && found.as_ref().is_none_or(|known| effect.0 < known.0)
            {
                found = Some(effect);
            }
        }
    }
    if found.is_none() && reliance.more > 0 { unknown(MORE) } else { found }
}

fn unknown(reason: &'static str) -> Option<(Effect, Because)> {
    Some((Effect::Unknown, Because { reason, anchor: None }))
}

fn loses(
    change: &Change,
    chain: &RecordedChain,
    role: AnchorRole,
    reliance: &RecordedReliance,
) -> Option<(Effect, Because)> {
    let anchor = chain.anchor.as_deref()?;
    let (effect, reason) = if change.goes(anchor) {
        (Effect::Lost, REMOVED)
    } else {
        let (old, new) = change.altered(anchor)?;
        if change.trusted(old, role) && !change.trusted(new, role) {
            (Effect::Lost, ROLE)
        } else {
            match (admits(old, reliance), admits(new, reliance)) {
                (_, Some(true)) | (Some(false), _) => return None,
                (_, Some(false)) => (Effect::Lost, SCOPE),
                (_, None) => (Effect::MayBeLost, SCOPE_UNKNOWN),
            }
        }
    };
    // Timestamps prove the same everywhere, and without one the claimed time may still do.
    let (effect, reason) = match (role, reason) {
        (AnchorRole::Timestamp, SCOPE | SCOPE_UNKNOWN) => return None,
        (AnchorRole::Timestamp, _) => (Effect::MayBeLost, STAMP),
        _ => (effect, reason),
    };
    Some((effect, Because { reason, anchor: Some(change.called(anchor)) }))
}

fn gains(
    change: &Change,
    chain: &RecordedChain,
    role: AnchorRole,
    reliance: &RecordedReliance,
) -> Option<(Effect, Because)> {
    if let Some(name) = change.comes(&chain.missing) {
        return Some((Effect::MayBeDecided, Because { reason: ADDED, anchor: Some(name.to_owned()) }));
    }
    let anchor = chain.anchor.as_deref()?;
    let (old, new) = change.altered(anchor)?;
    let serves = |entry: &AnchorEntry| change.trusted(entry, role) && admits(entry, reliance) != Some(false);
    let widened = serves(new) && (!serves(old) || admits(old, reliance).is_none());
    widened.then(|| (Effect::MayBeDecided, Because { reason: WIDENED, anchor: Some(change.called(anchor)) }))
}

/// Whether the scope of `entry` admits the license; `None` if it names what is not on record.
fn admits(entry: &AnchorEntry, reliance: &RecordedReliance) -> Option<bool> {
    let (region, code) = (reliance.region.as_deref(), reliance.license_type.as_deref());
    let in_region = if entry.scope.regions().is_none() {
        Some(true)
    } else {
        region.map(|_| entry.scope.admits_region(region))
    };
    let of_type = if entry.scope.license_types().is_none() {
        Some(true)
    } else {
        code.map(|_| entry.scope.admits_type(code))
    };
    match (in_region, of_type) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}
