//! One officer alone cannot widen what a gateway trusts, and can narrow it at once. Each way of trying is tried at a running
//! gateway, as one who holds an officer's key and may write every file of the publication.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::rules::put_anchor;
use serde_json::json;
use tongban::clock::{Clock, SystemClock, Timestamp};
use tongban::crypto::{DigestAlgorithm, Fingerprint};
use tongban::demo::forge::{Hierarchy, Layout, Seed, Validity, samples};
use tongban::fault::Fault;
use tongban::gateway::{Gateway, Prepared, Running};
use tongban::manifest::{
    FilePath, Manifest, Note, Officers, PrivateKey, PublicationName, Scheme, Subject, Suspension,
};
use tongban::rulebook::store;
use tongban::trust::{Change, Proposal};

use crate::client::{Client, get, question};
use crate::officers::{
    PUBLICATION, change, key, office, officer, present, propose, propose_files, publish, publish_change,
    publisher,
};
use crate::world::{EDUCATION, Files, HOUSING, Setup, agreement, start};

const INSURED: &str = "/v1/exchange/44/sb.insured.query";
/// Where the rules of the attacker's dreams would stand.
pub(crate) const WIDER: &str = "policies/agreements/wider.cedar";
/// The enrollment of a system that nobody knows, where no gateway reads it, and where one would.
const STRANGER: &str = "stranger.toml";
const ENROLLED: &str = "certs/systems/stranger.toml";
pub(crate) const DAY: i64 = 86_400_000;

/// A gateway and the directory of its publication, rules and state.
pub(crate) struct Site {
    pub(crate) files: Files,
    pub(crate) at: PathBuf,
    running: Option<Running>,
}

impl Site {
    pub(crate) async fn start(config: &str) -> Self {
        let files = Files::new(Setup { config: config.to_owned(), ..Setup::default() }).await;
        let at = files.scratch.path().join("44");
        let enrollment = format!(
            "departments = [\"{HOUSING}\"]\n[[certificates]]\nsha256 = \"{}\"\n",
            files.stranger.fingerprint()
        );
        fs::write(at.join(STRANGER), enrollment).unwrap();
        let running = Some(start(&files.asking).await);
        Self { files, at, running }
    }

    /// The same by another clock, which what officers publish is not held against.
    pub(crate) async fn by_clock(self, clock: Arc<dyn Clock>) -> Self {
        let Self { files, at, running } = self;
        running.unwrap().shutdown().await;
        let prepared = Prepared::load(&files.asking).unwrap().with_clock(clock);
        let running = Some(Gateway::start(prepared).await.unwrap());
        Self { files, at, running }
    }

    /// The same, with what officers publish held against `clock`.
    pub(crate) async fn by_officers_clock(&mut self, clock: Arc<dyn Clock>) {
        self.running.take().unwrap().shutdown().await;
        let prepared = Prepared::load(&self.files.asking).unwrap().with_officers_clock(clock);
        self.running = Some(Gateway::start(prepared).await.unwrap());
    }

    pub(crate) async fn restart(&mut self) {
        self.running.take().unwrap().shutdown().await;
        self.running = Some(start(&self.files.asking).await);
    }

    pub(crate) fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// What the gateway says of the publication, all of it.
    pub(crate) async fn refused(&self) -> String {
        match self.running().reload().await {
            Ok(generation) => format!("generation {generation}"),
            Err(faults) => faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"),
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.files.authority, Some(&self.files.portal), self.running().address(), "h2")
    }

