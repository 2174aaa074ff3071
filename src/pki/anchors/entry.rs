//! What officers say of a trust anchor beside its certificate: what it is trusted for, where, from when until when.
//! How that is written is for those who read the files.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::super::profile::Role;
use super::source::RevocationSource;
use crate::clock::{Period, Timestamp};
use crate::identifier::{Region, TypeCode};

/// What an anchor is trusted to vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnchorRole {
    /// Those who make seals (制章者).
    SealMaker,
    /// Those who sign documents (签章者).
    Signer,
    /// Authorities of timestamps (时间戳机构).
    Timestamp,
    /// Systems at the other end of a connection.
    TlsClient,
}

impl AnchorRole {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::SealMaker, Self::Signer, Self::Timestamp, Self::TlsClient];

    /// The name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SealMaker => "seal_maker",
            Self::Signer => "signer",
            Self::Timestamp => "timestamp",
            Self::TlsClient => "tls_client",
        }
    }

    /// The role called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What an anchor must be trusted for to end a path of a leaf that plays `role`; `None` if any trust serves: whoever is
    /// trusted to certify somebody is trusted to say that they no longer do.
    pub const fn demanded_by(role: Role) -> Option<Self> {
        match role {
            Role::SealMaker => Some(Self::SealMaker),
            Role::Signer => Some(Self::Signer),
            Role::Timestamper => Some(Self::Timestamp),
            Role::TlsClient => Some(Self::TlsClient),
            Role::Any | Role::CrlSigner | Role::OcspResponder => None,
        }
    }
}

impl fmt::Display for AnchorRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The licenses, and the regions of clients, that an anchor may vouch for; all where nothing is stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnchorScope {
    regions: Option<BTreeSet<Region>>,
    license_types: Option<BTreeSet<TypeCode>>,
}

impl AnchorScope {
    /// Licenses of these regions and types, each all if `None`. A region stands for all below it, as GB/T 2260 builds its
    /// codes: `440000` for a province, `440100` for a prefecture, `000000` for the bodies of the state.
    pub const fn new(regions: Option<BTreeSet<Region>>, license_types: Option<BTreeSet<TypeCode>>) -> Self {
        Self { regions, license_types }
    }

    /// The regions, if not all.
    pub const fn regions(&self) -> Option<&BTreeSet<Region>> {
        self.regions.as_ref()
    }

    /// The types of licenses, if not all.
    pub const fn license_types(&self) -> Option<&BTreeSet<TypeCode>> {
        self.license_types.as_ref()
    }

    /// Whether it leaves nothing out.
    pub const fn is_everything(&self) -> bool {
        self.regions.is_none() && self.license_types.is_none()
    }

    /// Whether `region`, six digits, lies inside. One that is not known lies in no scope that names regions.
    pub fn admits_region(&self, region: Option<&str>) -> bool {
        let Some(regions) = &self.regions else { return true };
        region.is_some_and(|region| regions.iter().any(|whole| is_within(region, whole.as_str())))
    }

    /// Whether licenses of `type_code` lie inside. One that is not known lies in no scope that names types.
    pub fn admits_type(&self, type_code: Option<&str>) -> bool {
        let Some(types) = &self.license_types else { return true };
        type_code.is_some_and(|code| types.iter().any(|known| known.as_str() == code))
    }
}

fn is_within(region: &str, whole: &str) -> bool {
    match whole {
        // GB/T 2260 gives the state no code; in credit codes its bodies have 100000 (GB 32100-2015 §4.3).
        "000000" => matches!(region, "000000" | "100000"),
        _ => {
            let prefix = whole.strip_suffix("0000").or_else(|| whole.strip_suffix("00")).unwrap_or(whole);
            region.starts_with(prefix)
        }
    }
}

/// What is said of one authority, the same for each of its certificates in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorEntry {
    /// The name: of the file, without its ending.
    pub name: String,
    /// What it is trusted for; at least one.
    pub roles: BTreeSet<AnchorRole>,
    /// Which licenses and whose clients it may vouch for.
    pub scope: AnchorScope,
    /// When it is trusted: by the time at which somebody relies on it, whenever a signature was made.
    pub period: Period,
    /// Who answers for it, for people.
    pub owner: String,
    /// What else there is to say, for people.
    pub notes: String,
    /// How long after their end lists and answers about revocation still serve.
    pub grace: Duration,
    /// Whether a seal maker's certificate out of its dates, when a seal of the layouts of 2014 and 2020 was made, is a note
    /// instead of a doubt.
    pub tolerates_maker_dates: bool,
    /// Where lists and answers about revocation come from.
    pub revocation: Vec<RevocationSource>,
}

impl AnchorEntry {
    /// Trust for everything, everywhere and always: of anchors that are given by hand.
    pub fn given() -> Self {
        Self {
            name: "given".to_owned(),
            roles: AnchorRole::ALL.into(),
            scope: AnchorScope::default(),
            period: Period::default(),
            owner: String::new(),
            notes: String::new(),
            grace: Duration::ZERO,
            tolerates_maker_dates: false,
            revocation: Vec::new(),
        }
    }

    /// Why whoever relies on it at `at` for a leaf that plays `role` may not; nothing if it serves.
    pub fn refuses(&self, role: Role, at: Timestamp) -> Option<Untrusted> {
        let demanded = AnchorRole::demanded_by(role).filter(|demanded| !self.roles.contains(demanded));
        match demanded {
            Some(_) => Some(Untrusted::Role),
            None => (!self.period.contains(at)).then_some(Untrusted::Period),
        }
    }
}

/// Why an anchor does not count although a path leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Untrusted {
    /// It is trusted at another time.
    #[error("is trusted at another time")]
    Period,
    /// It is trusted for something else.
    #[error("is trusted for something else")]
    Role,
    /// It is trusted for other regions.
    #[error("is trusted for other regions")]
    Scope,
}

impl Untrusted {
    /// The stable name on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Period => "path.anchor_period",
            Self::Role => "path.anchor_role",
            Self::Scope => "path.anchor_scope",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_stands_for_all_below_it() {
        let scope = |regions: &[&str]| {
            let regions = regions.iter().map(|region| Region::parse(region).unwrap()).collect();
            AnchorScope::new(Some(regions), None)
        };
        for (regions, region, inside) in [
            (&["440000"][..], Some("440000"), true),
            (&["440000"], Some("440106"), true),
            (&["440000"], Some("430000"), false),
            (&["440100", "430000"], Some("440106"), true),
            (&["440100"], Some("440000"), false),
            (&["440100"], Some("440300"), false),
            (&["000000"], Some("100000"), true),
            (&["000000"], Some("110000"), false),
            (&["440000"], None, false),
            (&[], Some("440000"), false),
        ] {
            assert_eq!(scope(regions).admits_region(region), inside, "{regions:?} {region:?}");
        }
        assert!(AnchorScope::default().admits_region(None) && AnchorScope::default().admits_type(None));
    }

    #[test]
    fn a_type_is_itself_alone() {
        let code = "11100000000013338W001";
        let scope = AnchorScope::new(None, Some([TypeCode::parse(code).unwrap()].into()));
        assert!(scope.admits_type(Some(code)));
        assert!(!scope.admits_type(Some("11100000000013338W002")) && !scope.admits_type(None));
    }
}
