//! Days outlive restarts and crashes: whatever happens to clocks, disks and processes, no day gives more than its quota.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use super::super::journal::Storage;
use super::*;
use crate::quota::days::Today;

/// A disk that survives its gateway, and that may die at a write.
#[derive(Clone, Default)]
struct Platter(Arc<Mutex<Plate>>);

#[derive(Default)]
struct Plate {
    bytes: Vec<u8>,
    writes: usize,
    /// How many writes are still done, and how many bytes of the one after them.
    dies: Option<(usize, usize)>,
    /// Writes fail and leave half of what they were given.
    full: bool,
}

impl Storage for Platter {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut plate = self.0.lock().unwrap();
        let all = plate.bytes.len();
        plate.die()?;
        if let Some((0, part)) = plate.dies {
            plate.bytes.extend_from_slice(&bytes[..part.min(bytes.len())]);
        } else if plate.full {
            plate.bytes.extend_from_slice(&bytes[..bytes.len() / 2]);
        } else {
            plate.bytes.extend_from_slice(bytes);
        }
        let whole = plate.bytes.len() == all + bytes.len() && plate.dies.is_none_or(|(left, _)| left > 0);
        plate.count(whole)
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut plate = self.0.lock().unwrap();
        plate.die()?;
        let whole = !plate.full && plate.dies.is_none_or(|(left, _)| left > 0);
        if whole {
            plate.bytes = bytes.to_vec();
        }
        plate.count(whole)
    }
}

impl Plate {
    /// After its death nothing is written.
    fn die(&self) -> io::Result<()> {
        if self.dies.is_some_and(|(left, part)| left == 0 && part == usize::MAX) { failed() } else { Ok(()) }
    }

    fn count(&mut self, whole: bool) -> io::Result<()> {
        self.writes += 1;
        self.dies = self.dies.map(|(left, part)| match left {
            0 => (0, usize::MAX),
            left => (left - 1, part),
        });
        if whole { Ok(()) } else { failed() }
    }
}

fn failed() -> io::Result<()> {
    Err(io::Error::other("the disk is gone"))
}

fn shown() -> Shown {
    let mut metrics = Metrics::new();
    Shown { seconds: metrics.latencies("seconds", "Time."), failed: metrics.gauge("failed", "Failed.") }
}

fn start(platter: &Platter, clock: &Arc<ManualSteadyClock>, blocks: u64) -> Result<Days, Error> {
    {
        let mut plate = platter.0.lock().unwrap();
        plate.dies = None;
    }
    let bytes = platter.0.lock().unwrap().bytes.clone();
    let journal = Journal::read(Box::new(platter.clone()), &bytes, Path::new("counts"))?;
    let day = CivilDay::new(
        Arc::<ManualSteadyClock>::clone(clock),
        Duration::from_secs(60),
        Duration::from_secs(3_600),
    );
    Days::resume(day, journal, blocks, shown())
}

fn asking(name: &str) -> Account {
    Account {
        agreement: AgreementId::parse(name).unwrap(),
        department: Department::parse("11440000DEM000006C@440000").unwrap(),
    }
}

fn noon(day: i64) -> Timestamp {
    Timestamp::from_seconds(day * 86_400 + 4 * 3_600)
}

fn spend(days: &Days, limit: u64, now: Timestamp) -> Result<Today, Unspent> {
    done(days.spend(&asking("a"), limit, now))
}

fn admitted(days: &Days, limit: u64, now: Timestamp) -> u64 {
    (0..limit * 2).filter(|_| spend(days, limit, now).is_ok()).count() as u64
}

#[test]
fn a_restart_does_not_begin_the_day_anew() {
    let (platter, clock) = (Platter::default(), Arc::new(ManualSteadyClock::default()));
    let days = start(&platter, &clock, 100).unwrap();
    for _ in 0..7 {
        spend(&days, 10, noon(20_000)).unwrap();
    }
    drop(days);
    let days = start(&platter, &clock, 100).unwrap();
    assert_eq!(admitted(&days, 10, noon(20_000)), 3);
    assert!(matches!(days.look(&asking("a"), 10, noon(20_000)), Err(Unspent::Spent(_))));
    assert_eq!(days.look(&asking("b"), 10, noon(20_000)).unwrap().remaining, 10);
    drop(days);
    let days = start(&platter, &clock, 100).unwrap();
    assert_eq!(admitted(&days, 10, noon(20_001)), 10);
}

