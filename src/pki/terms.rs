//! What is asked of a path: time, role, policies, purposes, host, and what counts of an anchor.

use super::anchors::{AnchorEntry, Anchors, Untrusted};
use super::certificate::Certificate;
use super::policy_graph::PolicyTerms;
use super::profile::Role;
use crate::clock::Timestamp;
use crate::identifier::Region;

/// What is asked of a path.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Where paths may end, and certificates that may help on the way.
    pub anchors: &'a Anchors,
    /// Certificates that came with the leaf.
    pub beside: &'a [Certificate],
    /// What the leaf does.
    pub role: Role,
    /// When it did that: the time at which the path must be valid.
    pub at: Timestamp,
    /// When somebody relies on the path: the time at which anchors must be trusted. The present, unless a past judgement is
    /// to be had again.
    pub relied_at: Timestamp,
    /// Who judges the leaf's own dates.
    pub leaf_dates: LeafDates,
    /// What counts of an anchor's certificate.
    pub anchor_extent: AnchorExtent,
    /// What is asked of policies; nothing if none.
    pub policies: Option<&'a PolicyTerms>,
    /// Purposes of which extended key usage, where stated, must have one; none asked for if empty.
    pub purposes: &'a [String],
    /// The host that the leaf must name.
    pub host: Option<&'a str>,
    /// Regions that the leaf acts for, all of which an anchor's scope must admit. None of a signer: whether a scope admits a
    /// license shows once that is read.
    pub regions: &'a [Region],
}

impl<'a> Terms<'a> {
    /// A path of any policy for a leaf that plays `role` at `at`, relied on at the same time.
    pub const fn new(anchors: &'a Anchors, role: Role, at: Timestamp) -> Self {
        Self {
            anchors,
            beside: &[],
            role,
            at,
            relied_at: at,
            leaf_dates: LeafDates::Count,
            anchor_extent: AnchorExtent::Certificate,
            policies: None,
            purposes: &[],
            host: None,
            regions: &[],
        }
    }

    /// Why a path that ends in an anchor of `entry` does not count; nothing if it does.
    pub fn refusal(&self, entry: &AnchorEntry) -> Option<Untrusted> {
        let admitted = |region: &Region| entry.scope.admits_region(Some(region.as_str()));
        let outside = (!self.regions.iter().all(admitted)).then_some(Untrusted::Scope);
        entry.refuses(self.role, self.relied_at).or(outside)
    }
}

/// Who judges the dates of the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafDates {
    /// They count as those of every certificate do.
    Count,
    /// The caller, because signers and seal makers outside theirs are judged differently.
    LeaveToCaller,
}

/// What counts of a certificate that is a trust anchor.
///
/// RFC 5280 §6.1.1 (d) takes its name and key alone, and validators that do so accept expired roots and ignore what a root
/// was limited to. RFC 5937 lets the limits count; its own policies it does not have to state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorExtent {
    /// Its dates, its being an authority (a certificate of version 1 cannot say), its key usage and path length, name and
    /// policy constraints, and critical extensions.
    Certificate,
    /// Its name and key.
    NameAndKey,
}
