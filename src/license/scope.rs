//! Whether the anchors behind a file's signatures vouch for licenses of its region and type (anchors' scope). Judged last,
//! because only what good signatures cover says which these are.
//!
//! The regions are those of the issuer, by the license's identifier and the issuer's code; where neither is covered, the
//! provinces that the signer speaks for by seal and certificate. One that is covered and cannot be read leaves the region
//! unknown. All that are found must lie inside, or a contradiction would
//! be a way around. A seal alone is of no license type yet; timestamps prove the same everywhere.

use std::collections::BTreeSet;

use super::face::region_of;
use super::{Circumstances, issuer};
use crate::identifier::LicenseIdentifier;
use crate::pki::{AnchorScope, Anchors};
use crate::verdict::{
    Chain, ChainState, Code, EntryList, Format, Judgement, Reason, SignatureJudgement, SignatureKind,
};

/// Holds every chain of `judgement` against the scope of its anchors.
pub(super) fn judge(judgement: &mut Judgement, circumstances: &Circumstances<'_>) {
    let anchors = circumstances.anchors;
    if anchors.entries().all(|entry| entry.scope.is_everything()) {
        return;
    }
    let asked = Asked::of(judgement);
    let mut lost = false;
    for signature in &mut judgement.signatures {
        lost |= asked.hold(signature, anchors);
    }
    let Judgement { entry_list, license, reasons, .. } = judgement;
    if let Some(EntryList { signature, .. }) = entry_list
        && asked.hold(signature, anchors)
        && !reasons.iter().any(|reason| reason.code == Code::EntriesUntrusted)
    {
        reasons.push(Reason::new(Code::EntriesUntrusted, signature.id.as_str()));
    }
    // Which signature vouched for which datum is not kept; the verdict is open in any case.
    if let Some(license) = license.as_mut().filter(|_| lost) {
        license.values.iter_mut().for_each(|value| value.trusted = false);
        license.holders.iter_mut().for_each(|holder| holder.trusted = false);
    }
}

/// What an anchor must vouch for.
struct Asked {
    /// Regions that the license names; those of the signers count if there are none.
    regions: BTreeSet<String>,
    /// Whether the license names a region in a way that cannot be read.
    is_unreadable: bool,
    /// Types that the license names; `None` of a seal alone.
    types: Option<BTreeSet<String>>,
}

impl Asked {
    fn of(judgement: &Judgement) -> Self {
        let (mut regions, mut types) = (BTreeSet::new(), BTreeSet::new());
        let mut is_unreadable = false;
        let values = judgement.license.iter().flat_map(|license| &license.values);
        for value in values.filter(|value| value.covered) {
            let text = value.value.expose().trim();
            match value.element {
                // An empty element names nothing, readable or not.
                Some("identifier" | "issuer_code") if text.is_empty() => {}
                Some("identifier") => match LicenseIdentifier::parse(text) {
                    Ok(identifier) => {
                        let region = region_of(&identifier.issuer);
                        is_unreadable |= region.is_err();
                        regions.extend(region.ok().flatten());
                        types.insert(identifier.type_code.to_string());
                    }
                    Err(_) => is_unreadable = true,
                },
                Some("issuer_code") => {
                    let region = region_of(text);
                    is_unreadable |= region.is_err();
                    regions.extend(region.ok().flatten());
                }
                Some("type_code") => drop(types.insert(text.to_owned())),
                _ => {}
            }
        }
        Self { regions, is_unreadable, types: (judgement.format != Format::SesSeal).then_some(types) }
    }

    /// Takes the trust from chains of `signature` whose anchors do not vouch for this; whether there were any.
    fn hold(&self, signature: &mut SignatureJudgement, anchors: &Anchors) -> bool {
        let provinces = issuer::provinces(signature);
        let by_signer: BTreeSet<String> =
            provinces.iter().map(|province| format!("{province}0000")).collect();
        let regions = if self.regions.is_empty() { &by_signer } else { &self.regions };
        let admits = |scope: &AnchorScope| {
            let in_region = match self.is_unreadable || regions.is_empty() {
                true => scope.admits_region(None),
                false => regions.iter().all(|region| scope.admits_region(Some(region))),
            };
            let of_type = self.types.as_ref().is_none_or(|types| match types.is_empty() {
                true => scope.admits_type(None),
                false => types.iter().all(|code| scope.admits_type(Some(code))),
            });
            in_region && of_type
        };
        let mut reasons = Vec::new();
        let mut hold = |chain: &mut Chain, place: &str| {
            let vouches = |name: &str| anchors.entry_named(name).is_some_and(|entry| admits(&entry.scope));
            let first = chain.anchors.first().cloned().unwrap_or_default();
            if chain.state == ChainState::Trusted && !chain.retain(vouches) {
                reasons.push(Reason::new(Code::ChainAnchorScope, place).quoting(first));
                chain.state = ChainState::NoAnchor;
            }
        };
        if let Some(seal) = &mut signature.seal {
            hold(&mut seal.maker_chain, "seal/maker");
        }
        match (&signature.seal, &self.types) {
            // Of a seal alone the maker is the signer.
            (Some(seal), None) => signature.chain = seal.maker_chain.clone(),
            _ if signature.kind == SignatureKind::Timestamp => {}
            _ => hold(&mut signature.chain, "signer"),
        }
        let lost = !reasons.is_empty();
        signature.reasons.extend(reasons);
        lost
    }
}
