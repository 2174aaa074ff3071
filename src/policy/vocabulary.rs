//! How departments, services and requests are named in Cedar; the counterpart of `policies/schema.cedarschema`.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Context, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};

use super::{Age, Claim, Mentions, Operation, Question};
use crate::catalog::{Office, Service};
use crate::identifier::Province;

/// The names of the schema, parsed once.
#[derive(Debug)]
pub(super) struct Vocabulary {
    pub(super) department: EntityTypeName,
    pub(super) domain: EntityTypeName,
    pub(super) function: EntityTypeName,
    pub(super) province: EntityTypeName,
    pub(super) provincial_service: EntityTypeName,
    pub(super) service: EntityTypeName,
    pub(super) query: EntityUid,
    pub(super) verify: EntityUid,
    pub(super) license_verification: EntityUid,
}

/// The parts of a request that policies may speak of, as the schema has them.
pub const PARTS: [&str; 12] = [
    "adult",
    "basis",
    "case",
    "evidence",
    "guardian",
    "hour",
    "matter",
    "operator",
    "party",
    "purpose",
    "time",
    "under_fourteen",
];

/// The parts of a request that policies speak of. What no policy looks at makes no difference, and building it for each question
/// would cost as much as the rest of the decision.
#[derive(Clone, Debug)]
pub(super) struct Spoken([bool; PARTS.len()]);

impl Spoken {
    /// All of them.
    pub(super) const EVERYTHING: Self = Self([true; PARTS.len()]);

    /// Those that any of `mentions` speaks of; all, where one looks at the request as a whole.
    pub(super) fn by<'m>(mentions: impl Iterator<Item = &'m Mentions>) -> Self {
        let mut spoken = [false; PARTS.len()];
        for mentions in mentions {
            for (part, is_spoken) in PARTS.iter().zip(&mut spoken) {
                *is_spoken |= mentions.whole || mentions.parts.contains(*part);
            }
        }
        Self(spoken)
    }

    fn has(&self, part: &str) -> bool {
        PARTS.iter().zip(&self.0).any(|(known, is_spoken)| *known == part && *is_spoken)
    }
}

/// Whatever Cedar says is wrong with what was built here, in its own words.
pub(super) type Built<T> = Result<T, String>;

impl Vocabulary {
    pub(super) fn new() -> Built<Self> {
        let of = |name| EntityTypeName::from_str(name).map_err(|error| error.to_string());
        let action = of("Action")?;
        Ok(Self {
            department: of("Department")?,
            domain: of("Domain")?,
            function: of("Function")?,
            province: of("Province")?,
            provincial_service: of("ProvincialService")?,
            service: of("Service")?,
            query: uid(&action, "query"),
            verify: uid(&action, "verify"),
            license_verification: uid(&of("LicenseVerification")?, "license"),
        })
    }

    /// The principal: a department in its province and with its function.
    pub(super) fn department(&self, office: &Office) -> Built<Entity> {
        let mut parents = HashSet::from([uid(&self.function, office.function.as_str())]);
        parents.extend(office.department.region.province().map(|province| self.province_uid(province)));
        let region = RestrictedExpression::new_string(office.department.region.to_string());
        let attributes = HashMap::from([("region".to_owned(), region)]);
        let own = uid(&self.department, &office.department.to_string());
        Entity::new(own, attributes, parents).map_err(|error| error.to_string())
    }

    /// The resource of a query: `service` as `province` offers it. All ancestors are named, so that they need not be
    /// given as entities of their own.
    pub(super) fn offered(&self, province: Province, service: &Service) -> Built<Entity> {
        let parents = HashSet::from([
            uid(&self.service, service.id.as_str()),
            uid(&self.domain, service.domain.as_str()),
            self.province_uid(province),
        ]);
        let attributes = HashMap::from([
            ("mode".to_owned(), RestrictedExpression::new_string(service.mode.as_str().to_owned())),
            (
                "sensitivity".to_owned(),
                RestrictedExpression::new_long(i64::from(service.sensitivity.grade())),
            ),
            ("share".to_owned(), RestrictedExpression::new_string(service.share.as_str().to_owned())),
        ]);
        let own = uid(&self.provincial_service, &format!("{province}/{}", service.id));
        Entity::new(own, attributes, parents).map_err(|error| error.to_string())
    }

    /// The resource of a verification.
    pub(super) fn verification(&self) -> Entity {
        Entity::new_no_attrs(self.license_verification.clone(), HashSet::new())
    }

    /// The request of `department` for `resource`; `guardian` says whether its evidence shows one.
    pub(super) fn request(
        &self,
        question: &Question<'_>,
        guardian: bool,
        department: &EntityUid,
        resource: &EntityUid,
        spoken: &Spoken,
        schema: Option<&Schema>,
    ) -> Built<Request> {
        let mut context = Vec::with_capacity(PARTS.len());
        let mut add = |part: &'static str, value: &dyn Fn() -> Built<Option<RestrictedExpression>>| {
            if spoken.has(part) {
                context.extend(value()?.map(|value| (part.to_owned(), value)));
            }
            Built::Ok(())
        };
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let of_age = |ages: Age| question.age.map(|age| RestrictedExpression::new_bool(age == ages));
        let evidence = || question.evidence.iter().map(shown).collect::<Built<Vec<_>>>();
        let party = question.party.map(|party| self.province_uid(party));
        add("adult", &|| Ok(of_age(Age::Adult)))?;
        add("basis", &|| Ok(Some(text(question.basis.as_str()))))?;
        add("case", &|| Ok(Some(RestrictedExpression::new_bool(question.case))))?;
        add("evidence", &|| Ok(Some(RestrictedExpression::new_set(evidence()?))))?;
        add("guardian", &|| Ok(Some(RestrictedExpression::new_bool(guardian))))?;
        add("hour", &|| Ok(Some(RestrictedExpression::new_long(question.at.china_hour()))))?;
        add("matter", &|| Ok(question.matter.map(|matter| text(matter.as_str()))))?;
        add("operator", &|| Ok(Some(RestrictedExpression::new_bool(question.operator))))?;
        add("party", &|| Ok(party.clone().map(RestrictedExpression::new_entity_uid)))?;
        add("purpose", &|| Ok(Some(text(question.purpose.as_str()))))?;
        add("time", &|| Ok(Some(RestrictedExpression::new_long(question.at.seconds()))))?;
        add("under_fourteen", &|| Ok(of_age(Age::UnderFourteen)))?;
        let context = Context::from_pairs(context).map_err(|error| error.to_string())?;
        let action = match question.operation {
            Operation::Query { .. } => self.query.clone(),
            Operation::Verify => self.verify.clone(),
        };
        Request::new(department.clone(), action, resource.clone(), context, schema)
            .map_err(|error| error.to_string())
    }

    fn province_uid(&self, province: Province) -> EntityUid {
        uid(&self.province, &province.to_string())
    }
}

fn shown(claim: &Claim) -> Built<RestrictedExpression> {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let members = [
        ("license".to_owned(), text(claim.license.as_str())),
        ("relation".to_owned(), text(claim.relation.as_str())),
    ];
    RestrictedExpression::new_record(members).map_err(|error| error.to_string())
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}
