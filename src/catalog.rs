//! The catalog (共享目录): which departments exist, which data services and license types, with what fields.
//! It says nothing about who may use them; that is for agreements, in `policy`.

mod domain;
mod field;
mod license_type;
mod office;
mod parse;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::domain::Domain;
pub use self::field::{FieldPath, Parameter, Segment};
pub use self::license_type::{CodeSource, LicenseType};
pub use self::office::{Function, FunctionId, Office, OfficeSource};
pub use self::service::{FieldSource, Mode, Sensitivity, Service, ServiceId, Share};
use crate::fault::{Fault, Source};
use crate::identifier::{Department, TypeCode};

/// A checked catalog. Immutable; a change is a new one.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    functions: BTreeMap<FunctionId, Function>,
    offices: BTreeMap<Department, Office>,
    services: BTreeMap<ServiceId, Arc<Service>>,
    license_types: Vec<LicenseType>,
}

impl Catalog {
    /// Checks the files `departments.json`, `services.json` and `license_types.json`, told apart by the last part of
    /// their names. All faults come at once.
    pub fn parse(files: &[Source<'_>]) -> Result<Self, Vec<Fault>> {
        parse::parse(files)
    }

    /// The entry of `department`, if it is enrolled.
    pub fn office(&self, department: &Department) -> Option<&Office> {
        self.offices.get(department)
    }

    /// All departments, in order of their codes.
    pub fn offices(&self) -> impl Iterator<Item = &Office> {
        self.offices.values()
    }

    /// The service called `id`.
    pub fn service(&self, id: &ServiceId) -> Option<&Arc<Service>> {
        self.services.get(id)
    }

    /// All services, in order of their names.
    pub fn services(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    /// What departments are for, in order of their names.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values()
    }

    /// The function called `id`.
    pub fn function(&self, id: &FunctionId) -> Option<&Function> {
        self.functions.get(id)
    }

    /// All license types, those with an unknown code included, in the order of the file.
    pub fn license_types(&self) -> &[LicenseType] {
        &self.license_types
    }

    /// The license type with `code`.
    pub fn license_type(&self, code: &TypeCode) -> Option<&LicenseType> {
        self.license_types.iter().find(|known| known.code.as_ref() == Some(code))
    }
}
