//! What the ledger promises, after crashes, tampering and failures of the disk.

use std::fs;
use std::io::Write as _;
use std::sync::Mutex;

use super::*;
use crate::clock::FixedClock;
use crate::crypto::DigestAlgorithm;

fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at(Timestamp::from_millis(1_795_276_800_123)))
}

fn entry(request: &str) -> Entry {
    Entry {
        request: request.to_owned(),
        operation: "query",
        department: Some("11440000DEM000006C@440000".to_owned()),
        decision: Some(Decided { code: "permit", policies: vec!["a".to_owned()], missing: Vec::new() }),
        outcome: Some("answered".to_owned()),
        request_digest: Some(DigestAlgorithm::Sm3.digest(b"request")),
        ..Entry::default()
    }
}

struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("ledger.ndjson")
    }

    fn open(&self) -> Result<Ledger, Error> {
        Ledger::open(&Config::new(self.path()), clock(), &mut Metrics::new())
    }

    /// A closed ledger of `number` records.
    async fn with(number: usize) -> Self {
        let scratch = Self::new();
        let ledger = scratch.open().unwrap();
        for request in 0..number {
            ledger.record(&entry(&format!("request {request}"))).await.unwrap();
        }
        drop(ledger);
        assert_eq!(verify(&scratch.path()).unwrap().records, number as u64);
        scratch
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(self.path(), bytes).unwrap();
    }
}

#[tokio::test]
async fn what_is_recorded_is_read_back() {
    let scratch = Scratch::new();
    let ledger = scratch.open().unwrap();
    let first = ledger.record(&entry("first")).await.unwrap();
    let second = ledger.record(&entry("second\n\"line\"")).await.unwrap();
    assert_eq!((first.sequence(), second.sequence()), (0, 1));
    assert_eq!(second.at().millis(), 1_795_276_800_123);
    let record = ledger.find(second.id()).unwrap().unwrap();
    assert_eq!((record.sequence, record.id.as_str()), (1, second.id()));
    assert_eq!(record.json["request"], "second\n\"line\"");
    assert_eq!(record.json["at"], 1_795_276_800_123_i64);
    assert_eq!(record.json["decision"]["policies"][0], "a");
    assert_eq!(record.json["request_digest"].as_str().unwrap().len(), 64);
    assert!(record.json["previous"].as_str().unwrap().starts_with(first.id()));
    assert!(ledger.find("0").unwrap().is_none());
    assert!(ledger.find(&"0".repeat(32)).unwrap().is_none());
}

#[tokio::test]
async fn a_reopened_ledger_goes_on() {
    let scratch = Scratch::with(3).await;
    let ledger = scratch.open().unwrap();
    assert_eq!((ledger.opened().records, ledger.opened().verified, ledger.opened().torn_bytes), (3, 3, 0));
    assert_eq!(ledger.record(&entry("fourth")).await.unwrap().sequence(), 3);
    drop(ledger);
    assert_eq!(verify(&scratch.path()).unwrap().verified, 4);
}

#[tokio::test]
async fn only_one_process_writes() {
    let scratch = Scratch::with(1).await;
    let ledger = scratch.open().unwrap();
    assert!(matches!(scratch.open(), Err(Error::Locked(_))));
    drop(ledger);
    assert!(scratch.open().is_ok());
}

/// A crash may cut the file anywhere in the last line.
#[tokio::test]
async fn every_torn_end_is_cut_off_and_nothing_else() {
    let scratch = Scratch::with(3).await;
    let whole = scratch.bytes();
    let second_ends = whole.len() - whole.rsplit(|byte| *byte == b'\n').nth(1).unwrap().len() - 1;
    for end in second_ends..whole.len() {
        scratch.write(&whole[..end]);
        assert_eq!(verify(&scratch.path()).unwrap().torn_bytes, (end - second_ends) as u64);
        let ledger = scratch.open().unwrap();
        assert_eq!((ledger.opened().records, ledger.opened().torn_bytes), (2, (end - second_ends) as u64));
        if end % 97 == 0 {
            assert_eq!(ledger.record(&entry("again")).await.unwrap().sequence(), 2);
            drop(ledger);
            assert_eq!(verify(&scratch.path()).unwrap().records, 3);
        } else {
            drop(ledger);
            assert_eq!(scratch.bytes(), &whole[..second_ends]);
        }
    }
}

