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

/// Basis, evidence, age and party.
type Brought = (Basis, Vec<Claim>, Option<Age>, Option<Province>);

/// All that a question may bring beside department, service and purpose, as far as shipped policies tell it apart.
fn brought() -> Vec<Brought> {
    let claims = |text: &str| text.split_whitespace().map(|one| Claim::parse(one).unwrap()).collect();
    let (own, other) = (Province::parse("44").ok(), Province::parse("45").ok());
    let (subject, guardian) = (Authorizer::Subject, Authorizer::Guardian);
    vec![
        (Basis::Authorization(subject), claims(""), None, None),
        (Basis::Statute, claims(""), Some(Age::UnderFourteen), own),
        (
            Basis::Authorization(guardian),
            claims("birth_certificate/parent_of"),
            Some(Age::UnderFourteen),
            None,
        ),
        (Basis::Authorization(guardian), claims("birth_certificate/parent_of"), Some(Age::Adult), other),
        (
            Basis::Authorization(subject),
            claims("marriage_certificate/spouse"),
            Some(Age::UnderEighteen),
            None,
        ),
    ]
}

/// The index, the shared bodies and the red lines against Cedar's own authorizer, over the files as they are and all at once: for every
/// department, service and purpose that occurs. And every request that is built fits the schema.
#[test]
fn decisions_are_those_of_cedar_over_all_files() {
    let (catalog, agreements) = (catalog(), agreements());
    let (schema, _) = Schema::from_cedarschema_str(schema().text).unwrap();
    let texts: Vec<&str> = shipped("agreements/").iter().map(|file| file.text).collect();
    let all: PolicySet = texts.join("\n").parse().unwrap();
    let none = Purpose::parse("none").unwrap();
    // Every purpose of a service, one of another service, and one of nobody.
    let mut asked = BTreeSet::new();
    for compiled in &agreements.compiled {
        let services = match &compiled.agreement.service {
            Some(service) => ["43", "45"].map(|province| format!("{province}/{}", service.id)).to_vec(),
            None => vec!["verify".to_owned()],
        };
        let others = [none.clone(), Purpose::parse("identity_check").unwrap()];
        for purpose in compiled.scope.purposes.iter().chain(&others) {
            asked.extend(services.iter().map(|service| (service.clone(), purpose.clone())));
        }
    }
    let (matter, authorizer) = (MatterCode::parse("990700004000").unwrap(), cedar_policy::Authorizer::new());
    let vocabulary = &agreements.vocabulary;
    let (mut permitted, mut forbidden) = (0, 0);
    for office in catalog.offices() {
        let principal = vocabulary.department(office).unwrap();
        for (service, purpose) in &asked {
            let asking = Asking::new(&office.department.to_string(), service, "none");
            let resource = match &asking.operation {
                Operation::Query { province, service } => {
                    vocabulary.offered(*province, catalog.service(service).unwrap()).unwrap()
                }
                Operation::Verify => vocabulary.verification(),
            };
            let (own, other) = (principal.uid(), resource.uid());
            // With these two alone, which the directory must not tell otherwise.
            let entities = Entities::from_entities([principal.clone(), resource], Some(&schema)).unwrap();
            for (basis, evidence, age, party) in brought() {
                let question = Question {
                    department: &asking.department,
                    operation: asking.operation.clone(),
                    purpose,
                    matter: Some(&matter),
                    case: false,
                    operator: false,
                    basis,
                    evidence: &evidence,
                    age,
                    party,
                    at: asking.at,
                };
                let guardian = agreements.shows_guardian(&question);
                let everything = &vocabulary::Spoken::EVERYTHING;
                let request =
                    vocabulary.request(&question, guardian, &own, &other, everything, Some(&schema)).unwrap();
                let cedar = authorizer.is_authorized(&request, &all, &entities).decision();
                let decided = agreements.outcome(&question);
                let code = decided.as_ref().err().map(|denial| denial.code);
                // Whose authorization it takes is no condition of Cedar's.
                let allowed = matches!(code, None | Some(DenialCode::AuthorizationMissing));
                assert_eq!(allowed, cedar == Decision::Allow, "{own} {service} {purpose} {basis:?} {code:?}");
                permitted += usize::from(decided.is_ok());
                forbidden += usize::from(code == Some(DenialCode::RedLine));
            }
        }
    }
    // Identities and states of licenses for every department in 2 provinces, and whatever needs no evidence and no other matter.
    assert!(permitted > catalog.offices().count() * 2 * 2, "{permitted}");
    assert!(forbidden > catalog.offices().count(), "{forbidden}");
}
