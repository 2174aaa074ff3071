//! The catalog as JSON, for those who look things up in it. It names nobody and holds no agreement.

use serde_json::{Map, Value, json};

use super::{
    About, Bloc, Catalog, CodePlace, Domain, Field, FieldPath, Function, LicenseType, Matter, Office,
    Parameter, RelationRule, Segment, Service, Unidentified,
};
use crate::verdict::Language;

/// The dialect of the schemas.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The name in the language that is wanted.
fn name<'a>(language: Language, chinese: &'a str, english: &'a str) -> &'a str {
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

impl Catalog {
    /// What there is, in numbers.
    pub fn overview(&self) -> Value {
        let domains = Domain::ALL.map(|domain| {
            let services = self.services().filter(|service| service.domain == domain).count();
            json!({ "domain": domain, "services": services })
        });
        json!({
            "domains": domains,
            "services": self.services.len(),
            "license_types": self.license_types.len(),
            "matters": self.matters.len(),
            "departments": self.offices.len() + self.unidentified.len(),
            "functions": self.functions.len(),
            "provinces": self.provinces.len(),
            "blocs": self.blocs.len(),
        })
    }

    /// All services, in short.
    pub fn services_listed(&self, language: Language) -> Value {
        json!({ "services": self.services().map(|service| service.summary(language)).collect::<Vec<_>>() })
    }

    /// All license types.
    pub fn license_types_listed(&self, language: Language) -> Value {
        let shown = |rule: &RelationRule| {
            let places = |places: &[CodePlace]| -> Vec<String> {
                places.iter().map(|place| place.as_str().to_owned()).collect()
            };
            json!({
                "relation": rule.relation, "person": places(&rule.person), "subject": places(&rule.subject),
                "guardian": rule.guardian, "sample": rule.sample,
            })
        };
        let listed = |one: &LicenseType| {
            json!({
                "id": one.id.as_str(), "issuers": one.issuers, "relations": one.relations.iter().map(shown).collect::<Vec<_>>(),
                "code": one.code.as_ref().map(|code| code.as_str()), "code_source": one.code_source,
                "name": name(language, &one.name, &one.english), "definer": one.definer,
                "function": one.function.as_ref().map(|id| id.as_str()), "holders": one.holders,
                "holder_count": one.holder_count, "validity": one.validity, "domain": one.domain,
                "face_fields": one.face_fields,
            })
        };
        json!({ "license_types": self.license_types.iter().map(listed).collect::<Vec<_>>() })
    }

    /// All departments, and what departments are for.
    pub fn departments_listed(&self, language: Language) -> Value {
        let function = |one: &Function| json!({ "id": one.id.as_str(), "name": name(language, &one.name, &one.english) });
        let office = |one: &Office| {
            json!({
                "department": one.department.to_string(), "code": one.department.code.as_str(),
                "region": one.department.region.as_str(), "name": one.name, "function": one.function.as_str(),
                "source": one.source,
            })
        };
        let unidentified = |one: &Unidentified| {
            json!({
                "department": null, "code": null, "region": one.region.as_str(), "name": one.name,
                "function": one.function.as_str(), "source": "unknown",
            })
        };
        let departments = self.offices().map(office).chain(self.unidentified.iter().map(unidentified));
        json!({
            "functions": self.functions().map(function).collect::<Vec<_>>(),
            "departments": departments.collect::<Vec<_>>(),
        })
    }

    /// All provinces and blocs.
    pub fn regions_listed(&self, language: Language) -> Value {
        let provinces = self.provinces().map(
            |one| json!({ "code": one.code.to_string(), "name": name(language, &one.name, &one.english) }),
        );
        let bloc = |one: &Bloc| {
            let provinces: Vec<String> = one.provinces.iter().map(ToString::to_string).collect();
            json!({
                "id": one.id.as_str(), "name": name(language, &one.name, &one.english), "provinces": provinces,
                "source": one.source, "verified": one.verified,
            })
        };
        json!({ "provinces": provinces.collect::<Vec<_>>(), "blocs": self.blocs().map(bloc).collect::<Vec<_>>() })
    }

    /// All matters.
    pub fn matters_listed(&self, language: Language) -> Value {
        json!({ "matters": self.matters().map(|matter| matter.to_json(language)).collect::<Vec<_>>() })
    }
}

impl Matter {
    /// The matter, with its services.
    pub fn to_json(&self, language: Language) -> Value {
        let chinese = self.name.as_deref();
        let named = match language {
            Language::Chinese => chinese,
            Language::English => self.english.as_deref().or(chinese),
        };
        let services: Vec<&str> = self.services.iter().map(|id| id.as_str()).collect();
        json!({
            "code": self.code.as_str(), "name": named, "kind": self.kind(),
            "function": self.function.as_ref().map(|id| id.as_str()), "services": services,
            "source": self.source, "verified": self.verified, "sample": self.sample,
        })
    }
}

impl Service {
    fn summary(&self, language: Language) -> Value {
        let functions: Vec<&str> = self.functions.iter().map(|id| id.as_str()).collect();
        json!({
            "id": self.id.as_str(), "name": name(language, &self.name, &self.english), "domain": self.domain,
            "provider": self.provider, "functions": functions, "share": self.share,
            "conditions": self.conditions, "legal_basis": self.legal_basis, "mode": self.mode,
            "sensitivity": self.sensitivity.grade(), "cache_seconds": self.cache_seconds,
            "source": self.source,
        })
    }

    /// The service whole, with the schemas of its requests and answers.
    pub fn to_json(&self, language: Language) -> Value {
        let mut members = match self.summary(language) {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
        // The first function leads, so the data are its own unless a field says otherwise.
        put("authority", json!(self.functions.first().map(|id| id.as_str())));
        put("subject", json!(self.subject));
        put("consumers", json!(self.consumers));
        put("note", json!(self.note));
        put("digest", json!(format!("sm3:{}", self.digest.hex())));
        put("request", self.request.iter().map(|one| one.to_json(language)).collect());
        put("response", self.response.iter().map(|one| one.to_json(language)).collect());
        put("request_schema", self.request_schema(language));
        put("response_schema", self.response_schema(language));
        Value::Object(members)
    }

    /// The JSON Schema of `query`.
    pub fn request_schema(&self, language: Language) -> Value {
        let mut properties = Map::new();
        for parameter in &self.request {
            let one = parameter.about.to_schema(language, false);
            properties.insert(parameter.name.clone(), listed(parameter.list, one));
        }
        let required = self.request.iter().filter(|one| one.required).map(|one| one.name.as_str());
        json!({
            "$schema": DIALECT, "type": "object", "properties": properties,
            "required": required.collect::<Vec<_>>(), "additionalProperties": false,
        })
    }

    /// The JSON Schema of `data`, or of each of its rows where it has several. Agreements release some of the fields; masked,
    /// they may look otherwise.
    pub fn response_schema(&self, language: Language) -> Value {
        let mut properties = Map::new();
        for field in &self.response {
            place(&mut properties, field.path.segments(), field.about.to_schema(language, true));
        }
        json!({
            "$schema": DIALECT, "type": "object", "properties": properties, "additionalProperties": false,
        })
    }
}

/// Puts the schema of a field where its path says. No two paths clash, so a key is either a field or an object.
fn place(properties: &mut Map<String, Value>, path: &[Segment], schema: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        properties.insert(first.name.clone(), listed(first.list, schema));
        return;
    }
    let pointer = if first.list { "/items/properties" } else { "/properties" };
    let empty = || json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let entry = properties.entry(first.name.clone()).or_insert_with(|| listed(first.list, empty()));
    if let Some(Value::Object(inner)) = entry.pointer_mut(pointer) {
        place(inner, rest, schema);
    }
}

fn listed(list: bool, one: Value) -> Value {
    if list { json!({ "type": "array", "items": one }) } else { one }
}

impl About {
    fn to_schema(&self, language: Language, nullable: bool) -> Value {
        let mut members = Map::new();
        members.insert("title".to_owned(), json!(name(language, &self.title, &self.english)));
        members.extend(self.field_type.schema.to_json(nullable));
        Value::Object(members)
    }

    fn members(&self, path: &str, language: Language) -> Map<String, Value> {
        let members = [
            ("name", json!(path)),
            ("title", json!(name(language, &self.title, &self.english))),
            ("type", json!(self.field_type.id)),
            ("kind", json!(self.concern)),
            ("sensitivity", json!(self.sensitivity.grade())),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Parameter {
    fn to_json(&self, language: Language) -> Value {
        let mut members = self.about.members(&self.name, language);
        members.insert("list".to_owned(), json!(self.list));
        members.insert("required".to_owned(), json!(self.required));
        Value::Object(members)
    }
}

impl Field {
    fn to_json(&self, language: Language) -> Value {
        let path: &FieldPath = &self.path;
        let mut members = self.about.members(&path.to_string(), language);
        members.insert("mask".to_owned(), json!(self.masked));
        members.insert("authority".to_owned(), json!(self.authority.as_ref().map(|id| id.as_str())));
        Value::Object(members)
    }
}