    /// The status and code of a question by a department.
    pub(crate) async fn ask(&self, department: &str) -> (u16, String) {
        let mut asked = question();
        asked["context"]["department"] = json!(department);
        let reply = self.client().post(INSURED, &asked).await;
        (reply.status, reply.body["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Fails if the education department gets what nobody agreed to, or a system that nobody enrolled anything.
    pub(crate) async fn assert_not_widened(&self, how: &str) {
        let (status, code) = self.ask(EDUCATION).await;
        assert_eq!((status, code.as_str()), (403, "policy.denied"), "{how}");
        // Asked over and over, it would be shed before it is looked at.
        let stranger = Fingerprint::parse(&self.files.stranger.fingerprint()).unwrap();
        let callers = &self.running().exchange().rulebook().callers;
        assert_eq!(callers.identify(&stranger, SystemClock.now()), None, "{how}");
    }

    /// The same question by a certificate that is enrolled for nobody.
    async fn ask_as_stranger(&self) -> (u16, String) {
        let address = self.running().address();
        let client = Client::new(&self.files.authority, Some(&self.files.stranger), address, "h2");
        let reply = client.post(INSURED, &question()).await;
        (reply.status, reply.body["code"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) async fn metric(&self, name: &str) -> i64 {
        let text = get(self.running().admin_address(), "/metrics").await.1;
        let line = text.lines().find(|line| line.starts_with(name) && line[name.len()..].starts_with(' '));
        line.unwrap_or_else(|| panic!("{name} in {text}")).rsplit(' ').next().unwrap().parse().unwrap()
    }
}

/// A rule that lets the education department have what the housing department may.
pub(crate) fn wider() -> String {
    agreement(EDUCATION, "44", "sb.insured.query", "aae140,aac008", 50)
        .replace("query-44\")", "query-44-wider\")")
}

pub(crate) fn wang() -> Vec<PrivateKey> {
    vec![key("wang", Scheme::Ed25519)]
}

/// Wang has the rules widened, a system enrolled, and everything that `change` says; whoever has `keys` signs.
pub(crate) fn widening(at: &Path, change: Change, keys: &[PrivateKey]) -> Proposal {
    let mut files = store::files(at).unwrap();
    files.insert(FilePath::parse(WIDER).unwrap(), wider().into_bytes());
    files.insert(FilePath::parse(ENROLLED).unwrap(), fs::read(at.join(STRANGER)).unwrap());
    let mut proposal = propose_files(at, files, change, SystemClock.now());
    proposal.approve(keys).unwrap();
    proposal
}

/// Puts a proposal where the gateway looks, as one does who writes the files by hand and asks nobody.
pub(crate) fn put(at: &Path, proposal: &Proposal, note: &str) {
    put_as(at, proposal, note, "manifest");
}

pub(crate) fn put_as(at: &Path, proposal: &Proposal, note: &str, name: &str) {
    let published = at.join("published");
    for (_, content) in proposal.files().iter() {
        let name = DigestAlgorithm::Sha256.digest(content).hex();
        fs::write(published.join("files").join(name), content).unwrap();
    }
    fs::write(published.join(format!("manifests/{}", proposal.manifest().version)), note).unwrap();
    fs::write(published.join(name), note).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &to) } else { replace_file(&path, &to) }
    }
}

fn replace(from: &Path, to: &Path) {
    fs::remove_dir_all(to).unwrap();
    copy(from, to);
}

pub(crate) fn officers(names: &[&str]) -> Officers {
    Officers::new(names.iter().map(|name| officer(name)).collect(), 2).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_officer_alone_widens_nothing() {
    // Education may ask at first, which two officers then end; the first manifest is an old one to come back with.
    let mut site = Site::start("").await;
    let at = site.at.clone();
    fs::write(at.join(WIDER), wider()).unwrap();
    fs::copy(at.join(STRANGER), at.join(ENROLLED)).unwrap();
    publish(&at, "education may ask");
    site.running().reload().await.unwrap();
    assert_eq!((site.ask(EDUCATION).await.0, site.ask_as_stranger().await.0), (200, 200));
    let wide = fs::read_to_string(at.join("published/manifest")).unwrap();
    fs::remove_file(at.join(WIDER)).unwrap();
    fs::remove_file(at.join(ENROLLED)).unwrap();
    publish(&at, "education may not ask");
    site.running().reload().await.unwrap();
    site.assert_not_widened("before").await;
    let generation = site.running().exchange().rulebook().generation;

    let (published, good) = (at.join("published"), at.join("good"));
    copy(&published, &good);
    let chen = key("chen", Scheme::Ed25519);
    let wang_and_chen = || [wang(), vec![key("chen", Scheme::Ed25519)]].concat_keys();
    let late = |reason: &str| {
        let expires = SystemClock.now().plus_millis(-DAY);
        Change { expires, ..change(reason) }
    };
    let lone = |change: Change, keys: &[PrivateKey]| {
        let proposal = widening(&at, change, keys);
        let note = proposal.note().to_string();
        (proposal, note)
    };

    type Attempt<'a> = (&'a str, &'a str, Box<dyn Fn() + 'a>);
    let attempts: Vec<Attempt<'_>> = vec![
        (
            "an unsigned manifest",
            "trust.unsigned",
            Box::new(|| {
                let (proposal, note) = lone(change("x"), &[]);
                put(&at, &proposal, &note);
            }),
        ),
        (
            "a manifest that Wang alone signed",
            "trust.too_few_officers",
            Box::new(|| {
                let (proposal, note) = lone(change("x"), &wang());
                put(&at, &proposal, &note);
            }),
        ),
        (
            "one signature twice",
            "trust.signed_twice",
            Box::new(|| {
                let (proposal, note) = lone(change("x"), &wang());
                let line = note.lines().last().unwrap().to_owned();
                put(&at, &proposal, &format!("{note}{line}\n"));
            }),
        ),
        (
            "Wang's signature under Li's name",
            "trust.signature_broken",
            Box::new(|| {
                let (proposal, note) = lone(change("x"), &wang());
                let good = fs::read_to_string(good.join("manifest")).unwrap();
                let of_li: Vec<&str> = good.lines().filter(|line| line.starts_with("— li")).collect();
                put(&at, &proposal, &format!("{note}{}\n", of_li.join("\n")));
            }),
        ),
        (
            "a manifest that Wang and a stranger signed",
            "trust.unknown_officer",
            Box::new(|| {
                let (proposal, note) = lone(change("x"), &wang_and_chen());
                put(&at, &proposal, &note);
            }),
        ),
        (
            "an officer added and counted in the same change",
            "trust.unknown_officer",
            Box::new(|| {
                let add = vec![officer("chen"), officer("wang"), office().0.all()[0].clone()];
                let officers = Officers::new(add, 2).unwrap();
                let (proposal, note) = lone(Change { officers, ..change("x") }, &wang_and_chen());
                put(&at, &proposal, &note);
            }),
        ),
        (
            "an officer removed in the same change",
            "trust.unknown_officer",
            Box::new(|| {
                let officers = officers(&["wang", "chen"]);
                let (proposal, note) = lone(Change { officers, ..change("x") }, &wang_and_chen());
                put(&at, &proposal, &note);
            }),
        ),
        (
            "a threshold of one",
            "trust.malformed",
            Box::new(|| {
                let (proposal, _) = lone(change("x"), &[]);
                let text = proposal.note().text().replace("threshold 2", "threshold 1");
                let mut note = Note::unsigned(text);
                wang()[0].sign(&mut note).unwrap();
                put(&at, &proposal, &note.to_string());
            }),
        ),
        (
            "the manifest from when more was trusted",
            "trust.old_version",
            Box::new(|| {
                fs::write(published.join("manifest"), &wide).unwrap();
            }),
        ),
        (
            "another text of the version in effect",
            "trust.other_text",
            Box::new(|| {
                let version = present(&at).unwrap().version;
                let (proposal, _) = lone(change("x"), &[]);
                let same = Manifest { version, ..proposal.manifest().clone() };
                let mut note = Note::unsigned(same.to_string());
                wang()[0].sign(&mut note).unwrap();
                fs::write(published.join("manifest"), note.to_string()).unwrap();
            }),
        ),
        (
            "a manifest that both signed and let expire",
            "trust.expired",
            Box::new(|| {
                let mut files = store::files(&at).unwrap();
                files.insert(tongban::manifest::FilePath::parse(WIDER).unwrap(), wider().into_bytes());
                let earlier = SystemClock.now().plus_millis(-2 * DAY);
                let mut proposal = propose_files(&at, files, late("for a day"), earlier);
                proposal.approve(&office().1).unwrap();
                put(&at, &proposal, &proposal.note().to_string());
            }),
        ),
        (
            "a manifest that both signed, edited",
            "trust.signature_broken",
            Box::new(|| {
                fs::write(at.join("policies/agreements/note.txt"), "x").unwrap();
                let mut proposal = propose(&at, change("one more file"), SystemClock.now());
                fs::remove_file(at.join("policies/agreements/note.txt")).unwrap();
                proposal.approve(&office().1).unwrap();
                let note =
                    proposal.note().to_string().replace("agreements/note.txt", "agreements/notes.cedar");
                put(&at, &proposal, &note);
            }),
        ),
        (
            "a file swapped after it was approved",
            "trust.file_changed",
            Box::new(|| {
                let narrow = wider().replace(EDUCATION, HOUSING);
                fs::write(at.join(WIDER), &narrow).unwrap();
                publish(&at, "housing may ask in two ways");
                fs::remove_file(at.join(WIDER)).unwrap();
                let name = DigestAlgorithm::Sha256.digest(narrow.as_bytes()).hex();
                fs::write(published.join("files").join(name), wider()).unwrap();
            }),
        ),
        (
            "a version left out",
            "trust.version_gap",
            Box::new(|| {
                publish(&at, "the first of two");
                publish(&at, "the second of two");
                let version = present(&at).unwrap().version;
                fs::remove_file(published.join(format!("manifests/{}", version - 1))).unwrap();
            }),
        ),
        (
            "break-glass, which the config does not allow",
            "trust.break_glass_off",
            Box::new(|| {
                let (proposal, note) = lone(Change { break_glass: true, ..change("x") }, &wang());
                put_as(&at, &proposal, &note, "break-glass");
                replace_file(&good.join("manifest"), &published.join("manifest"));
            }),
        ),
        (
            "break-glass in the place of a manifest",
            "trust.break_glass_place",
            Box::new(|| {
                let (proposal, note) = lone(Change { break_glass: true, ..change("x") }, &wang());
                put(&at, &proposal, &note);
            }),
        ),
        (
            "a suspension by nobody",
            "trust.unknown_officer",
            Box::new(|| {
                let mut note = suspension("agreement", "sb.insured.query-44");
                chen.sign(&mut note).unwrap();
                put_suspension(&published, &note);
            }),
        ),
        (
            "nothing at all",
            "trust.unreadable",
            Box::new(|| fs::remove_file(published.join("manifest")).unwrap()),
        ),
        (
            "a pipe, which is waited on for ever",
            "trust.unreadable",
            Box::new(|| {
                fs::remove_file(published.join("manifest")).unwrap();
                let made = std::process::Command::new("mkfifo").arg(published.join("manifest")).status();
                assert!(made.unwrap().success());
            }),
        ),
        (
            "no manifest",
            "trust.malformed",
            Box::new(|| fs::write(published.join("manifest"), [0xff; 99]).unwrap()),
        ),
    ];
    let place = published.display().to_string();
    for (how, code, attempt) in &attempts {
        attempt();
        let said = site.refused().await;
        assert!(said.contains(&format!("`{code}`")) && said.starts_with(&place), "{how}: {said}");
        site.assert_not_widened(how).await;
        assert_eq!(site.ask(HOUSING).await.0, 200, "{how}: what held must go on holding");
        assert_eq!(site.running().exchange().rulebook().generation, generation, "{how}");
        assert!(site.metric(&format!("tongban_trust_refused_total{{code=\"{code}\"}}")).await >= 1, "{how}");
        // Nor does a restart help.
        if *code != "trust.unreadable" {
            let refused = Prepared::load(&site.files.asking).unwrap();
            assert!(refused.refused()[0].to_string().contains(code), "{how}");
        }
        replace(&good, &published);
        assert_eq!(site.refused().await, format!("generation {generation}"), "{how}: afterwards");
    }

    // Files that no manifest names are nothing, wherever they are put.
    fs::write(at.join(WIDER), wider()).unwrap();
    for place in [
        "published/files/wider.cedar",
        "published/policies/agreements/wider.cedar",
        "state/policies/wider.cedar",
    ] {
        fs::create_dir_all(at.join(place).parent().unwrap()).unwrap();
        fs::write(at.join(place), wider()).unwrap();
    }
    assert_eq!(site.refused().await, format!("generation {generation}"));
    site.restart().await;
    site.assert_not_widened("files outside the manifest").await;
}

fn replace_file(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

/// Lists of keys, which cannot be cloned, put together.
pub(crate) trait ConcatKeys {
    fn concat_keys(self) -> Vec<PrivateKey>;
}

impl ConcatKeys for [Vec<PrivateKey>; 2] {
    fn concat_keys(self) -> Vec<PrivateKey> {
        self.into_iter().flatten().collect()
    }
}

fn suspension(kind: &str, id: &str) -> Note {
    let suspension = Suspension {
        publication: PublicationName::parse(PUBLICATION).unwrap(),
        subject: Subject::parse(kind, id).unwrap(),
        since: Timestamp::from_seconds(SystemClock.now().seconds()),
        reason: "a test".to_owned(),
    };
    Note::unsigned(suspension.to_string())
}

fn put_suspension(published: &Path, note: &Note) {
    let digest = DigestAlgorithm::Sha256.digest(note.text().as_bytes()).hex();
    fs::create_dir_all(published.join("suspensions")).unwrap();
    fs::write(published.join("suspensions").join(&digest), note.to_string()).unwrap();
    fs::write(published.join("suspensions/index"), format!("{digest}\n")).unwrap();
}

/// Wang suspends; the digest of what he wrote.
pub(crate) fn suspend(at: &Path, kind: &str, id: &str) -> tongban::crypto::Digest {
    suspend_by(at, kind, id, &wang())
}

pub(crate) fn suspend_by(at: &Path, kind: &str, id: &str, keys: &[PrivateKey]) -> tongban::crypto::Digest {
    let mut note = suspension(kind, id);
    keys.iter().for_each(|key| assert!(key.sign(&mut note).unwrap()));
    publisher(at).suspend(&note, SystemClock.now()).unwrap().digest()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_config_decides_where_the_state_is_gone_or_forged() {
    let mut site = Site::start("").await;
    let at = site.at.clone();
    // Two who are no officers publish what they like, and forge the state of the gateway as well.
    let forged = at.join("forged");
    fs::create_dir_all(&forged).unwrap();
    copy(&at.join("policies"), &forged.join("policies"));
    fs::write(forged.join(WIDER), wider()).unwrap();
    let others = Change { officers: officers(&["wang", "chen"]), ..change("ours now") };
    let mut proposal = propose(&forged, others, SystemClock.now());
    proposal.approve(&[wang(), vec![key("chen", Scheme::Ed25519)]].concat_keys()).unwrap();
    publisher(&forged).publish(&proposal, SystemClock.now()).unwrap();

    let told = |faults: Vec<Fault>| faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n");
    fs::remove_dir_all(at.join("state")).unwrap();
    let good = at.join("good");
    copy(&at.join("published"), &good);
    replace(&forged.join("published"), &at.join("published"));
    let refused = told(Prepared::load(&site.files.asking).err().unwrap());
    assert!(
        refused.contains("`trust.unknown_officer`") && refused.contains("published/manifest"),
        "{refused}"
    );

    replace(&good, &at.join("published"));
    copy(&forged.join("published"), &at.join("state"));
    let refused = told(Prepared::load(&site.files.asking).err().unwrap());
    assert!(refused.contains("`trust.unknown_officer`") && refused.contains("state/manifest"), "{refused}");

    // A state that lost a file is not passed over, since it knows versions and suspensions.
    replace(&good, &at.join("state"));
    let catalog = fs::read(at.join("policies/catalog/services.json")).unwrap();
    let name = DigestAlgorithm::Sha256.digest(&catalog).hex();
    fs::remove_file(at.join("state/files").join(name)).unwrap();
    let refused = told(Prepared::load(&site.files.asking).err().unwrap());
    assert!(refused.contains("`trust.file_missing`") && refused.contains("state/manifest"), "{refused}");

    fs::remove_dir_all(at.join("state")).unwrap();
    site.restart().await;
    site.assert_not_widened("a state made anew").await;
    assert_eq!(site.ask(HOUSING).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_officer_narrows_at_once_and_two_restore() {
    let mut site = Site::start("").await;
    let at = site.at.clone();
    let now = SystemClock.now();
    let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
    let hierarchy = Hierarchy::new(&Seed::new("trust"), validity).unwrap();
    let root = hierarchy.root.certificate();
    put_anchor(&at.join("certs/anchors"), "root", root);
    publish(&at, "a root");
    site.running().reload().await.unwrap();
    let made = now.plus_millis(-60_000);
    let (_, license) = samples(made).unwrap().remove(0);
    let issuer = hierarchy.issuer(&license.issuer, "44990000000001", Layout::Gb2020).unwrap();
    let sealed = issuer.seal_license(&license, made).unwrap().to_zip().unwrap();
    let judged = |site: &Site| {
        let (client, sealed) = (site.client(), sealed.clone());
        async move {
            let department = [("tongban-department", HOUSING)];
            let reply = client.send("POST", "/v1/licenses/verify", &department, sealed).await.unwrap();
            let standing = reply.body["signatures"][0]["seal"]["standing"]["state"].clone();
            (reply.body["verdict"].as_str().unwrap_or("refused").to_owned(), standing)
        }
    };
    let whole = (200, String::new());
    assert_eq!(site.ask(HOUSING).await, whole);
    // What nobody keeps a register of is unknown, though suspensions are known.
    let (verdict, standing) = judged(&site).await;
    assert_eq!((verdict.as_str(), standing), ("genuine", json!("unknown")));

    let fingerprint = DigestAlgorithm::Sha256.digest(root).hex();
    let mut generation = site.running().exchange().rulebook().generation;
    for (kind, id, code) in [
        ("agreement", "sb.insured.query-44", "policy.denied"),
        ("department", HOUSING, "policy.denied"),
        ("system", "portal", "caller.unidentified"),
        ("anchor", &fingerprint, ""),
        ("seal", "44990000000001", ""),
    ] {
        let digest = suspend(&at, kind, id);
        assert_eq!(site.running().reload().await.unwrap(), generation + 1, "{kind}");
        assert_eq!(site.metric("tongban_trust_suspensions").await, 1);
        let (verdict, standing) = judged(&site).await;
        assert_eq!(site.ask(HOUSING).await.1, code, "{kind}");
        match kind {
            "anchor" => assert_eq!(verdict, "undetermined"),
            "seal" => assert_eq!((verdict.as_str(), standing), ("undetermined", json!("suspended"))),
            "agreement" => assert_eq!(verdict, "genuine"),
            _ => assert_eq!(verdict, "refused", "{kind}"),
        }

        // That its file is gone lifts nothing, now or after a restart.
        fs::remove_dir_all(at.join("published/suspensions")).unwrap();
        assert_eq!(site.running().reload().await.unwrap(), generation + 1, "{kind}");
        site.restart().await;
        assert_eq!(site.ask(HOUSING).await.1, code, "{kind}");
        assert_eq!(site.metric("tongban_trust_suspensions").await, 1);

        // Nor does a manifest that does not say so, or that one officer signed.
        publish(&at, "something else");
        site.running().reload().await.unwrap();
        assert_eq!(site.ask(HOUSING).await.1, code, "{kind}");
        let lift = BTreeSet::from([digest]);
        let mut alone = propose(&at, Change { lift: lift.clone(), ..change("let it go") }, SystemClock.now());
        alone.approve(&wang()).unwrap();
        let before = fs::read(at.join("published/manifest")).unwrap();
        put(&at, &alone, &alone.note().to_string());
        assert!(site.refused().await.contains("`trust.too_few_officers`"), "{kind}");
        assert_eq!(site.ask(HOUSING).await.1, code, "{kind}");
        fs::write(at.join("published/manifest"), before).unwrap();

        publish_change(&at, Change { lift, ..change("it was nothing") });
        generation = site.running().reload().await.unwrap();
        assert_eq!(site.ask(HOUSING).await, whole, "{kind}");
        assert_eq!(judged(&site).await.0, "genuine", "{kind}");
        assert_eq!(site.metric("tongban_trust_suspensions").await, 0);
    }
}
