//! About how many persons may be asked in any hour.

use super::*;

fn about(quotas: &Quotas, permit: &Permit, person: &str) -> Result<Admission, OverQuota> {
    over(done(quotas.admit(permit.clone(), Some(person), at("2026-11-21T00:00:00Z"))))
}

#[test]
fn new_persons_are_limited_and_known_ones_are_not() {
    let (quotas, clock) = quotas(&Config::default());
    let permit = limited("@rate(\"1000/s\")\n@subjects(\"2\")");
    for person in ["a", "b", "a", "b", "a"] {
        assert!(about(&quotas, &permit, person).is_ok());
        clock.advance(Duration::from_secs(60));
    }
    let refused = about(&quotas, &permit, "c").unwrap_err();
    // `b` was asked about two minutes ago, and makes room in 58.
    let expected = OverQuota {
        level: Level::AgreementSubjects,
        limit: 2,
        window_seconds: 3_600,
        retry_after_seconds: 58 * 60,
    };
    assert_eq!(refused, expected);
    assert_eq!(refused.to_string(), "over the limit of 2 distinct-subjects in 3600 s for agreement_subjects");
    let admission = about(&quotas, &permit, "a").unwrap();
    let standing = admission.standings().iter().find(|one| one.level == Level::AgreementSubjects).unwrap();
    assert_eq!((standing.limit, standing.remaining, standing.reset_seconds), (2, 0, 3_600));
    clock.advance(Duration::from_secs(58 * 60));
    assert!(about(&quotas, &permit, "c").is_ok());
    assert!(about(&quotas, &permit, "b").is_err());
    // Another agreement, and questions about nobody, have nothing to do with it.
    assert!(about(&quotas, &limited("@rate(\"1000/s\")"), "d").is_ok());
    assert!(ask(&quotas, &permit, at("2026-11-21T00:00:00Z")).is_ok());
}

#[test]
fn who_is_refused_takes_no_place() {
    let (quotas, clock) = quotas(&Config::default());
    let permit = limited("@rate(\"1/s\")\n@subjects(\"2\")");
    assert!(about(&quotas, &permit, "a").is_ok());
    for person in ["b", "c", "d"] {
        assert_eq!(about(&quotas, &permit, person).unwrap_err().level, Level::DepartmentService);
    }
    clock.advance(Duration::from_secs(1));
    assert!(about(&quotas, &permit, "e").is_ok());
}

#[test]
fn a_full_memory_refuses_new_persons_of_all() {
    let config = Config { subjects: Count::new(3), ..Config::default() };
    let (quotas, clock) = quotas(&config);
    let one = limited("@rate(\"1000/s\")\n@subjects(\"100\")");
    let other = crate::policy::tests::permit(
        "hj.baseinfo.query",
        "@fields(\"xm\")\n@rate(\"1000/s\")\n@subjects(\"100\")",
    );
    for person in ["a", "b", "c"] {
        assert!(about(&quotas, &one, person).is_ok());
    }
    // Both are called `test` and of one department, so they share; what is known is asked on.
    assert_eq!(about(&quotas, &other, "d").unwrap_err().level, Level::AgreementSubjects);
    assert!(about(&quotas, &one, "a").is_ok());
    clock.advance(Duration::from_secs(3_600));
    assert!(about(&quotas, &one, "d").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Held to a list of all that was admitted, in every hour that ends with a request.
    #[test]
    fn no_hour_has_more_persons_than_agreed(
        limit in 1_u32..6,
        asked in prop::collection::vec((0_u64..1_500, 0_u8..12), 1..120),
    ) {
        let clock = Arc::new(ManualSteadyClock::default());
        let mut metrics = Metrics::new();
        let subjects = Subjects::new(clock.clone(), 1_000, metrics.gauge("persons", "Persons."));
        let account =
            Account { agreement: AgreementId::parse("a").unwrap(), department: limited("").department().clone() };
        let mut admitted: Vec<(Duration, u8)> = Vec::new();
        for (pause, person) in asked {
            clock.advance(Duration::from_secs(pause));
            let now = clock.elapsed();
            let recent = |admitted: &[(Duration, u8)]| -> std::collections::BTreeSet<u8> {
                let recent = admitted.iter().filter(|(at, _)| *at + subjects::WINDOW > now);
                recent.map(|(_, person)| *person).collect()
            };
            let before = recent(&admitted);
            let expected = before.contains(&person) || before.len() < limit as usize;
            let said = subjects.hold(&account, limit, &person.to_string(), Spend::One);
            prop_assert_eq!(said.is_ok(), expected, "neither more nor fewer than agreed");
            if said.is_ok() {
                admitted.push((now, person));
                prop_assert!(recent(&admitted).len() <= limit as usize);
            }
        }
    }
}