#[tokio::test]
async fn every_changed_byte_is_found() {
    let scratch = Scratch::with(3).await;
    let whole = scratch.bytes();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        scratch.write(&changed);
        // A changed last line feed looks like a torn end; nothing but the last record can be lost to it.
        if at == whole.len() - 1 {
            assert!(verify(&scratch.path()).unwrap().torn_bytes > 0);
            continue;
        }
        assert!(matches!(verify(&scratch.path()), Err(Error::Broken { .. })), "byte {at}");
        assert!(matches!(scratch.open(), Err(Error::Broken { .. })), "byte {at}");
        assert_eq!(scratch.bytes(), changed, "a refused ledger is left as it is");
    }
}

#[tokio::test]
async fn lines_cannot_be_left_out_swapped_or_added() {
    let scratch = Scratch::with(4).await;
    let text = String::from_utf8(scratch.bytes()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut chain = chain::Head::genesis();
    let mut forged = String::new();
    chain.add(0, "{\"forged\":true}", &mut forged);
    for (order, line, what) in [
        (vec![lines[1], lines[2]], 1, "does not have the next sequence number"),
        (vec![lines[0], lines[2]], 2, "does not have the next sequence number"),
        (vec![lines[0], lines[2], lines[1]], 2, "does not have the next sequence number"),
        (vec![lines[0], lines[0]], 2, "does not have the next sequence number"),
        (vec![forged.trim_end(), lines[1]], 2, "does not follow from the line before it"),
        (vec![lines[0], ""], 2, "does not have the shape of a record"),
    ] {
        let changed: String = order.iter().map(|line| format!("{line}\n")).collect();
        scratch.write(changed.as_bytes());
        match scratch.open() {
            Err(Error::Broken { line: found, what: reason }) => assert_eq!((found, reason), (line, what)),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn opening_verifies_the_end_of_a_long_ledger() {
    let scratch = Scratch::with(600).await;
    let config = Config { verified_bytes: 1, ..Config::new(scratch.path()) };
    let open = || Ledger::open(&config, clock(), &mut Metrics::new());
    let whole = scratch.bytes();
    let ledger = open().unwrap();
    assert_eq!(ledger.opened().records, 600);
    // At least two lines of the greatest length are looked at.
    assert!((100..600).contains(&ledger.opened().verified), "{:?}", ledger.opened());
    assert_eq!(ledger.record(&entry("next")).await.unwrap().sequence(), 600);
    drop(ledger);
    assert_eq!(verify(&scratch.path()).unwrap().verified, 601);
    // What was changed long ago shows in the whole verification only.
    let mut changed = whole.clone();
    changed[100] ^= 1;
    scratch.write(&changed);
    assert!(open().is_ok());
    assert!(matches!(verify(&scratch.path()), Err(Error::Broken { line: 1, .. })));
    let mut changed = whole.clone();
    let near_the_end = whole.len() - 1000;
    changed[near_the_end] ^= 1;
    scratch.write(&changed);
    assert!(matches!(open(), Err(Error::Broken { .. })));
}

#[tokio::test]
async fn an_endless_line_is_refused_in_bounded_memory() {
    let scratch = Scratch::new();
    scratch.write(&vec![b'x'; 1 << 20]);
    assert!(matches!(scratch.open(), Err(Error::Broken { line: 1, .. })));
    let scratch = Scratch::with(0).await;
    let ledger = scratch.open().unwrap();
    let long = entry(&"x".repeat(LINE_BYTES));
    assert!(matches!(ledger.record(&long).await, Err(Error::TooLong(_))));
    assert!(ledger.record(&entry("short")).await.is_ok());
}

#[tokio::test]
async fn the_longest_entry_makes_a_line_that_can_be_read() {
    let scratch = Scratch::new();
    let ledger = scratch.open().unwrap();
    let short = entry("").to_json().unwrap().len();
    let longest = entry(&"x".repeat(LINE_BYTES - chain::OVERHEAD - short));
    let recorded = ledger.record(&longest).await.unwrap();
    assert!(ledger.find(recorded.id()).unwrap().is_some());
    drop(ledger);
    assert_eq!(verify(&scratch.path()).unwrap().records, 1);
}

/// A disk that does what it is told, shared with the test.
#[derive(Default)]
struct Disk {
    written: Vec<u8>,
    synced: usize,
    writes_left: Option<usize>,
    syncs_left: Option<usize>,
    /// How many bytes of a failing write get through.
    partial: usize,
    batches: Vec<usize>,
}

#[derive(Clone, Default)]
struct Faulty(Arc<Mutex<Disk>>);

impl Storage for Faulty {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        if disk.writes_left == Some(0) {
            let partial = disk.partial.min(bytes.len());
            disk.written.extend(&bytes[..partial]);
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.writes_left = disk.writes_left.map(|left| left - 1);
        disk.written.extend(bytes);
        disk.batches.push(bytes.iter().filter(|byte| **byte == b'\n').count());
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        if disk.syncs_left == Some(0) {
            return Err(io::ErrorKind::Other.into());
        }
        disk.syncs_left = disk.syncs_left.map(|left| left - 1);
        disk.synced = disk.written.len();
        Ok(())
    }
}

fn on(disk: &Faulty, metrics: &mut Metrics) -> Ledger {
    configured(&Config::new("unused"), disk, metrics)
}

fn configured(config: &Config, disk: &Faulty, metrics: &mut Metrics) -> Ledger {
    let summary = Summary { records: 0, verified: 0, torn_bytes: 0, head: chain::Head::genesis() };
    let walked = Walked { summary, end: 0, denials: Denials::new(0) };
    Ledger::with_storage(config, clock(), metrics, Box::new(disk.clone()), walked).unwrap()
}

/// What a failing disk may do to the third record, and how many records are there afterwards.
#[tokio::test]
async fn after_a_failure_nothing_more_is_recorded() {
    for (writes, syncs, partial, action, records) in [
        (Some(2), None, 0, "written", 2),
        (Some(2), None, 100, "written", 2),
        // Failed, but persisted: it is there without anyone having been told.
        (None, Some(2), 0, "made to last", 3),
    ] {
        let disk = Faulty::default();
        {
            let mut disk = disk.0.lock().unwrap();
            (disk.writes_left, disk.syncs_left, disk.partial) = (writes, syncs, partial);
        }
        let mut metrics = Metrics::new();
        let ledger = on(&disk, &mut metrics);
        for request in ["first", "second"] {
            ledger.record(&entry(request)).await.unwrap();
        }
        match ledger.record(&entry("third")).await {
            Err(Error::Disk { action: failed, .. }) => assert_eq!(failed, action),
            other => panic!("{other:?}"),
        }
        // The disk is well again, and still nothing is taken.
        {
            let mut disk = disk.0.lock().unwrap();
            (disk.writes_left, disk.syncs_left) = (None, None);
        }
        assert!(matches!(ledger.record(&entry("fourth")).await, Err(Error::Failed)));
        assert!(metrics.encode().contains("tongban_ledger_failed 1"));
        drop(ledger);
        let scratch = Scratch::new();
        scratch.write(&disk.0.lock().unwrap().written);
        let ledger = scratch.open().unwrap();
        assert_eq!((ledger.opened().records, ledger.opened().torn_bytes), (records, partial as u64));
        assert_eq!(ledger.record(&entry("fourth")).await.unwrap().sequence(), records);
    }
}

#[tokio::test]
async fn entries_given_together_share_one_sync() {
    let disk = Faulty::default();
    disk.0.lock().unwrap().syncs_left = Some(1);
    let ledger = on(&disk, &mut Metrics::new());
    let entries: Vec<Entry> = (0..40).map(|number| entry(&number.to_string())).collect();
    let recorded = ledger.record_all(&entries).await.unwrap();
    let sequences: Vec<u64> = recorded.iter().map(Recorded::sequence).collect();
    assert_eq!(sequences, (0..40).collect::<Vec<u64>>());
    assert_eq!(disk.0.lock().unwrap().batches, [40]);
    assert!(ledger.record_all([]).await.unwrap().is_empty());
    // One that is too long keeps all of its fellows out.
    let long = Entry { reasons: vec!["x".repeat(LINE_BYTES)], ..entry("long") };
    assert!(matches!(ledger.record_all([&entries[0], &long]).await, Err(Error::TooLong(_))));
    assert_eq!(disk.0.lock().unwrap().batches, [40]);
    // None is told of when the disk fails.
    assert!(matches!(ledger.record_all(&entries).await, Err(Error::Disk { .. })));
}

#[tokio::test]
async fn a_write_takes_those_that_were_announced() {
    let disk = Faulty::default();
    let (gather_micros, gather_from) = (10_000_000, NonZeroUsize::new(2).unwrap());
    let config = Config { gather_micros, gather_from, ..Config::new("unused") };
    let ledger = Arc::new(configured(&config, &disk, &mut Metrics::new()));
    let coming: Vec<Coming> = (0..5).map(|_| ledger.announce()).collect();
    let mut told = tokio::task::JoinSet::new();
    let come = |number: usize| {
        let ledger = Arc::clone(&ledger);
        async move { ledger.record(&entry(&number.to_string())).await.unwrap().sequence() }
    };
    for number in 0..5 {
        told.spawn(come(number));
    }
    // All wait in the ledger before the first is taken for one that is no longer coming.
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
    drop(coming);
    assert_eq!(told.join_all().await.len(), 5);
    assert_eq!(disk.0.lock().unwrap().batches, [5]);
}

#[tokio::test]
async fn writes_are_bounded_by_entries() {
    let metrics = &mut Metrics::new();
    let end = End { head: chain::Head::genesis(), bytes: 0, denials: Arc::new(Mutex::new(Denials::new(0))) };
    let batch = NonZeroUsize::new(5).unwrap();
    let gathering = Gathering::new(&Config::new("unused"));
    let writer = Writer::new(Box::new(Faulty::default()), clock(), metrics, end, (batch, gathering));
    let (sender, mut jobs) = mpsc::channel(8);
    for bodies in [1, 3, 3, 1, 9, 1] {
        let bodies = vec!["{}".to_owned(); bodies];
        sender.try_send(Job { bodies, done: oneshot::channel().0 }).unwrap();
    }
    drop(sender);
    let gather = move || {
        let mut sizes: Vec<Vec<usize>> = Vec::new();
        let mut batch = Vec::new();
        while writer.gather(&mut jobs, &mut batch) {
            sizes.push(batch.drain(..).map(|job| job.bodies.len()).collect());
        }
        sizes
    };
    // The job that reaches the bound is the last.
    assert_eq!(tokio::task::spawn_blocking(gather).await.unwrap(), [vec![1, 3, 3], vec![1, 9], vec![1]]);
}

#[tokio::test]
async fn nobody_is_told_before_the_sync() {
    let disk = Faulty::default();
    let ledger = Arc::new(on(&disk, &mut Metrics::new()));
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let (ledger, disk) = (Arc::clone(&ledger), disk.clone());
            tokio::spawn(async move {
                let recorded = ledger.record(&entry(&number.to_string())).await.unwrap();
                let disk = disk.0.lock().unwrap();
                let synced = String::from_utf8_lossy(&disk.written[..disk.synced]).into_owned();
                assert!(synced.contains(recorded.id()));
                recorded.sequence()
            })
        })
        .collect();
    let mut sequences = Vec::new();
    for task in tasks {
        sequences.push(task.await.unwrap());
    }
    sequences.sort_unstable();
    assert_eq!(sequences, (0..200).collect::<Vec<u64>>());
    assert_eq!(disk.0.lock().unwrap().batches.iter().sum::<usize>(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_syncs_and_chain() {
    let scratch = Scratch::new();
    let mut metrics = Metrics::new();
    let config = Config { batch: NonZeroUsize::new(16).unwrap(), ..Config::new(scratch.path()) };
    let ledger = Arc::new(Ledger::open(&config, clock(), &mut metrics).unwrap());
    let tasks: Vec<_> = (0..400)
        .map(|number| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move { ledger.record(&entry(&number.to_string())).await.unwrap() })
        })
        .collect();
    for task in tasks {
        let recorded = task.await.unwrap();
        assert_eq!(ledger.find(recorded.id()).unwrap().unwrap().sequence, recorded.sequence());
    }
    drop(ledger);
    assert_eq!(verify(&scratch.path()).unwrap().records, 400);
    let text = metrics.encode();
    assert!(text.contains("tongban_ledger_records_total 400"), "{text}");
}

#[tokio::test]
async fn who_goes_away_is_recorded_all_the_same() {
    let scratch = Scratch::new();
    let ledger = scratch.open().unwrap();
    {
        let entry = entry("gone");
        let recording = ledger.record(&entry);
        tokio::pin!(recording);
        // One look is enough to hand the entry over.
        let ready = tokio::time::timeout(std::time::Duration::ZERO, recording).await;
        drop(ready);
    }
    drop(ledger);
    let text = String::from_utf8(scratch.bytes()).unwrap();
    assert!(text.contains("\"request\":\"gone\""));
}

#[tokio::test]
async fn a_file_that_others_touch_takes_no_more() {
    let touches: [fn(&Path); 4] = [
        |path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(10).unwrap(),
        |path| fs::remove_file(path).unwrap(),
        |path| fs::rename(path, path.with_extension("1")).unwrap(),
        |path| fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"{}\n").unwrap(),
    ];
    for touch in touches {
        let scratch = Scratch::new();
        let ledger = scratch.open().unwrap();
        ledger.record(&entry("before")).await.unwrap();
        touch(&scratch.path());
        assert!(matches!(ledger.record(&entry("after")).await, Err(Error::Disk { .. })));
        assert!(!ledger.is_open());
    }
}

#[tokio::test]
async fn denials_are_read_back_by_their_place() {
    let scratch = Scratch::new();
    let denied = |request: &str| Entry {
        decision: Some(Decided { code: "expired", policies: vec!["a".to_owned()], missing: Vec::new() }),
        // Bytes and characters are not the same.
        outcome: Some("拒绝".to_owned()),
        ..entry(request)
    };
    let entries = [entry("1"), denied("2"), entry("3"), denied("4"), denied("5")];
    let ledger = scratch.open().unwrap();
    let first = ledger.record_all(&entries[..2]).await.unwrap();
    let rest = ledger.record_all(&entries[2..]).await.unwrap();
    let recorded: Vec<_> = first.iter().chain(&rest).collect();
    let told = |ledger: &Ledger| -> Vec<Option<Value>> {
        recorded.iter().map(|one| Some(ledger.denial(one.id()).unwrap()?.json["request"].clone())).collect()
    };
    let expected = [None, Some("2".into()), None, Some("4".into()), Some("5".into())];
    assert_eq!(told(&ledger), expected);
    drop(ledger);

    // As many as there is room for are known after a start as well.
    let mut torn = scratch.bytes();
    torn.extend_from_slice(b"{\"hash\":\"0");
    scratch.write(&torn);
    assert_eq!(told(&scratch.open().unwrap()), expected);
    let few = Config { denials: 2, ..Config::new(scratch.path()) };
    let ledger = Ledger::open(&few, clock(), &mut Metrics::new()).unwrap();
    let [_, _, _, fourth, fifth] = expected;
    assert_eq!(told(&ledger), [None, None, None, fourth, fifth.clone()]);
    let last = ledger.record(&denied("6")).await.unwrap();
    assert_eq!(ledger.denial(last.id()).unwrap().unwrap().json["request"], "6");
    assert_eq!(told(&ledger), [None, None, None, None, fifth]);
}
