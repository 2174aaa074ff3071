//! All that a question can be about, as Cedar knows it: made once, because making it for each question would cost more than
//! the decision.

use std::collections::HashMap;

use cedar_policy::{Entities, Entity, EntityUid, Schema};

use super::vocabulary::{Built, Vocabulary};
use crate::catalog::{Catalog, FunctionId, ServiceId};
use crate::identifier::{Department, Province};

/// The departments, and the services as each province offers them.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) entities: Entities,
    departments: HashMap<Department, (FunctionId, EntityUid)>,
    services: HashMap<ServiceId, HashMap<Province, EntityUid>>,
}

impl Directory {
    /// Fails with what Cedar says is wrong; where a `schema` is given, also if something does not fit it.
    pub(super) fn new(catalog: &Catalog, vocabulary: &Vocabulary, schema: Option<&Schema>) -> Built<Self> {
        let mut entities: Vec<Entity> = vec![vocabulary.verification()];
        let mut add = |entity: Entity| {
            let own = entity.uid();
            entities.push(entity);
            own
        };
        let mut departments = HashMap::new();
        for office in catalog.offices() {
            let own = add(vocabulary.department(office)?);
            departments.insert(office.department.clone(), (office.function.clone(), own));
        }
        let mut services = HashMap::new();
        for service in catalog.services() {
            let offered = Province::all()
                .map(|province| Ok((province, add(vocabulary.offered(province, service)?))))
                .collect::<Built<_>>()?;
            services.insert(service.id.clone(), offered);
        }
        let entities = Entities::from_entities(entities, schema).map_err(|error| error.to_string())?;
        Ok(Self { entities, departments, services })
    }

    /// What `department` is for, and its name in Cedar.
    pub(super) fn department(&self, department: &Department) -> Option<(&FunctionId, &EntityUid)> {
        self.departments.get(department).map(|(function, own)| (function, own))
    }

    /// The service called `id` as `province` offers it.
    pub(super) fn offered(&self, province: Province, id: &ServiceId) -> Option<&EntityUid> {
        self.services.get(id)?.get(&province)
    }
}
