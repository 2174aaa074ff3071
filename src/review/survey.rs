//! Everything that agreements permit at one time: department by department, service by service, purpose by purpose.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Asking;
use super::trial::Ground;
use crate::catalog::{Catalog, Office, Service, ServiceId};
use crate::clock::Timestamp;
use crate::identifier::{Department, Province};
use crate::policy::{
    Age, Agreements, Authorizer, Denial, DenialCode, Mentions, Operation, Permit, Purpose, Reach,
};

/// Agreements and their catalog, at one time.
pub struct Survey<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) agreements: &'a Agreements,
    pub(super) at: Timestamp,
    pub(super) reaches: Vec<Reach<'a>>,
    pub(super) mentions: Vec<Mentions>,
    red_lines: Mentions,
}

/// A department, a service (`None` for the verification of licenses) and a purpose.
pub type Key = (Department, Option<ServiceId>, Purpose);

/// What a department may have of a service for a purpose.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The department.
    pub office: Office,
    /// The service, `None` for the verification of licenses.
    pub service: Option<Arc<Service>>,
    /// The purpose.
    pub purpose: Purpose,
    /// The provinces whose data it is about.
    pub provinces: Provinces,
    /// What is permitted, each agreement with the weakest request that it permits.
    pub grants: Vec<Grant>,
    /// The weakest request about somebody under fourteen that is permitted.
    pub minor: Option<Asking>,
    /// Where nothing is permitted, how the request that came farthest was refused.
    pub refusal: Option<Denial>,
}

/// An agreement that permits.
#[derive(Clone, Debug)]
pub struct Grant {
    /// What it permits.
    pub permit: Permit,
    /// The weakest request that it permits.
    pub asking: Asking,
}

/// Provinces for which the same holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provinces {
    /// All of the catalog.
    All,
    /// All but these.
    AllBut(Vec<Province>),
    /// These.
    Only(Vec<Province>),
    /// It is not about data of a province.
    None,
}

impl Provinces {
    /// `of` out of those of `catalog`.
    pub(super) fn of(mut of: Vec<Province>, catalog: &Catalog) -> Self {
        of.sort();
        let others: Vec<Province> =
            catalog.provinces().map(|entry| entry.code).filter(|code| !of.contains(code)).collect();
        match (others.len(), of.len()) {
            (0, _) => Self::All,
            (left, taken) if left < taken => Self::AllBut(others),
            _ => Self::Only(of),
        }
    }
}

impl Provinces {
    /// Whether `province` is among them; without one, whether there is anything to ask.
    pub(super) fn have(&self, province: Option<Province>) -> bool {
        match (self, province) {
            (_, None) | (Self::All, Some(_)) => true,
            (Self::AllBut(list), Some(one)) => !list.contains(&one),
            (Self::Only(list), Some(one)) => list.contains(&one),
            (Self::None, Some(_)) => false,
        }
    }
}

/// `*`, `* but 43`, `43 44`, or nothing.
impl fmt::Display for Provinces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |list: &[Province]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        match self {
            Self::All => f.write_str("*"),
            Self::AllBut(list) => write!(f, "* but {}", join(list)),
            Self::Only(list) => f.write_str(&join(list)),
            Self::None => Ok(()),
        }
    }
}

impl<'a> Survey<'a> {
    /// Of `agreements` over `catalog`, at `at`.
    pub fn new(catalog: &'a Catalog, agreements: &'a Agreements, at: Timestamp) -> Self {
        Self {
            catalog,
            agreements,
            at,
            reaches: agreements.reaches().collect(),
            mentions: agreements.mentions().collect(),
            red_lines: agreements.mentions_of_red_lines(),
        }
    }

    /// What there is an agreement about, with the positions of the agreements.
    pub(super) fn keys(&self) -> BTreeMap<Key, Vec<usize>> {
        let mut by_party: BTreeMap<&Department, Vec<usize>> = BTreeMap::new();
        for office in self.catalog.offices() {
            let with = self.reaches.iter().enumerate().filter(|(_, reach)| reach.is_with(office));
            by_party.insert(&office.department, with.map(|(position, _)| position).collect());
        }
        let mut keys: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (department, positions) in by_party {
            for position in positions {
                let Some(reach) = self.reaches.get(position) else { continue };
                for purpose in reach.purposes {
                    let key = (department.clone(), reach.service().cloned(), purpose.clone());
                    keys.entry(key).or_default().push(position);
                }
            }
        }
        keys
    }

    /// What can be told apart about `department` where the agreements at `positions` are candidates.
    pub(super) fn ground(&self, department: &Department, positions: &[usize]) -> Ground {
        let mut ground = Ground { red_lines: self.red_lines.clone(), ..Ground::default() };
        for position in positions {
            let (Some(reach), Some(mentions)) = (self.reaches.get(*position), self.mentions.get(*position))
            else {
                continue;
            };
            ground.elsewhere |= reach.province().is_none();
            ground.guarded |=
                matches!(reach.agreement.terms.authorizer, Some(Authorizer::Guardian | Authorizer::Subject));
            ground.named.extend(reach.province());
            ground.candidates.add(mentions);
        }
        if ground.elsewhere {
            ground.named.extend(&ground.candidates.provinces);
            ground.named.extend(&ground.red_lines.provinces);
            ground.named.extend(department.region.province());
        }
        ground
    }

    /// Every cell that some agreement is about; of all others there is nothing to say but that no agreement is.
    pub fn cells(&self) -> Vec<Cell> {
        self.cells_about(|_| true)
    }

