//! Policies that are left on paths, with mappings and inhibitions, and that the graph stays small.

use super::*;

fn oid(number: u64) -> Oid {
    format!("1.2.3.{number}").parse().unwrap()
}

/// A certificate with policies, of which 0 is anyPolicy.
fn stating(policies: &[u64]) -> PolicyStatements {
    let policies = policies.iter().map(|number| if *number == 0 { Oid::any_policy() } else { oid(*number) });
    PolicyStatements { policies: Some(policies.collect()), ..PolicyStatements::default() }
}

fn mapping(policies: &[u64], mappings: &[(u64, u64)]) -> PolicyStatements {
    let mappings = mappings.iter().map(|(issuer, subject)| (oid(*issuer), oid(*subject))).collect();
    PolicyStatements { mappings, ..stating(policies) }
}

/// The policies of a path, from the certificate below the anchor to the leaf.
fn path(terms: &PolicyTerms, path: &[PolicyStatements]) -> Result<(Vec<String>, Vec<String>), PolicyFault> {
    let mut state = PolicyState::new(terms, path.len() as u64);
    let (leaf, authorities) = path.split_last().unwrap();
    for said in authorities {
        state.certificate(said, false)?;
        state.authority(said, false)?;
    }
    state.certificate(leaf, false)?;
    let policies = state.conclude(leaf)?;
    let shown = |set: BTreeSet<Oid>| set.iter().map(ToString::to_string).collect();
    Ok((shown(policies.authority_constrained), shown(policies.user_constrained)))
}

fn terms(acceptable: &[u64], require_explicit: bool) -> PolicyTerms {
    PolicyTerms {
        acceptable: acceptable.iter().copied().map(oid).collect(),
        require_explicit,
        ..PolicyTerms::default()
    }
}

fn texts(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|number| oid(*number).to_string()).collect()
}

#[test]
fn policies_of_all_certificates_are_left() {
    let found = path(&terms(&[], true), &[stating(&[1, 2, 3]), stating(&[2, 3, 4]), stating(&[3, 4, 5])]);
    assert_eq!(found, Ok((texts(&[3]), texts(&[3]))));
    assert_eq!(path(&terms(&[], true), &[stating(&[1]), stating(&[2])]), Err(PolicyFault::NoneLeft));
    assert_eq!(path(&terms(&[], false), &[stating(&[1]), stating(&[2])]), Ok((vec![], vec![])));
    assert_eq!(path(&terms(&[9], true), &[stating(&[1]), stating(&[1])]), Err(PolicyFault::NoneLeft));
}

#[test]
fn any_policy_stands_for_what_is_asked_for() {
    let any = Oid::any_policy().to_string();
    let through = [stating(&[0]), stating(&[0]), stating(&[0])];
    assert_eq!(path(&terms(&[], true), &through), Ok((vec![any.clone()], vec![any.clone()])));
    assert_eq!(path(&terms(&[7], true), &through), Ok((vec![any], texts(&[7]))));
    assert_eq!(
        path(&terms(&[7], true), &[stating(&[0]), stating(&[7, 8])]),
        Ok((texts(&[7, 8]), texts(&[7])))
    );
    let inhibited = PolicyTerms { inhibit_any: true, ..terms(&[7], true) };
    assert_eq!(path(&inhibited, &through), Err(PolicyFault::NoneLeft));
}

#[test]
fn mappings_lead_from_one_domain_to_another() {
    let through = [mapping(&[1, 2], &[(1, 11), (2, 12)]), mapping(&[11, 12], &[(12, 22)]), stating(&[22])];
    assert_eq!(path(&terms(&[2], true), &through), Ok((texts(&[2]), texts(&[2]))));
    assert_eq!(path(&terms(&[1], true), &through), Err(PolicyFault::NoneLeft));
    let inhibited = PolicyTerms { inhibit_mapping: true, ..terms(&[2], true) };
    assert_eq!(path(&inhibited, &through), Err(PolicyFault::NoneLeft));
    // A policy that only anyPolicy implies is mapped too.
    let implied = [mapping(&[0], &[(3, 13)]), stating(&[13])];
    assert_eq!(path(&terms(&[3], true), &implied), Ok((texts(&[3]), texts(&[3]))));
    let any = PolicyStatements { mappings: vec![(Oid::any_policy(), oid(1))], ..stating(&[1]) };
    assert_eq!(path(&terms(&[], false), &[any, stating(&[1])]), Err(PolicyFault::AnyMapped));
}

/// The attack of RFC 9618 §3: every authority maps each of its policies to all of the next, which in a tree doubles the
/// nodes, or more, at each level.
#[test]
fn mappings_of_all_to_all_cost_no_more_than_they_are_long() {
    let all: Vec<u64> = (1..=20).collect();
    let pairs: Vec<(u64, u64)> = all.iter().flat_map(|a| all.iter().map(|b| (*a, *b))).collect();
    let wide = mapping(&all, &pairs);
    let mut long = vec![wide; 30];
    long.push(stating(&[1]));
    let (authority, _) = path(&terms(&[], true), &long).unwrap();
    assert_eq!(authority.len(), 20);
}
