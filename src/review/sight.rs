//! Who sees a field or the answers of a service, for what and how.

use super::survey::{Cell, Grant, Provinces, Survey};
use super::view;
use crate::catalog::{Catalog, FieldPath, ServiceId};
use crate::clock::Timestamp;
use crate::identifier::Province;
use crate::policy::{Authorizer, LegalBasis};

/// What somebody wants to know about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A field, of one service or of whichever has it.
    Field(Option<ServiceId>, FieldPath),
    /// A service.
    Service(ServiceId),
    /// The verification of licenses.
    Verification,
}

impl Wanted {
    /// Reads `sb.insured.query`, `sb.insured.query/aab004`, `aab004` or `verify`, and before a service the province whose data it
    /// is, as in `43/sb.insured.query`; says what is near where nothing is there.
    pub fn parse(text: &str, catalog: &Catalog) -> Result<(Self, Option<Province>), String> {
        let province = text.split_once('/').and_then(|(province, rest)| {
            Some((Province::parse(province).ok()?, rest)).filter(|(_, rest)| rest.contains('.'))
        });
        match province {
            Some((province, rest)) => Self::parse_bare(rest, catalog).map(|wanted| (wanted, Some(province))),
            None => Self::parse_bare(text, catalog).map(|wanted| (wanted, None)),
        }
    }

    fn parse_bare(text: &str, catalog: &Catalog) -> Result<Self, String> {
        if text == "verify" {
            return Ok(Self::Verification);
        }
        let service_of = |text: &str| ServiceId::parse(text).filter(|id| catalog.service(id).is_some());
        if let Some((service, path)) = text.split_once('/') {
            let service = service_of(service).ok_or_else(|| {
                format!("service `{service}` is not in the catalog{}", hint(service, catalog))
            })?;
            let has =
                |path: &FieldPath| catalog.service(&service).is_some_and(|one| one.field(path).is_some());
            let path = FieldPath::parse(path).filter(has);
            return path.map(|path| Self::Field(Some(service.clone()), path)).ok_or_else(|| {
                format!("service `{service}` has no such field; it has {}", fields(&service, catalog))
            });
        }
        if let Some(service) = service_of(text) {
            return Ok(Self::Service(service));
        }
        let known = |path: &FieldPath| catalog.services().any(|service| service.field(path).is_some());
        let path = FieldPath::parse(text).filter(known);
        path.map(|path| Self::Field(None, path))
            .ok_or_else(|| format!("`{text}` is neither a service nor a field of one{}", hint(text, catalog)))
    }

    fn is_about(&self, service: Option<&ServiceId>, catalog: &Catalog) -> bool {
        match (self, service) {
            (Self::Verification, None) => true,
            (Self::Field(None, path), Some(service)) => {
                catalog.service(service).is_some_and(|service| service.field(path).is_some())
            }
            (Self::Service(wanted) | Self::Field(Some(wanted), _), Some(service)) => wanted == service,
            _ => false,
        }
    }
}

/// What one department sees.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Department, service, purpose and provinces.
    pub cell: Cell,
    /// The agreement and the weakest request that it permits.
    pub grant: Grant,
    /// The fields that leave of those that are wanted, as agreements write them.
    pub fields: Vec<String>,
    /// The legal basis that the agreement names.
    pub basis: LegalBasis,
    /// Whose authorization each request must bring.
    pub authorizer: Option<Authorizer>,
    /// Until when.
    pub until: Timestamp,
}

/// Who sees what is wanted, of the data of `province` or of any.
pub fn sights(survey: &Survey<'_>, wanted: &Wanted, province: Option<Province>) -> Vec<Sight> {
    let mut sights = Vec::new();
    let cells = survey.cells_about(|service| wanted.is_about(service, survey.catalog));
    for cell in cells.into_iter().filter(|cell| cell.provinces.have(province)) {
        for grant in &cell.grants {
            let released = view::rules(&grant.permit);
            let is_wanted = |path: &FieldPath| match wanted {
                Wanted::Field(_, wanted) => path == wanted,
                Wanted::Service(_) | Wanted::Verification => true,
            };
            let fields: Vec<String> =
                released.iter().filter(|(path, _)| is_wanted(path)).map(view::written).collect();
            let agreed = survey.reaches.iter().find(|reach| reach.agreement.id == *grant.permit.agreement());
            let Some(agreed) = agreed.filter(|_| cell.provinces == Provinces::None || !fields.is_empty())
            else {
                continue;
            };
            let terms = &agreed.agreement.terms;
            sights.push(Sight {
                grant: grant.clone(),
                fields,
                basis: terms.basis.clone(),
                authorizer: terms.authorizer,
                until: terms.until,
                cell: cell.clone(),
            });
        }
    }
    sights
}

fn fields(service: &ServiceId, catalog: &Catalog) -> String {
    let fields = catalog.service(service).map(|service| service.response.as_slice()).unwrap_or_default();
    fields.iter().map(|field| format!("`{}`", field.path)).collect::<Vec<_>>().join(", ")
}

fn hint(text: &str, catalog: &Catalog) -> String {
    let near: Vec<String> = near(text, catalog).into_iter().map(|name| format!("`{name}`")).collect();
    if near.is_empty() { String::new() } else { format!("; is it {}?", near.join(" or ")) }
}

/// Names of services and fields that have `text` in them, or whose names for people do; or else that differ from it by a letter or
/// two. A few.
fn near(text: &str, catalog: &Catalog) -> Vec<String> {
    /// Enough to find one's way, few enough to read.
    const FEW: usize = 5;
    let mut near = Vec::new();
    for service in catalog.services() {
        let english = service.english.to_lowercase().contains(&text.to_lowercase());
        if service.id.as_str().contains(text) || service.name.contains(text) || english {
            near.push(service.id.to_string());
        }
        for field in &service.response {
            let path = field.path.to_string();
            if path.contains(text) || field.about.title.contains(text) || path.eq_ignore_ascii_case(text) {
                near.push(format!("{}/{path}", service.id));
            }
        }
    }
    if near.is_empty() {
        let names = catalog.services().flat_map(|service| {
            let fields = service.response.iter().map(|field| format!("{}/{}", service.id, field.path));
            std::iter::once((service.id.to_string(), service.id.to_string()))
                .chain(fields.zip(service.response.iter().map(|field| field.path.to_string())))
        });
        near.extend(names.filter(|(_, name)| is_slip(text, name)).map(|(whole, _)| whole));
    }
    near.truncate(if text.is_empty() { 0 } else { FEW });
    near
}

/// Whether `written` is `meant` but for one letter that is another, too many or missing, or two that changed places.
fn is_slip(written: &str, meant: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (written.chars().collect(), meant.chars().collect());
    let same = |pair: &(&char, &char)| pair.0 == pair.1;
    let before = one.iter().zip(&other).take_while(same).count();
    let after = one.iter().rev().zip(other.iter().rev()).take_while(same).count();
    let left = |all: &[char]| all.len().saturating_sub(before).saturating_sub(after);
    // Two that changed places differ in two, which are the same two.
    let swapped = left(&one) == 2 && left(&other) == 2 && {
        let of = |all: &[char]| all.get(before).copied().zip(all.get(before.saturating_add(1)).copied());
        of(&one).zip(of(&other)).is_some_and(|((a, b), (c, d))| (a, b) == (d, c))
    };
    other.len() > 2 && (swapped || left(&one) <= 1 && left(&other) <= 1)
}