    /// The same of those services that are `wanted`; `None` stands for the verification of licenses.
    pub fn cells_about(&self, wanted: impl Fn(Option<&ServiceId>) -> bool) -> Vec<Cell> {
        let mut cells = Vec::new();
        let keys = self.keys().into_iter().filter(|((_, service, _), _)| wanted(service.as_ref()));
        for ((department, service, purpose), positions) in keys {
            let Some(office) = self.catalog.office(&department) else { continue };
            let ground = self.ground(&department, &positions);
            let Some(id) = service else {
                let (grants, minor, refusal) =
                    self.tried(&ground, &positions, (&department, &Operation::Verify, &purpose));
                let office = office.clone();
                let provinces = Provinces::None;
                cells.push(Cell { office, service: None, purpose, provinces, grants, minor, refusal });
                continue;
            };
            let found: Vec<_> = ground
                .places(&[self.catalog])
                .into_iter()
                .map(|(province, members)| {
                    let operation = Operation::Query { province, service: id.clone() };
                    let (grants, minor, refusal) =
                        self.tried(&ground, &positions, (&department, &operation, &purpose));
                    Found { members, grants, minor, refusal }
                })
                .collect();
            for Found { members, grants, minor, refusal } in merged(found) {
                cells.push(Cell {
                    office: office.clone(),
                    service: self.catalog.service(&id).cloned(),
                    purpose: purpose.clone(),
                    provinces: Provinces::of(members, self.catalog),
                    grants,
                    minor,
                    refusal,
                });
            }
        }
        cells
    }

    /// Which of the agreements at `positions` permit, and without any, how the request that came farthest was refused.
    fn tried(
        &self,
        ground: &Ground,
        positions: &[usize],
        about: (&Department, &Operation, &Purpose),
    ) -> (Vec<Grant>, Option<Asking>, Option<Denial>) {
        let (_, operation, _) = about;
        let reaches = positions.iter().filter_map(|position| self.reaches.get(*position));
        let most = reaches.filter(|reach| reach.is_about_data_of(operation)).count();
        let mut grants: Vec<Grant> = Vec::new();
        let mut farthest: Option<(u8, Asking)> = None;
        for asking in ground.trials(&[self.catalog], about, &[None]) {
            match self.agreements.outcome(&asking.question(self.at)) {
                Ok(permit) if grants.iter().any(|known| known.permit.agreement() == permit.agreement()) => {}
                Ok(permit) => grants.push(Grant { permit, asking }),
                Err(denial) => {
                    let came = distance(denial.code);
                    if farthest.as_ref().is_none_or(|(known, _)| *known < came) {
                        farthest = Some((came, asking));
                    }
                }
            }
            if grants.len() == most {
                break;
            }
        }
        let minors = ground.trials(&[self.catalog], about, &[Some(Age::UnderFourteen)]);
        let permitted = |asking: &Asking| self.agreements.outcome(&asking.question(self.at)).is_ok();
        let minor = minors.into_iter().find(permitted);
        // Once more, for what was missing.
        let refusal = farthest.filter(|_| grants.is_empty());
        let refusal = refusal.and_then(|(_, asking)| self.agreements.decide(&asking.question(self.at)).err());
        (grants, minor, refusal)
    }
}

/// What was found for some provinces.
struct Found {
    members: Vec<Province>,
    grants: Vec<Grant>,
    minor: Option<Asking>,
    refusal: Option<Denial>,
}

impl Found {
    /// Whether all is the same but for the province.
    fn is_like(&self, other: &Self) -> bool {
        let asked = |one: &Asking, two: &Asking| one.beside(two).0.len() <= 1;
        let granted = |(one, two): (&Grant, &Grant)| {
            one.permit.agreement() == two.permit.agreement() && asked(&one.asking, &two.asking)
        };
        let minors = match (&self.minor, &other.minor) {
            (Some(one), Some(two)) => asked(one, two),
            (one, two) => one.is_none() && two.is_none(),
        };
        let grants =
            self.grants.len() == other.grants.len() && self.grants.iter().zip(&other.grants).all(granted);
        minors && grants && self.refusal == other.refusal
    }
}

/// Provinces with the same agreements, requests and refusals together.
fn merged(found: Vec<Found>) -> Vec<Found> {
    let mut merged: Vec<Found> = Vec::new();
    for one in found {
        match merged.iter_mut().find(|known| known.is_like(&one)) {
            Some(known) => known.members.extend(one.members),
            None => merged.push(one),
        }
    }
    // Nothing is agreed about these; they are of those about which there is nothing to say.
    merged.retain(|found| {
        !found.refusal.as_ref().is_some_and(|denial| {
            matches!(denial.code, DenialCode::NoAgreement | DenialCode::PurposeNotAgreed)
        })
    });
    merged
}

/// How far a request came before it was refused with `code`.
pub(super) const fn distance(code: DenialCode) -> u8 {
    match code {
        DenialCode::UnknownDepartment | DenialCode::UnknownService => 0,
        DenialCode::NoAgreement => 1,
        DenialCode::PurposeNotAgreed => 2,
        DenialCode::EvaluationFailed => 3,
        DenialCode::RedLine => 4,
        DenialCode::ConditionsNotMet => 5,
        DenialCode::AuthorizationMissing => 6,
        DenialCode::Suspended => 7,
        DenialCode::Expired => 8,
        DenialCode::NotYetInForce => 9,
    }
}
