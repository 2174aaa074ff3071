//! Clients that are not trusted any more: revoked, or certified by nobody since a publication. Handshakes, kept connections and
//! resumed sessions all end the same way.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use rustls::AlertDescription;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tongban::clock::{Clock, FixedClock, SystemClock, Timestamp};
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{TlsAuthority, TlsCredentials, Validity};
use tongban::fault::Fault;

use crate::client::{Client, Kept, get, question};
use crate::officers::publish;
use crate::provider::{Behavior, insured};
use crate::trust::{DAY, suspend};
use crate::world::{Setup, TLS_ANCHOR, World};

const INSURED: &str = "/v1/exchange/44/sb.insured.query";
const PROTOCOLS: [&str; 2] = ["http/1.1", "h2"];

/// A world whose lapsed connections stay until they ask.
async fn patient() -> World {
    with("lapse_ms = 600000").await
}

async fn with(edge: &str) -> World {
    World::with(Setup { config: format!("[edge]\n{edge}\n"), ..Setup::default() }).await
}

fn client(world: &World, identity: &TlsCredentials, protocol: &str) -> Client {
    Client::new(&world.authority, Some(identity), world.asking.address(), protocol)
}

async fn keep(world: &World, identity: &TlsCredentials, protocol: &str) -> Kept {
    client(world, identity, protocol).keep().await.unwrap()
}

/// The status and code of the next answer.
async fn ask(kept: &mut Kept) -> (u16, Value) {
    let reply = kept.post(INSURED, &question()).await.unwrap();
    (reply.status, reply.body["code"].clone())
}

/// Has the authority publish who is `revoked`, and the gateway look. Once it has, the gateway demands to know.
async fn revoke(world: &World, revoked: &[&TlsCredentials]) {
    let at = world.scratch.path().join("44");
    let (list, entry) = (at.join("tls.crl"), at.join("certs/anchors/tls.toml"));
    // Each list is newer than the one before, by the second.
    let before = if list.exists() { NEWER.fetch_add(1, Ordering::Relaxed) } else { 0 };
    let now = SystemClock.now();
    let from = now.plus_millis(-3_600_000 + before * 1000);
    let der =
        world.authority.revocation_list(revoked, Validity { from, until: now.plus_millis(DAY) }).unwrap();
    let is_first = !list.exists();
    fs::write(&list, der).unwrap();
    if is_first {
        let source = format!("{TLS_ANCHOR}\n[[revocation]]\nfile = \"{}\"\n", list.display());
        fs::write(entry, source).unwrap();
        publish(&at, "where the authority tells whom it revokes");
        world.asking.reload().await.unwrap();
    }
    let problems = world.asking.ask_about_revocation().await;
    assert!(problems.is_empty(), "{problems:?}");
}

