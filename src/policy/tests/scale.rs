//! A decision looks only at what can apply, however many agreements there are.

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
    let agreements = Agreements::compile(&catalog, SCHEMA, &files).unwrap();
    assert_eq!(agreements.agreements().count(), 22 * 20);
    for office in catalog.offices() {
        let asker = index::Asker { department: &office.department, function: &office.function };
        let asking = Asking::new(&office.department.to_string(), "43/hj.identity.verify", "purpose_7");
        let found = agreements.index.candidates(asker, &asking.operation, asking.purpose);
        assert_eq!(found.positions.len(), 1);
        assert!(asking.decide(&agreements).is_ok());
    }
}
