//! A kept answer gives nobody more than the provider's own would, whoever it was fetched for.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::disclosure::disclose;

/// The response of `hj.baseinfo.query` but for the death mark, which is asked each time.
const FIELDS: [&str; 7] = ["xm", "gmsfhm", "xbdm", "mzdm", "csrq", "csd_gjdqm", "csd_ssxdqm"];

/// How a field of an agreement is written in the test: not released, whole, masked one way or another.
const MASKS: [Option<&str>; 4] = [None, Some(""), Some("first(1)"), Some("yes_no")];

fn permitted(choice: &[usize]) -> Permit {
    let chosen = FIELDS.iter().zip(choice).filter_map(|(field, choice)| Some((*field, MASKS[*choice]?)));
    let chosen: Vec<(&str, &str)> = chosen.collect();
    let fields: Vec<&str> = chosen.iter().map(|(field, _)| *field).collect();
    let masks: Vec<String> = chosen
        .iter()
        .filter(|(_, mask)| !mask.is_empty())
        .map(|(field, mask)| format!("{field}={mask}"))
        .collect();
    let mut terms = format!("@cache(\"1000\")\n@fields(\"{}\")", fields.join(","));
    if !masks.is_empty() {
        terms.push_str(&format!("\n@mask(\"{}\")", masks.join(",")));
    }
    permit(PERSONAL, &terms)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Two departments ask in any order about few persons, time goes by, and operators let go of some of it.
    #[test]
    fn a_kept_answer_discloses_what_one_from_the_provider_would(
        one in prop::collection::vec(0_usize..4, 7),
        other in prop::collection::vec(0_usize..4, 7),
        values in prop::collection::vec(".{0,6}", 9),
        asked in prop::collection::vec((any::<bool>(), 0_usize..3, 0_u64..600, 0_u8..8), 1..25),
    ) {
        prop_assume!([&one, &other].iter().all(|choice| choice.iter().any(|choice| *choice > 0)));
        let permits = [permitted(&one), permitted(&other)];
        let data = |person: usize| {
            let mut data: Map<String, Value> =
                FIELDS.iter().zip(&values).map(|(field, value)| ((*field).to_owned(), json!(format!("{person}{value}")))).collect();
            data.insert("swbs".to_owned(), json!("0"));
            data.insert("unknown".to_owned(), json!(values[7]));
            Value::Object(data)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let fixture = Fixture::new();
        for (second, person, pause, purge) in asked {
            fixture.later(pause);
            let name = format!("person {person}");
            if purge == 0 {
                fixture.answers.purge(&Purge { subject: Some(name.clone()), ..Purge::default() });
            }
            let permit = &permits[usize::from(second)];
            let provided = || Answer::new(Outcome::Answered, document(&data(person)), None, 100);
            let fetched = provided();
            let asked = Asked(permit.clone(), subject(&name, None));
            let (kept, _) = runtime.block_on(asked.of(&fixture.answers, async { Ok(fetched) })).unwrap();
            let (through, straight) = (disclose(permit, &kept), disclose(permit, &provided()));
            prop_assert_eq!(through.data().expose().get(), straight.data().expose().get());
            prop_assert_eq!(through.withheld(), straight.withheld());
            let released: BTreeSet<&String> = permit.release().released().iter().collect();
            let left: Value = serde_json::from_str(through.data().expose().get()).unwrap();
            prop_assert!(left.as_object().unwrap().keys().all(|key| released.contains(key)));
        }
    }
}