/// Seconds by which lists follow each other.
static NEWER: AtomicI64 = AtomicI64::new(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_revoked_between_two_requests_is_told_and_cut() {
    let world = patient().await;
    for (number, protocol) in PROTOCOLS.into_iter().enumerate() {
        revoke(&world, &[]).await;
        let mut kept = keep(&world, &world.hall, protocol).await;
        let mut other = keep(&world, &world.portal, protocol).await;
        assert_eq!(ask(&mut kept).await, (200, Value::Null));
        assert_eq!(ask(&mut other).await.1, "caller.department_missing");

        revoke(&world, &[&world.hall]).await;
        let reply = kept.post(INSURED, &question()).await.unwrap();
        assert_eq!((reply.status, &reply.body["code"]), (403, &json!("caller.revoked")), "{protocol}");
        assert_eq!(reply.header("connection"), if number == 0 { "close" } else { "" });
        kept.ended().await;
        // What is recorded names the certificate, and nobody for it.
        let record = world.records().pop().unwrap();
        assert_eq!((&record["outcome"], &record["system"]), (&json!("caller.revoked"), &Value::Null));
        assert_eq!(record["certificate"], world.hall.fingerprint());
        let counted = |when: &str| {
            format!(
                "tongban_clients_distrusted_total{{code=\"caller.revoked\",when=\"{when}\"}} {}",
                number + 1
            )
        };
        world.until_shown(&counted("connection")).await;

        let alert = client(&world, &world.hall, protocol).alert().await;
        assert_eq!(alert, AlertDescription::CertificateRevoked);
        world.until_shown(&counted("handshake")).await;
        // Nobody else notices.
        assert_eq!(ask(&mut other).await.1, "caller.department_missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_of_a_revoked_client_is_closed() {
    let world = with("lapse_ms = 1").await;
    for protocol in PROTOCOLS {
        revoke(&world, &[]).await;
        let mut used = keep(&world, &world.hall, protocol).await;
        assert_eq!(ask(&mut used).await.0, 200);
        let unused = keep(&world, &world.hall, protocol).await;
        // The gateway is at work for this one, which gets what was permitted when it asked.
        let mut busy = keep(&world, &world.hall, protocol).await;
        let until = Arc::new(Notify::new());
        world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
        let mut fresh = question();
        fresh["context"]["case"] = json!(protocol);
        fresh["query"]["aac003"] = json!(format!("测试{protocol}"));
        let calls = world.provider.calls();
        let open = tokio::spawn(async move {
            let reply = busy.post(INSURED, &fresh).await.unwrap();
            (reply.status, busy)
        });
        while world.provider.calls() == calls {
            world.provider.called.notified().await;
        }

        revoke(&world, &[&world.hall]).await;
        used.ended().await;
        unused.ended().await;
        until.notify_one();
        let (status, busy) = open.await.unwrap();
        assert_eq!(status, 200, "{protocol}");
        busy.ended().await;
        world.provider.behave(Behavior::Answer(insured()));
    }
    world.until_shown("tongban_connections 0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_resumed_vouches_for_nobody() {
    let world = patient().await;
    for protocol in PROTOCOLS {
        revoke(&world, &[]).await;
        let hall = client(&world, &world.hall, protocol);
        let mut first = hall.keep().await.unwrap();
        assert!(!first.is_resumed);
        assert_eq!(ask(&mut first).await.0, 200);
        let mut second = hall.keep().await.unwrap();
        assert!(second.is_resumed, "{protocol}");
        assert_eq!(ask(&mut second).await.0, 200);

        revoke(&world, &[&world.hall]).await;
        let mut third = hall.keep().await.unwrap();
        assert!(third.is_resumed, "{protocol}");
        assert_eq!(ask(&mut third).await, (403, json!("caller.revoked")));
        third.ended().await;
        for mut open in [first, second] {
            assert_eq!(ask(&mut open).await, (403, json!("caller.revoked")));
        }
        // Neither does it for one that was revoked and is not any more: it is judged, not remembered.
        revoke(&world, &[]).await;
        let mut again = hall.keep().await.unwrap();
        assert!(again.is_resumed, "{protocol}");
        assert_eq!(ask(&mut again).await.0, 200);
    }
    let shown = get(world.asking.admin_address(), "/metrics").await.1;
    assert!(shown.contains("tongban_handshakes_total{kind=\"resumed\"} 6"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_is_resumed_where_none_is_kept() {
    let world = with("sessions = 0").await;
    let hall = client(&world, &world.hall, "h2");
    for _ in 0..2 {
        let mut kept = hall.keep().await.unwrap();
        assert!(!kept.is_resumed);
        assert_eq!(ask(&mut kept).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_a_publication_takes_away_certifies_nobody() {
    let world = patient().await;
    let at = world.scratch.path().join("44");
    let now = SystemClock.now();
    let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
    let successor = TlsAuthority::new("successor", validity).unwrap();
    let renewed = successor.client("hall", validity).unwrap();
    let newcomer = client(&world, &renewed, "h2");
    assert_eq!(newcomer.alert().await, AlertDescription::UnknownCA);
    let mut kept = Vec::new();
    for protocol in PROTOCOLS {
        kept.push(keep(&world, &world.hall, protocol).await);
        assert_eq!(ask(kept.last_mut().unwrap()).await.0, 200);
    }

    // Both at first, so that systems can go from one to the other.
    fs::write(at.join("certs/anchors/successor.pem"), successor.certificate_pem()).unwrap();
    let entry = "certificates = [\"successor.pem\"]\nroles = [\"tls_client\"]\n";
    fs::write(at.join("certs/anchors/successor.toml"), entry).unwrap();
    publish(&at, "another authority");
    world.asking.reload().await.unwrap();
    for kept in &mut kept {
        assert_eq!(ask(kept).await.0, 200);
    }
    // It is certified now, though its certificate is not enrolled.
    let mut stranger = newcomer.keep().await.unwrap();
    assert_eq!(ask(&mut stranger).await, (403, json!("caller.unidentified")));

    for name in ["tls.pem", "tls.toml"] {
        fs::remove_file(at.join("certs/anchors").join(name)).unwrap();
    }
    publish(&at, "one authority less");
    world.asking.reload().await.unwrap();
    for mut kept in kept {
        assert_eq!(ask(&mut kept).await, (403, json!("caller.uncertified")));
        kept.ended().await;
    }
    assert_eq!(client(&world, &world.hall, "h2").alert().await, AlertDescription::UnknownCA);
    assert_eq!(ask(&mut stranger).await, (403, json!("caller.unidentified")));

    // With none left nobody could call: that is not what anybody meant.
    fs::write(at.join("certs/anchors/successor.toml"), entry.replace("tls_client", "signer")).unwrap();
    publish(&at, "no authority");
    let faults = world.asking.reload().await.unwrap_err();
    let said: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(said.iter().any(|fault| fault.contains("`tls_client`")), "{said:?}");
    assert_eq!(ask(&mut stranger).await.1, "caller.unidentified");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_vouches_for_clients_of_its_regions_alone() {
    let world = patient().await;
    let at = world.scratch.path().join("44");
    let mut kept = keep(&world, &world.hall, "h2").await;
    assert_eq!(ask(&mut kept).await.0, 200);
    for (regions, is_fit) in [("440100\", \"440000", true), ("430000", false), ("440000", true)] {
        fs::write(at.join("certs/anchors/tls.toml"), format!("{TLS_ANCHOR}regions = [\"{regions}\"]\n"))
            .unwrap();
        publish(&at, "whose clients it certifies");
        world.asking.reload().await.unwrap();
        let mut fresh = client(&world, &world.hall, "h2").keep().await.unwrap();
        if is_fit {
            assert_eq!(ask(&mut fresh).await.0, 200);
        } else {
            assert_eq!(ask(&mut kept).await, (403, json!("caller.uncertified")));
            assert_eq!(client(&world, &world.hall, "h2").alert().await, AlertDescription::UnknownCA);
        }
    }
}

/// A clock that stops whoever asks it on a thread for handshakes, while its gate is shut.
#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
    is_reached: AtomicBool,
}

impl Clock for Gate {
    fn now(&self) -> Timestamp {
        if std::thread::current().name() == Some("handshakes") {
            let mut is_shut = self.is_shut.lock().unwrap();
            while *is_shut {
                self.is_reached.store(true, Ordering::SeqCst);
                is_shut = self.opened.wait(is_shut).unwrap();
            }
        }
        SystemClock.now()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn clients_are_judged_in_handshakes_beside_the_threads_that_serve() {
    let gate = Arc::new(Gate::default());
    let world = World::with(Setup { clock: Some(gate.clone()), ..Setup::default() }).await;
    let mut kept = keep(&world, &world.hall, "h2").await;
    assert_eq!(ask(&mut kept).await.0, 200);
    *gate.is_shut.lock().unwrap() = true;
    // As many as there are threads for handshakes, and more.
    let waiting: Vec<_> = (0..8).map(|_| client(&world, &world.portal, "h2")).collect();
    let waiting: Vec<_> = waiting
        .into_iter()
        .map(|client| {
            tokio::spawn(async move { client.keep().await.unwrap().post(INSURED, &question()).await })
        })
        .collect();
    while !gate.is_reached.load(Ordering::SeqCst) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    for _ in 0..3 {
        assert_eq!(ask(&mut kept).await.0, 200);
    }
    assert!(waiting.iter().all(|one| !one.is_finished()));
    *gate.is_shut.lock().unwrap() = false;
    gate.opened.notify_all();
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap().body["code"], "caller.department_missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_officer_cuts_off_an_authority_or_a_system_at_once() {
    for (kind, code) in [("anchor", "caller.uncertified"), ("system", "caller.unidentified")] {
        let world = with("lapse_ms = 1").await;
        let at = world.scratch.path().join("44");
        let mut kept = Vec::new();
        for protocol in PROTOCOLS {
            kept.push(keep(&world, &world.hall, protocol).await);
            assert_eq!(ask(kept.last_mut().unwrap()).await.0, 200);
        }
        let mut portal = keep(&world, &world.portal, "h2").await;
        let stranger = keep(&world, &world.stranger, "h2").await;
        let fingerprint = DigestAlgorithm::Sha256.digest(world.authority.certificate()).hex();
        suspend(&at, kind, if kind == "anchor" { &fingerprint } else { "hall" });
        world.asking.reload().await.unwrap();
        for kept in kept {
            kept.ended().await;
        }
        match kind {
            "anchor" => {
                portal.ended().await;
                let alert = client(&world, &world.hall, "h2").alert().await;
                assert_eq!(alert, AlertDescription::UnknownCA);
                stranger.ended().await;
            }
            _ => {
                // Others stay, those included that never were enrolled.
                assert_eq!(ask(&mut portal).await.1, "caller.department_missing");
                let mut again = keep(&world, &world.hall, "h2").await;
                assert_eq!(ask(&mut again).await, (403, json!(code)));
                let mut stranger = stranger;
                assert_eq!(ask(&mut stranger).await, (403, json!(code)));
                assert_eq!(ask(&mut stranger).await, (403, json!(code)));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_expires_on_an_open_connection_is_noticed() {
    let now = SystemClock.now();
    let clock = Arc::new(FixedClock::at(now));
    // It looks every second at a clock that has been moved meanwhile.
    let config = "[edge]\nlapse_ms = 600000\ntrust_seconds = 1\n".to_owned();
    let world = World::with(Setup { config, clock: Some(clock.clone()), ..Setup::default() }).await;
    let until = now.plus_millis(DAY / 2);
    let short = world.authority.client("short", Validity { from: now.plus_millis(-DAY), until }).unwrap();
    let mut kept = keep(&world, &short, "h2").await;
    let mut other = keep(&world, &world.portal, "h2").await;
    assert_eq!(ask(&mut kept).await.1, "caller.unidentified");
    // The whole second in which it ends is its own.
    clock.set(Timestamp::from_seconds(until.seconds()));
    assert_eq!(ask(&mut kept).await.1, "caller.unidentified");
    clock.set(Timestamp::from_seconds(until.seconds() + 1));
    world
        .until_shown(
            "tongban_clients_distrusted_total{code=\"caller.certificate_out_of_date\",when=\"connection\"} 1",
        )
        .await;
    assert_eq!(ask(&mut kept).await, (403, json!("caller.certificate_out_of_date")));
    kept.ended().await;
    assert_eq!(ask(&mut other).await.1, "caller.department_missing");
    assert_eq!(client(&world, &short, "h2").alert().await, AlertDescription::CertificateExpired);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_open_connections_are_judged_anew_in_turn() {
    // One at a time, so that all but one wait.
    let world = with("lapse_ms = 1\ntrust_workers = 1").await;
    revoke(&world, &[]).await;
    let now = SystemClock.now();
    let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
    let mut clients = Vec::new();
    for number in 0..16 {
        let identity = world.authority.client(&format!("client {number}"), validity).unwrap();
        let kept = keep(&world, &identity, PROTOCOLS[number % 2]).await;
        clients.push((identity, kept));
    }
    let mut hall = keep(&world, &world.hall, "h2").await;
    assert_eq!(ask(&mut hall).await.0, 200);
    let staying = clients.split_off(8);
    let revoked: Vec<&TlsCredentials> = clients.iter().map(|(identity, _)| identity).collect();
    revoke(&world, &revoked).await;
    // Who asks is answered by what is known now, and before it is known of all others.
    assert_eq!(ask(&mut hall).await.0, 200);
    for (_, kept) in clients {
        kept.ended().await;
    }
    world
        .until_shown("tongban_clients_distrusted_total{code=\"caller.revoked\",when=\"connection\"} 8")
        .await;
    world.until_shown("tongban_connections 9").await;
    for (_, mut kept) in staying.into_iter().take(2) {
        assert_eq!(ask(&mut kept).await, (403, json!("caller.unidentified")));
    }
}