#[test]
fn a_crash_costs_less_than_a_block_and_a_block_is_one_write() {
    let (platter, clock) = (Platter::default(), Arc::new(ManualSteadyClock::default()));
    let days = start(&platter, &clock, 100).unwrap();
    for _ in 0..201 {
        spend(&days, 20_000, noon(20_000)).unwrap();
    }
    drop(days);
    // The file's beginning and two blocks of 200.
    assert_eq!(platter.0.lock().unwrap().writes, 2);
    let days = start(&platter, &clock, 100).unwrap();
    let left = days.look(&asking("a"), 20_000, noon(20_000)).unwrap().remaining;
    assert_eq!(left, 20_000 - 400, "199 of a block are lost");
}

#[test]
fn steps_of_the_clock_over_restarts_open_no_day_twice() {
    let (platter, clock) = (Platter::default(), Arc::new(ManualSteadyClock::default()));
    let mut given = std::collections::BTreeMap::new();
    for day in [20_000, 20_001, 20_000, 20_005, 20_001, 20_000, 20_005, 20_004, 20_006] {
        let days = start(&platter, &clock, 100).unwrap();
        for _ in 0..30 {
            if let Ok(today) = spend(&days, 20, noon(day)) {
                *given.entry(today.day).or_insert(0) += 1;
            }
        }
    }
    // A day that was passed over is gone, and none is given twice.
    assert_eq!(
        given.into_iter().collect::<Vec<_>>(),
        [(20_000, 20), (20_001, 20), (20_005, 20), (20_006, 20)]
    );
}

#[test]
fn what_cannot_be_written_is_not_answered_and_heals_by_itself() {
    let (platter, clock) = (Platter::default(), Arc::new(ManualSteadyClock::default()));
    let days = start(&platter, &clock, 2).unwrap();
    assert_eq!(spend(&days, 4, noon(20_000)).unwrap().remaining, 3);
    platter.0.lock().unwrap().full = true;
    // What was reserved before is still good.
    assert_eq!(spend(&days, 4, noon(20_000)).unwrap().remaining, 2);
    for _ in 0..3 {
        assert_eq!(spend(&days, 4, noon(20_000)), Err(Unspent::Failed));
    }
    platter.0.lock().unwrap().full = false;
    assert_eq!(admitted(&days, 4, noon(20_000)), 2);
    drop(days);
    let days = start(&platter, &clock, 2).unwrap();
    assert_eq!(admitted(&days, 4, noon(20_000)), 0);
}

#[test]
fn only_a_torn_end_is_forgiven() {
    let (platter, clock) = (Platter::default(), Arc::new(ManualSteadyClock::default()));
    let days = start(&platter, &clock, 10).unwrap();
    for _ in 0..3 {
        spend(&days, 10, noon(20_000)).unwrap();
    }
    drop(days);
    let whole = platter.0.lock().unwrap().bytes.clone();
    let text = String::from_utf8(whole.clone()).unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");
    let read = |bytes: &[u8]| {
        let journal = Journal::read(Box::new(Platter::default()), bytes, Path::new("counts"));
        journal.map(|journal| journal.reservations().map(|(_, _, requests)| requests).sum::<u64>())
    };
    let header = text.find('\n').unwrap() + 1;
    for cut in header..whole.len() {
        let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(read(&whole[..cut]).unwrap(), lines - 1, "cut at {cut}");
    }
    // One bit in any other place is seen.
    for at in 0..whole.len() - 1 {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let error = read(&bytes).unwrap_err();
        let codes = ["quota.state_broken", "quota.state_foreign"];
        assert!(codes.contains(&error.code()), "{at}: {error}");
    }
    for foreign in ["{}", "tongban quota 2\n", "\n", "\u{0}\u{0}"] {
        assert_eq!(read(foreign.as_bytes()).unwrap_err().code(), "quota.state_foreign", "{foreign:?}");
    }
}

