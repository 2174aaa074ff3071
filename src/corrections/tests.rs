//! Reports on disk: what survives, what is refused, and that limits hold.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::catalog::ServiceId;

const HOUSING: &str = "11440000DEM000006C@440000";

fn config(directory: &std::path::Path) -> Config {
    Config { path: directory.join("reports"), ..Config::default() }
}

fn open(config: &Config) -> Corrections {
    Corrections::open(Province::parse("43").unwrap(), config, &mut Metrics::new()).unwrap()
}

fn report(subject: &str) -> Report {
    Report {
        concerned: Concerned {
            province: Province::parse("43").unwrap(),
            service: ServiceId::parse("sb.insured.query").unwrap(),
            subject: subject.to_owned(),
        },
        department: Department::parse(HOUSING).unwrap(),
        fields: vec!["aac008".to_owned()],
        complaint: Complaint::Outdated,
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

#[test]
fn reports_survive_and_a_torn_end_is_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let now = at("2026-11-22T02:00:00Z");
    let (first, second) = {
        let corrections = open(&config);
        let (first, new) = corrections.report(report("one"), None, now).unwrap();
        assert!(new);
        assert_eq!(first.due, "2026-12-04");
        // The same data, the same department: the same report.
        let (again, new) = corrections.report(report("one"), None, now).unwrap();
        assert_eq!((again, new), (first.clone(), false));
        let (second, _) = corrections.report(report("two"), None, now).unwrap();
        let closed = corrections.close(&second.id, State::Resolved, now.plus_millis(1)).unwrap();
        assert_eq!(closed.state, State::Resolved);
        assert!(matches!(corrections.close(&second.id, State::Rejected, now), Err(Error::Closed)));
        (first, closed)
    };
    let mut text = fs::read_to_string(&config.path).unwrap();
    assert_eq!(text.lines().count(), 3);
    text.push_str("0123456789abcdef {\"event\":\"clo");
    fs::write(&config.path, &text).unwrap();
    let corrections = open(&config);
    assert_eq!(corrections.find(&first.id).unwrap(), first);
    assert_eq!(corrections.find(&second.id).unwrap(), second);
    assert_eq!(corrections.open_about(&first.concerned), [first.id]);
    assert!(corrections.open_about(&second.concerned).is_empty());
    assert_eq!(fs::read_to_string(&config.path).unwrap().lines().count(), 3);
    assert!(matches!(
        Corrections::open(Province::parse("43").unwrap(), &config, &mut Metrics::new()),
        Err(Error::Locked(_))
    ));
}

#[test]
fn what_was_changed_is_not_opened() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    open(&config).report(report("one"), None, at("2026-11-22T02:00:00Z")).unwrap();
    let text = fs::read_to_string(&config.path).unwrap();
    let lines = [
        text.replace("outdated", "wrong_person"),
        format!("{text}\n"),
        format!("{text}no digest\n"),
        format!("{text}{}\n", "x".repeat(20 << 10)),
    ];
    for broken in lines {
        fs::write(&config.path, &broken).unwrap();
        let opened = Corrections::open(Province::parse("43").unwrap(), &config, &mut Metrics::new());
        assert!(matches!(opened, Err(Error::Broken { .. })), "{broken}");
    }
}

#[test]
fn limits_count_what_is_open_and_what_came_today() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config {
        open_per_department: Count::new(2),
        daily_per_department: Count::new(3),
        closed: Count::new(1),
        ..config(directory.path())
    };
    let now = at("2026-11-22T02:00:00Z");
    let corrections = open(&config);
    let (one, _) = corrections.report(report("one"), None, now).unwrap();
    let (two, _) = corrections.report(report("two"), None, now).unwrap();
    let refused =
        |subject: &str, now| corrections.report(report(subject), None, now).unwrap_err().to_string();
    assert_eq!(refused("three", now), "the department has 2 reports open");
    for ticket in [&one, &two] {
        corrections.close(&ticket.id, State::Withdrawn, now).unwrap();
    }
    corrections.report(report("three"), None, now).unwrap();
    assert_eq!(refused("four", now), "the department has 3 reports today");
    // A clock that is set back opens no new day; the next day does.
    assert_eq!(refused("four", at("2026-11-20T02:00:00Z")), "the department has 3 reports today");
    corrections.report(report("four"), None, at("2026-11-22T16:00:00Z")).unwrap();
    // Only the last closed one can still be looked up.
    assert!(corrections.find(&one.id).is_none() && corrections.find(&two.id).is_some());
}

