//! The program itself: `check`, `serve`, a kill right after a reply, SIGTERM and SIGHUP.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tongban::crypto::{Engine, HasLanes};

use crate::client::{Client, get, question};
use crate::officers::publish;
use crate::trust::suspend;
use crate::world::{Files, HOUSING, Setup, records};

fn tongban() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tongban"))
}

fn check(config: &Path) -> Output {
    tongban().arg("check").arg("--config").arg(config).output().unwrap()
}

/// A running `tongban serve`, killed when the test ends however it ends.
struct Served {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    /// What it said of itself when it began to serve.
    serving: Value,
    address: SocketAddr,
    admin: SocketAddr,
}

impl Served {
    fn start(config: &Path) -> Self {
        Self::spawn(tongban().arg("serve").arg("--config").arg(config))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut served = Self { child, stderr, serving: Value::Null, address: unknown, admin: unknown };
        served.serving = served.wait_for("serving")["fields"].take();
        let address = |name: &str| served.serving[name].as_str().unwrap().parse().unwrap();
        (served.address, served.admin) = (address("address"), address("admin_address"));
        served
    }

    fn wait_for(&mut self, message: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "ended without saying `{message}`");
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["fields"]["message"] == message {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A gateway of one province with its provider system, and a client of it.
async fn files() -> (Files, impl Fn(SocketAddr) -> Client) {
    let config = "[log]\nformat = \"json\"\n".to_owned();
    let files = Files::new(Setup { config, ..Setup::default() }).await;
    let (authority, hall) = (files.authority.certificate().to_vec(), files.hall.clone());
    (files, move |address| Client::trusting(&authority, Some(&hall), address, "h2"))
}

const INSURED: &str = "/v1/exchange/44/sb.insured.query";

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_every_reply_has_its_record() {
    let (files, client) = files().await;
    let ledger = files.scratch.path().join("44/ledger.ndjson");
    let mut replies = Vec::new();
    for _ in 0..3 {
        let mut served = Served::start(&files.asking);
        let reply = client(served.address).post(INSURED, &question()).await;
        served.child.kill().unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
        replies.push(reply.body["request_id"].clone());
        let recorded: Vec<Value> = records(&ledger).iter().map(|record| record["request"].clone()).collect();
        assert_eq!(recorded, replies);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_which_lanes_it_uses_and_how_many_threads_judge() {
    let (files, _) = files().await;
    let text = fs::read_to_string(&files.asking).unwrap();
    for (lanes, engine) in [(true, Engine::detect()), (false, Engine::portable())] {
        fs::write(&files.asking, format!("{text}\n[verify]\nworkers = 3\nlanes = {lanes}\n")).unwrap();
        let said = &Served::start(&files.asking).serving;
        let HasLanes { sm2, sm3 } = engine.has_lanes();
        assert_eq!((&said["sm2_lanes"], &said["sm3_lanes"]), (&Value::from(sm2), &Value::from(sm3)));
        assert_eq!(said["workers"], 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_discloses_nothing() {
    let (files, client) = files().await;
    // What it accepted is kept before the disk is full.
    drop(Served::start(&files.asking));
    // 16 blocks of 512 bytes hold a few records; writing beyond them fails as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" serve --config \"$1\"";
    let mut served = Served::spawn(
        Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_tongban")]).arg(&files.asking),
    );
    let client = client(served.address);
    let mut answered = Vec::new();
    let refused = loop {
        let reply = client.post(INSURED, &question()).await;
        match reply.status {
            200 => answered.push(reply.body["request_id"].clone()),
            _ => break reply,
        }
    };
    assert_eq!((refused.status, &refused.body["code"]), (503, &Value::from("ledger.unavailable")));
    assert_eq!(refused.body.get("data"), None);
    assert!(!answered.is_empty());
    assert_eq!(get(served.admin, "/readyz").await, (503, "the ledger has failed\n".to_owned()));
    assert_eq!(get(served.admin, "/healthz").await.0, 200);

    // What cannot be recorded widens nothing, and narrows all the same.
    let at = files.scratch.path().join("44");
    publish(&at, "nobody will know");
    served.signal("-HUP");
    let fault = served.wait_for("publication refused");
    let fault = fault["fields"]["fault"].as_str().unwrap();
    assert!(fault.contains("a change of trust cannot be recorded"), "{fault}");
    fs::write(at.join("published/manifest"), fs::read(at.join("published/manifests/1")).unwrap()).unwrap();
    suspend(&at, "department", HOUSING);
    served.signal("-HUP");
    let published = served.wait_for("rulebook published");
    let fields = &published["fields"];
    assert_eq!((&fields["version"], &fields["suspensions"]), (&Value::from(1), &Value::from(1)));
    drop(served);
    let text = fs::read_to_string(files.scratch.path().join("44/ledger.ndjson")).unwrap();
    for request in answered {
        assert!(text.contains(request.as_str().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn terminate_drains_and_hangup_reads_the_rules_again() {
    let (files, client) = files().await;
    let mut served = Served::start(&files.asking);
    let at = files.scratch.path().join("44");
    let agreement = at.join("policies/agreements/2.cedar");
    let text = fs::read_to_string(&agreement).unwrap();

    // A broken set of rules changes nothing.
    fs::write(&agreement, "permit (").unwrap();
    publish(&at, "what cannot be compiled");
    served.signal("-HUP");
    served.wait_for("publication refused");
    let reply = client(served.address).post(INSURED, &question()).await;
    assert_eq!((reply.status, &reply.body["generation"]), (200, &Value::from(1)));

    // Neither does a catalog that has lost a department which a system of the config speaks for.
    fs::write(&agreement, &text).unwrap();
    let departments = files.scratch.path().join("44/policies/catalog/departments.json");
    let whole = fs::read_to_string(&departments).unwrap();
    let row = whole.lines().find(|line| line.contains("11440000DEM0000059")).unwrap();
    fs::write(&departments, whole.replace(&format!("{row}\n"), "")).unwrap();
    publish(&at, "a department less");
    served.signal("-HUP");
    let refused = served.wait_for("publication refused");
    let fault = refused["fields"]["fault"].as_str().unwrap();
    assert!(fault.contains("`portal`") && fault.contains("is not in the catalog"), "{fault}");
    assert!(!check(&files.asking).status.success());
    fs::write(&departments, whole).unwrap();

    // Files that nobody approved are nothing.
    fs::write(&agreement, text.replace("aae140,", "")).unwrap();
    served.signal("-HUP");
    served.wait_for("publication refused");
    publish(&at, "a field less");
    served.signal("-HUP");
    served.wait_for("rulebook published");
    let reply = client(served.address).post(INSURED, &question()).await;
    assert_eq!((reply.status, &reply.body["generation"]), (200, &Value::from(2)));
    assert_eq!(reply.body["data"].get("aae140"), None, "{reply:?}");
    assert_eq!(get(served.admin, "/readyz").await, (200, "ready, generation 2\n".to_owned()));

    served.signal("-TERM");
    assert!(served.child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_every_fault_at_once() {
    let (files, _) = files().await;
    let output = check(&files.asking);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("province 44") && printed.contains(", 1 peer,"), "{printed}");

    let text = fs::read_to_string(&files.asking).unwrap();
    let broken = text
        .replace("province = \"44\"", "province = \"99\"\ncolor = \"red\"")
        .replace("server.key", "client.key")
        .replace("[ledger]\n", "[edge]\nheader_ms = \"long\"\n[ledger]\n")
        .replace("https://peer.invalid", "http://peer.invalid");
    fs::write(&files.asking, broken).unwrap();
    // A broken config hides neither a broken catalog nor broken anchors, and the catalog not the agreements.
    let policies = files.scratch.path().join("44/policies");
    let catalog = fs::read_to_string(policies.join("catalog/services.json")).unwrap();
    let services = catalog.replace("\"sensitivity\": 4", "\"sensitivity\": 5");
    fs::write(policies.join("catalog/services.json"), services).unwrap();
    fs::write(policies.join("agreements/bad.cedar"), "permit (").unwrap();
    fs::write(files.scratch.path().join("44/certs/anchors/bad.pem"), "no certificate").unwrap();
    let portal = files.scratch.path().join("44/certs/systems/portal.toml");
    let enrolled = fs::read_to_string(&portal).unwrap();
    let bent = enrolled.replace("11440000DEM0000059@440000", "11440000DEM0000050@440000");
    fs::write(&portal, bent.replace(&files.portal.fingerprint(), &files.hall.fingerprint())).unwrap();
    publish(&files.scratch.path().join("44"), "much that is wrong");
    let output = check(&files.asking);
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for fault in [
        "`province`",
        "`color`",
        "`tls`",
        "`edge.header_ms`: `long` is not a whole number from 1 to 4294967295",
        "certs/systems/portal.toml:1: `departments`: `11440000DEM0000050@",
        "already belongs to `certs/systems/hall.toml`",
        "certs/anchors/bad.pem:",
        "catalog/services.json:",
        "agreements/bad.cedar:",
    ] {
        assert!(printed.contains(fault), "{fault} in\n{printed}");
    }

    // What only shows when config, catalog and agreements are seen together.
    let apart = text.replace("services = [\"jy.unemployment.query\"]", "services = [\"no.such.service\"]");
    fs::write(&files.asking, apart).unwrap();
    fs::write(policies.join("catalog/services.json"), catalog).unwrap();
    fs::write(&portal, enrolled.replace("11440000DEM0000059@440000", "11430000DEM000099T@440000")).unwrap();
    publish(&files.scratch.path().join("44"), "less that is wrong");
    let output = check(&files.asking);
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for fault in
        ["agreements/bad.cedar:", "certs/anchors/bad.pem:", "11430000DEM000099T@440000", "no.such.service"]
    {
        assert!(printed.contains(fault), "{fault} in\n{printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_serve_nothing_is_refused() {
    let (files, _) = files().await;
    let text = fs::read_to_string(&files.asking).unwrap();
    let with = |tables: &str| {
        fs::write(&files.asking, format!("{text}\n{tables}\n")).unwrap();
        tongban::config::Config::load(&files.asking)
    };
    let peer = "[[peers]]\nprovince = \"11\"\nurl = \"https://beijing.invalid/gateway\"";
    for (tables, fault) in [
        ("[edge]\nconnections = 0", "`edge.connections`: `0` is not a whole number from 1 to 4294967295"),
        ("[edge]\nin_flight_per_system = 0", "`edge.in_flight_per_system`: `0` is not"),
        ("[edge]\ntimeout_ms = 0", "`edge.timeout_ms`: `0` is not"),
        ("[edge]\nsystem_rate = \"0/s\"", "`edge.system_rate`: `0/s` is not a rate"),
        ("[edge]\nbody_memory_bytes = 1000", "`edge.body_memory_bytes`: it is below the 536870912 bytes"),
        (
            "[edge]\nbody_memory_per_caller_bytes = 1000",
            "`edge.body_memory_per_caller_bytes`: it is below the 67108864 bytes",
        ),
        ("[edge]\nbody_reserve_bytes = 1000", "`edge.body_reserve_bytes`: it is below the 16777216 bytes"),
        (
            "[edge]\nbody_reserve_per_caller_bytes = 1000",
            "`edge.body_reserve_per_caller_bytes`: it is below the 262144 bytes",
        ),
        (
            "[edge]\nloose_bytes = 2000000000",
            "`edge.body_memory_per_caller_bytes`: it is below the 2000000000 bytes",
        ),
        (
            "[edge]\nbatch_line_bytes = 2000000000",
            "`edge.body_memory_per_caller_bytes`: it is below the 2000000000 bytes",
        ),
        (
            "[edge]\nconnection_window_bytes = 1048576",
            "`edge.connection_window_bytes`: it is below 1310720, 5 times",
        ),
        (
            "[edge]\nconnection_window_bytes = 2147483648",
            "`edge.connection_window_bytes`: a window of HTTP/2 has at most 2147483647 bytes",
        ),
        ("[upstream]\nin_flight = 0", "`upstream.in_flight`: `0` is not"),
        ("[upstream]\ntimeout_ms = 0", "`upstream.timeout_ms`: `0` is not"),
        ("[quota]\ndepartment_burst = 0", "`quota.department_burst`: `0` is not a whole number from 1"),
        ("[quota]\ndepartment_burst = \"many\"", "`quota.department_burst`: `many` is not a whole number"),
        ("[verify]\nworkers = 0", "`verify.workers`: `0` is not a whole number of at least 1"),
        ("[verify]\nworkers = 100000000", "`verify.workers`: it is 1024 at most"),
        (
            "[verify]\nhashed_together_bytes = 1000",
            "`verify.judged_together_bytes`: it is at most `hashed_together_bytes`",
        ),
        ("[verify]\ntogether = 9223372036854775807", "`verify.together`: it is 1024 at most"),
        ("[verify]\ngather_micros = 100001", "`verify.gather_micros`: it is 100000 at most"),
        ("[verify]\nknown_signers = 100000000000", "`verify.known_signers`: it is 65536 at most"),
        ("[verify]\nlanes = 1", "`verify.lanes`: `1` is not `true` or `false`"),
        ("[verify]\nworkrs = 1", "`verify.workrs`: there is no such key; there are `workers`, "),
        ("[verify.limits]\nentries = 0", "`verify.limits.entries`: a limit of 0 refuses every file"),
        ("[verify.limits]\nentries = -1", "`verify.limits.entries`: `-1` is not a whole number from 0"),
        ("[cache]\ncase_seconds = 4294967295", "`cache.case_seconds`: it is "),
        (
            "[[peers]]\nprovince = 11\nurl = \"https://beijing.invalid\"",
            "`peers 2.province`: `11` is not a text in quotes",
        ),
        (peer, "`peers 2`: the URL of a gateway has no path"),
    ] {
        let refused = with(tables).unwrap_err();
        let [found] = refused.faults.as_slice() else { panic!("{tables}: {:?}", refused.faults) };
        assert!(found.reason.starts_with(fault), "{tables}: {found}");
        assert!(found.line > text.lines().count(), "{tables}: {found}");
    }
    let refused = with("[verify]\nlanes = true\n\nworkers = 0\n[verify.limits]\nratio = 0").unwrap_err();
    let written = fs::read_to_string(&files.asking).unwrap();
    let line = 1 + written.lines().position(|line| line == "workers = 0").unwrap();
    assert_eq!(
        refused.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!(
            "{}:{line}: `verify.workers`: `0` is not a whole number of at least 1",
            files.asking.display()
        )]
    );
    with("[edge]\nin_flight_per_system = 1\ntimeout_ms = 1").unwrap();
    fs::write(&files.asking, text.replace("[ledger]\n", "[ledger]\ngather_micros = 100001\n")).unwrap();
    let refused = tongban::config::Config::load(&files.asking).unwrap_err();
    let [found] = refused.faults.as_slice() else { panic!("{:?}", refused.faults) };
    assert!(found.reason.starts_with("`ledger.gather_micros`: it is 100000 at most"), "{found}");
}

#[test]
fn a_config_that_is_not_there_is_told() {
    let output = check(Path::new("no-such-file.toml"));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no-such-file.toml: is not there"));
    assert_eq!(tongban().arg("check").output().unwrap().status.code(), Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told() {
    let (files, _) = files().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let text = fs::read_to_string(&files.asking).unwrap();
    let listen = format!("listen = \"{}\"", taken.local_addr().unwrap());
    fs::write(&files.asking, text.replace("listen = \"127.0.0.1:0\"", &listen)).unwrap();
    let output = tongban().arg("serve").arg("--config").arg(&files.asking).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.contains("cannot be bound"), "{printed}");
}