#[test]
fn a_file_is_for_one_process_and_is_kept_short() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("counts.quota");
    let clock = Arc::new(ManualSteadyClock::default());
    let config = Config { path: Some(path.clone()), ..Config::default() };
    let open = || Quotas::open(&config, clock.clone(), &mut Metrics::new());
    let quotas = open().unwrap();
    let permit = limited("@rate(\"1000/s\")\n@daily(\"3\")");
    let now = at("2026-11-21T00:00:00Z");
    assert!(ask(&quotas, &permit, now).is_ok());
    assert_eq!(open().unwrap_err().code(), "quota.state_locked");
    drop(quotas);
    let quotas = open().unwrap();
    assert_eq!((0..9).filter(|_| ask(&quotas, &permit, now).is_ok()).count(), 2);
    drop(quotas);
    std::fs::write(&path, "not ours\n").unwrap();
    assert_eq!(open().unwrap_err().code(), "quota.state_foreign");
    assert_eq!(std::fs::read(&path).unwrap(), b"not ours\n", "left as it was found");

    let platter = Platter::default();
    let mut journal = Journal::read(Box::new(platter.clone()), b"", Path::new("counts")).unwrap();
    for requests in 0..25_000 {
        let reservation = journal::Reservation {
            account: asking("a"),
            day: 20_000 + requests / 20_000,
            requests: requests as u64,
        };
        journal.write(&[reservation]).unwrap();
    }
    let lines = String::from_utf8(platter.0.lock().unwrap().bytes.clone()).unwrap().lines().count();
    assert!(lines < 10_100, "{lines}");
}

/// One thing that happens to a gateway.
#[derive(Clone, Debug)]
enum Event {
    /// So many requests.
    Requests(u32),
    /// The wall clock steps by so many hours.
    Step(i64),
    /// Time goes by on both clocks, in minutes.
    Wait(i64),
    /// The process ends and starts again.
    Restart,
    /// The power fails: after so many writes, and so many bytes of the next.
    Crash(usize, usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1_u32..30).prop_map(Event::Requests),
        2 => (-60_i64..60).prop_map(Event::Step),
        2 => (0_i64..2_000).prop_map(Event::Wait),
        2 => Just(Event::Restart),
        2 => (0_usize..4, 0_usize..120).prop_map(|(writes, bytes)| Event::Crash(writes, bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_day_ever_gives_more_than_its_quota(
        limit in 1_u64..40,
        blocks in 1_u64..8,
        events in prop::collection::vec(event(), 1..40),
    ) {
        let (platter, clock) = (Platter::default(), Arc::new(ManualSteadyClock::default()));
        let mut days = start(&platter, &clock, blocks).unwrap();
        let mut now = noon(20_000);
        let mut given = std::collections::BTreeMap::new();
        let mut latest = i64::MIN;
        for event in events {
            match event {
                Event::Requests(number) => for _ in 0..number {
                    if let Ok(today) = spend(&days, limit, now) {
                        *given.entry(today.day).or_insert(0) += 1;
                        prop_assert!(today.day >= latest, "day {} after {latest}", today.day);
                        latest = today.day;
                    }
                },
                Event::Step(hours) => now = now.plus_millis(hours * 3_600_000),
                Event::Wait(minutes) => {
                    clock.advance(Duration::from_secs(minutes.unsigned_abs() * 60));
                    now = now.plus_millis(minutes * 60_000);
                }
                Event::Restart => {
                    drop(days);
                    days = start(&platter, &clock, blocks).unwrap();
                }
                Event::Crash(writes, bytes) => {
                    platter.0.lock().unwrap().dies = Some((writes, bytes));
                    for _ in 0..limit {
                        if let Ok(today) = spend(&days, limit, now) {
                            *given.entry(today.day).or_insert(0) += 1;
                            latest = latest.max(today.day);
                        }
                    }
                    drop(days);
                    days = start(&platter, &clock, blocks).unwrap();
                }
            }
        }
        for (day, given) in given {
            prop_assert!(given <= limit, "{given} of {limit} on day {day}");
        }
    }
}