#[test]
fn the_name_that_another_gateway_gave_is_of_one_report() {
    let directory = tempfile::tempdir().unwrap();
    let corrections = open(&config(directory.path()));
    let now = at("2026-11-22T02:00:00Z");
    let province = Province::parse("11").unwrap();
    let id = TicketId::random(province).unwrap();
    let away = |subject: &str| {
        let mut report = report(subject);
        report.concerned.province = province;
        report
    };
    let filed = || Some((id.clone(), "2026-12-04".to_owned()));
    corrections.report(away("one"), filed(), now).unwrap();
    assert!(matches!(corrections.report(away("two"), filed(), now), Err(Error::Taken)));
    // Closed here and open there still, it comes back under its name.
    corrections.close(&id, State::Resolved, now).unwrap();
    assert!(matches!(corrections.report(away("two"), filed(), now), Err(Error::Taken)));
    let (again, new) = corrections.report(away("one"), filed(), now).unwrap();
    assert_eq!((&again.id, again.state, new), (&id, State::Open, true));
    assert_eq!(corrections.open_reports(|_| true), [again]);
}

#[test]
fn overdue_is_after_the_day_and_only_for_own_data() {
    let directory = tempfile::tempdir().unwrap();
    let mut metrics = Metrics::new();
    let config = config(directory.path());
    let corrections = Corrections::open(Province::parse("43").unwrap(), &config, &mut metrics).unwrap();
    let now = at("2026-11-22T02:00:00Z");
    let (ticket, _) = corrections.report(report("one"), None, now).unwrap();
    let mut other = report("one");
    other.concerned.province = Province::parse("11").unwrap();
    let filed = TicketId::random(other.concerned.province).unwrap();
    corrections.report(other, Some((filed, "2026-11-23".to_owned())), now).unwrap();
    for (now, overdue) in [("2026-12-04T15:59:59Z", 0), ("2026-12-04T16:00:00Z", 1)] {
        corrections.tell(at(now));
        let text = metrics.encode();
        assert!(text.contains("tongban_corrections_open 1\n"), "{text}");
        assert!(text.contains(&format!("tongban_corrections_overdue {overdue}\n")), "{text}");
        assert_eq!(ticket.is_overdue(at(now)), overdue == 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is reported and closed, in whatever order, reads the same after the journal is opened again, and what is open
    /// about somebody is exactly what nobody closed.
    #[test]
    fn opening_again_changes_nothing(steps in prop::collection::vec((0_u8..4, any::<bool>()), 1..12)) {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        let now = at("2026-11-22T02:00:00Z");
        let mut tickets = Vec::new();
        {
            let corrections = open(&config);
            for (subject, close) in &steps {
                let (ticket, _) = corrections.report(report(&subject.to_string()), None, now).unwrap();
                if *close {
                    corrections.close(&ticket.id, State::Rejected, now).unwrap();
                }
                tickets.push(ticket.id);
            }
            tickets.retain(|id| corrections.find(id).is_some());
        }
        let before: Vec<String> = fs::read_to_string(&config.path).unwrap().lines().map(str::to_owned).collect();
        let corrections = open(&config);
        for id in &tickets {
            let ticket = corrections.find(id).unwrap();
            let open = corrections.open_about(&ticket.concerned);
            prop_assert_eq!(open.contains(id), ticket.state == State::Open);
            prop_assert!(open.len() <= 1);
        }
        drop(corrections);
        let after = fs::read_to_string(&config.path).unwrap();
        prop_assert_eq!(after.lines().collect::<Vec<_>>(), before);
    }
}
