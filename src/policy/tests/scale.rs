//! A decision looks only at what can apply, however many agreements there are.

use std::collections::BTreeSet;

use cedar_policy::{Decision, Entities, PolicySet, Schema};

use super::*;

#[test]
fn candidates_do_not_grow_with_the_number_of_agreements() {
    let catalog = catalog();
    let texts: Vec<String> = catalog
        .offices()
        .flat_map(|office| (0..20).map(move |number| (office.department.to_string(), number)))
        .enumerate()
        .map(|(index, (department, number))| {
            format!(
                r#"@agreement("a{index}") @basis("statute:s") @fields("swbs")
@from("2026-01-01T00:00:00Z") @until("2027-01-01T00:00:00Z")
permit (principal == Department::"{department}", action == Action::"query",
        resource == ProvincialService::"43/hj.identity.verify")
when {{ context.purpose == "purpose_{number}" }};"#
            )
        })
        .collect();
    let files: Vec<Source<'_>> = texts.iter().map(|text| Source { name: "many", text }).collect();
    let agreements = Agreements::compile(&catalog, schema(), &files).unwrap();
    assert_eq!(agreements.agreements().count(), catalog.offices().count() * 20);
    for office in catalog.offices() {
        let asker = index::Asker { department: &office.department, function: &office.function };
        let asking = Asking::new(&office.department.to_string(), "43/hj.identity.verify", "purpose_7");
        let found = agreements.index.candidates(asker, &asking.operation, &asking.purpose);
        assert_eq!(found.positions.len(), 1);
        assert!(asking.decide(&agreements).is_ok());
    }
}

/// The index against Cedar over all agreements at once, for every department, service and purpose that occurs; and every
/// request that is built fits the schema.
#[test]
fn the_index_misses_nothing_that_cedar_would_permit() {
    let (catalog, agreements) = (catalog(), agreements());
    let (schema, _) = Schema::from_cedarschema_str(schema().text).unwrap();
    let texts: Vec<&str> = shipped("agreements/").iter().map(|file| file.text).collect();
    let all: PolicySet = texts.join("\n").parse().unwrap();
    let none = Purpose::parse("none").unwrap();
    // Every purpose of a service, one of another service, and one of nobody.
    let mut asked = BTreeSet::new();
    for compiled in &agreements.compiled {
        let services = match &compiled.agreement.service {
            Some(service) => ["43", "44", "45"].map(|province| format!("{province}/{}", service.id)).to_vec(),
            None => vec!["verify".to_owned()],
        };
        let others = [none.clone(), Purpose::parse("identity_check").unwrap()];
        for purpose in compiled.scope.purposes.iter().chain(&others) {
            asked.extend(services.iter().map(|service| (service.clone(), purpose.clone())));
        }
    }
    let matter = MatterCode::parse("990700004000").unwrap();
    let mut permitted = 0;
    for office in catalog.offices() {
        for (service, purpose) in &asked {
            let asking = Asking::new(&office.department.to_string(), service, "none");
            let question = Question {
                department: &asking.department,
                operation: asking.operation.clone(),
                purpose,
                matter: Some(&matter),
                case: false,
                operator: false,
                basis: asking.basis,
                evidence: &[],
                age: None,
                party: None,
                at: asking.at,
            };
            let vocabulary = &agreements.vocabulary;
            let resource = match &question.operation {
                Operation::Query { province, service } => {
                    vocabulary.offered(*province, catalog.service(service).unwrap()).unwrap()
                }
                Operation::Verify => vocabulary.verification(),
            };
            let department = vocabulary.department(office).unwrap();
            let (own, other) = (department.uid(), resource.uid());
            let request = vocabulary.request(&question, false, &own, &other, Some(&schema)).unwrap();
            // With these two alone, which the directory must not tell otherwise.
            let entities = Entities::from_entities([department, resource], Some(&schema)).unwrap();
            let cedar = agreements.authorizer.is_authorized(&request, &all, &entities).decision();
            let decided = agreements.decide(&question).is_ok();
            assert_eq!(decided, cedar == Decision::Allow, "{own} {service} {purpose}");
            permitted += usize::from(decided);
        }
    }
    // Identities and states of licenses for every department in 3 provinces, and whatever needs no evidence and no other matter.
    assert!(permitted > catalog.offices().count() * 2 * 3, "{permitted}");
}
