//! The catalog (共享目录): which provinces, departments, data services, license types and matters exist, with what fields.
//! It says nothing about who may use them; that is for agreements, in `policy`.

mod domain;
mod edition;
mod license_type;
mod listing;
mod matter;
mod member;
mod office;
mod parse;
mod path;
mod region;
mod relation;
mod schema;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::domain::Domain;
pub use self::edition::{Edition, Version};
pub use self::license_type::{CodeSource, LicenseType, LicenseTypeId};
pub use self::matter::{Coverage, Matter};
pub use self::member::{About, Concern, Field, FieldType, Parameter};
pub use self::office::{Function, FunctionId, Office, OfficeSource, Unidentified};
pub use self::path::{FieldPath, Segment};
pub use self::region::{Bloc, BlocId, ProvinceEntry};
pub use self::relation::{CodePlace, FaceCondition, Relation, RelationRule};
pub use self::schema::{Format, Kind, Schema, Shape, Unfit};
pub use self::service::{FieldSource, Mode, Sensitivity, Service, ServiceId, Share};
use crate::fault::{Fault, Source};
use crate::identifier::{Department, MatterCode, Province, TypeCode};

/// A checked catalog. Immutable; a change is a new one.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    edition: Edition,
    types: BTreeMap<String, Arc<FieldType>>,
    functions: BTreeMap<FunctionId, Function>,
    offices: BTreeMap<Department, Office>,
    unidentified: Vec<Unidentified>,
    provinces: BTreeMap<Province, ProvinceEntry>,
    blocs: BTreeMap<BlocId, Bloc>,
    services: BTreeMap<ServiceId, Arc<Service>>,
    license_types: Vec<LicenseType>,
    matters: BTreeMap<MatterCode, Matter>,
}

impl Catalog {
    /// Checks the files `catalog.json`, `field_types.json`, `departments.json`, `regions.json`, `services.json`,
    /// `license_types.json` and `matters.json`, told apart by the last part of their names. All faults come at once.
    pub fn parse(files: &[Source<'_>]) -> Result<Self, Vec<Fault>> {
        parse::parse(files)
    }

    /// Which edition it is.
    pub const fn edition(&self) -> &Edition {
        &self.edition
    }

    /// The entry of `department`, if it is enrolled.
    pub fn office(&self, department: &Department) -> Option<&Office> {
        self.offices.get(department)
    }

    /// All departments, in order of their codes.
    pub fn offices(&self) -> impl Iterator<Item = &Office> {
        self.offices.values()
    }

    /// Departments whose codes are not known, in the order of the file.
    pub fn unidentified(&self) -> &[Unidentified] {
        &self.unidentified
    }

    /// All provinces, in order of their codes.
    pub fn provinces(&self) -> impl Iterator<Item = &ProvinceEntry> {
        self.provinces.values()
    }

    /// All blocs, in order of their names.
    pub fn blocs(&self) -> impl Iterator<Item = &Bloc> {
        self.blocs.values()
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

    /// The license type called `id`.
    pub fn license_type_called(&self, id: &LicenseTypeId) -> Option<&LicenseType> {
        self.license_types.iter().find(|known| known.id == *id)
    }

    /// The matter with `code`.
    pub fn matter(&self, code: &MatterCode) -> Option<&Matter> {
        self.matters.get(code)
    }

    /// All matters, in order of their codes.
    pub fn matters(&self) -> impl Iterator<Item = &Matter> {
        self.matters.values()
    }
}
