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
const SUCCEEDED: &str = "rests on an anchor that goes or is narrowed, while another of its name stays";
const REVOCATION: &str = "rests on an anchor that other sources of revocation or less grace are stated for";
const TOLERANCE: &str = "rests on an anchor that no longer tolerates dates of seal makers";
const SUSPENDED: &str = "its seal is suspended";
const RESTORED: &str = "its seal is restored";
const ADDED: &str = "its missing issuer comes as an anchor";
const WIDENED: &str = "leads to an anchor that is widened";
const REVOCATION_WIDENED: &str =
    "leads to an anchor that other sources of revocation or more grace are stated for";
const TOLERATED: &str = "leads to an anchor that now tolerates dates of seal makers";
const UNNAMED: &str = "the record does not name the issuer that is missing";
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
    // The surest counts, once for the whole file.
    let mut count = |effect: Option<(Effect, Because)>| {
        if let Some(effect) = effect
            && found.as_ref().is_none_or(|known| effect.0 < known.0)
        {
            found = Some(effect);
        }
    };
    for signature in &reliance.signatures {
        count(signature.seal.as_deref().and_then(|seal| of_seal(change, seal, genuine)));
        let chains = [
            (&signature.signer, AnchorRole::Signer),
            (&signature.maker, AnchorRole::SealMaker),
            (&signature.timestamp, AnchorRole::Timestamp),
        ];
        for (chain, role) in chains {
            count(chain.as_ref().and_then(|chain| match (genuine, chain.state.as_str()) {
                (true, "trusted") => loses(change, chain, role, reliance),
                (false, "no_anchor") => gains(change, chain, role, reliance),
                (false, "trusted" | "revocation_open") => eases(change, chain, role),
                _ => None,
            }));
        }
    }
    if found.is_none() && reliance.more > 0 { unknown(MORE) } else { found }
}

fn of_seal(change: &Change, seal: &str, genuine: bool) -> Option<(Effect, Because)> {
    let (effect, reason) = match genuine {
        true if change.suspends(seal) => (Effect::Lost, SUSPENDED),
        false if change.restores(seal) => (Effect::MayBeDecided, RESTORED),
        _ => return None,
    };
    Some((effect, Because { reason, anchor: None }))
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
    let (entry, (effect, reason)) = match change.goes(anchor) {
        Some(gone) => (gone.entry.as_ref(), (Effect::Lost, REMOVED)),
        None => {
            let (old, new) = change.altered(anchor)?;
            (old, narrowed(change, old, new, role, reliance)?)
        }
    };
    let (effect, reason) = succeeded(change, anchor, entry, role, reliance, (effect, reason))?;
    // Timestamps prove the same everywhere, and without one the claimed time may still do.
    let (effect, reason) = match (role, reason) {
        (AnchorRole::Timestamp, SCOPE | SCOPE_UNKNOWN) => return None,
        (AnchorRole::Timestamp, _) => (Effect::MayBeLost, STAMP),
        _ => (effect, reason),
    };
    Some((effect, Because { reason, anchor: Some(change.called(anchor)) }))
}

/// What is left of `loss` where other certificates of the anchor's name stay: a root that is issued anew stands beside the old
/// one for years, and a record names the one path that was found.
fn succeeded(
    change: &Change,
    anchor: &str,
    entry: &AnchorEntry,
    role: AnchorRole,
    reliance: &RecordedReliance,
    loss: (Effect, &'static str),
) -> Option<(Effect, &'static str)> {
    let mut left = loss;
    for other in change.namesakes(anchor) {
        if !change.trusted(&other.entry, role) || admits(&other.entry, reliance) == Some(false) {
            continue;
        }
        let same = narrowed(change, entry, &other.entry, role, reliance).is_none();
        if same && change.replaces(anchor, &other.certificate) {
            return None;
        }
        if loss.0 == Effect::Lost {
            left = (Effect::MayBeLost, SUCCEEDED);
        }
    }
    Some(left)
}

/// What a chain to an anchor loses where `new` is said of the anchor instead of `old`.
fn narrowed(
    change: &Change,
    old: &AnchorEntry,
    new: &AnchorEntry,
    role: AnchorRole,
    reliance: &RecordedReliance,
) -> Option<(Effect, &'static str)> {
    if change.trusted(old, role) && !change.trusted(new, role) {
        return Some((Effect::Lost, ROLE));
    }
    match (admits(old, reliance), admits(new, reliance)) {
        // It rested on another anchor.
        (Some(false), _) => return None,
        (_, Some(false)) => return Some((Effect::Lost, SCOPE)),
        (_, None) if old.scope != new.scope => return Some((Effect::MayBeLost, SCOPE_UNKNOWN)),
        _ => {}
    }
    // Whether the lists that are asked for then will be there, and say the same, no record tells.
    if old.revocation != new.revocation || new.grace < old.grace {
        return Some((Effect::MayBeLost, REVOCATION));
    }
    let tolerated = role == AnchorRole::SealMaker && old.tolerates_maker_dates && !new.tolerates_maker_dates;
    tolerated.then_some((Effect::MayBeLost, TOLERANCE))
}

/// What a chain gains that ends in an anchor as it should, and is open for what was asked beside that.
fn eases(change: &Change, chain: &RecordedChain, role: AnchorRole) -> Option<(Effect, Because)> {
    let anchor = chain.anchor.as_deref()?;
    let (old, new) = change.altered(anchor)?;
    let tolerated = role == AnchorRole::SealMaker && new.tolerates_maker_dates && !old.tolerates_maker_dates;
    let reason = match chain.state.as_str() {
        "revocation_open" if old.revocation != new.revocation || new.grace > old.grace => REVOCATION_WIDENED,
        _ if tolerated => TOLERATED,
        _ => return None,
    };
    Some((Effect::MayBeDecided, Because { reason, anchor: Some(change.called(anchor)) }))
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
    let Some(anchor) = chain.anchor.as_deref() else {
        return if chain.missing.is_empty() && change.brings_anchors() { unknown(UNNAMED) } else { None };
    };
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
