//! Who sees a field or the answers of a service, for what and how.

use super::survey::{Cell, Grant, Provinces, Survey};
use super::view;
use crate::catalog::{Catalog, FieldPath, ServiceId};
use crate::clock::Timestamp;
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
    /// Reads `sb.insured.query`, `sb.insured.query/aab004`, `aab004` or `verify`; says what is near where nothing is there.
    pub fn parse(text: &str, catalog: &Catalog) -> Result<Self, String> {
        if text == "verify" {
            return Ok(Self::Verification);
        }
        let service_of = |text: &str| ServiceId::parse(text).filter(|id| catalog.service(id).is_some());
        if let Some((service, path)) = text.split_once('/') {
            let service =
                service_of(service).ok_or_else(|| format!("service `{service}` is not in the catalog"))?;
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
        path.map(|path| Self::Field(None, path)).ok_or_else(|| {
            let near: Vec<String> = near(text, catalog).into_iter().map(|name| format!("`{name}`")).collect();
            let hint =
                if near.is_empty() { String::new() } else { format!("; is it {}?", near.join(" or ")) };
            format!("`{text}` is neither a service nor a field of one{hint}")
        })
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

/// Who sees what is wanted.
pub fn sights(survey: &Survey<'_>, wanted: &Wanted) -> Vec<Sight> {
    let mut sights = Vec::new();
    for cell in survey.cells_about(|service| wanted.is_about(service, survey.catalog)) {
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

/// Names of services and fields that have `text` in them, or whose Chinese names do; a few.
fn near(text: &str, catalog: &Catalog) -> Vec<String> {
    /// Enough to find one's way, few enough to read.
    const FEW: usize = 5;
    let mut near = Vec::new();
    for service in catalog.services() {
        if service.id.as_str().contains(text) || service.name.contains(text) {
            near.push(service.id.to_string());
        }
        for field in &service.response {
            let path = field.path.to_string();
            if path.contains(text) || field.about.title.contains(text) || path.eq_ignore_ascii_case(text) {
                near.push(format!("{}/{path}", service.id));
            }
        }
    }
    near.truncate(if text.is_empty() { 0 } else { FEW });
    near
}
