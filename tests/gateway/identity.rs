//! The gateway's own certificate is renewed while it serves: under open connections and steady load no request fails, and a
//! pair that cannot be shown changes nothing.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tongban::clock::{Clock, SystemClock};
use tongban::demo::forge::{TlsCredentials, Validity};
use tongban::gateway::Prepared;

use crate::client::{Client, get, question};
use crate::trust::DAY;
use crate::world::{Files, Setup, World, start};

const INSURED: &str = "/v1/exchange/44/sb.insured.query";

/// A certificate of the gateway that is valid from `from` to `until`, in days from now.
fn server(world: &World, from: i64, until: i64) -> TlsCredentials {
    let now = SystemClock.now();
    let validity = Validity { from: now.plus_millis(from * DAY), until: now.plus_millis(until * DAY) };
    world.authority.server("renewed", &["localhost"], validity).unwrap()
}

fn file(world: &World, name: &str) -> PathBuf {
    world.scratch.path().join("44").join(name)
}

fn put(world: &World, identity: &TlsCredentials) {
    fs::write(file(world, "server.key"), &identity.key_pem).unwrap();
    fs::write(file(world, "server.pem"), &identity.certificate_pem).unwrap();
}

/// The certificate that a new connection is shown.
async fn shown(client: &Client) -> Vec<u8> {
    let stream = client.connect().await.unwrap();
    let (_, session) = stream.get_ref();
    session.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_under_load_fails_no_request() {
    let config = "[edge]\nsystem_rate = \"20000/s burst 20000\"\n\
                  [quota]\ndepartment_per_second = 20000\ndepartment_burst = 20000\n";
    let unlimited =
        crate::world::agreement(crate::world::HOUSING, "44", "sb.insured.query", "aae140", 1_000_000)
            .replace("100/s burst 100", "20000/s burst 20000");
    let setup = Setup { config: config.to_owned(), asking: vec![unlimited], ..Setup::default() };
    let world = World::with(setup).await;
    let connect = || Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let body = Bytes::from(question().to_string());
    let mut tasks = Vec::new();
    for number in 0..20 {
        let (client, over, answered) = (connect(), Arc::clone(&over), Arc::clone(&answered));
        let body = body.clone();
        tasks.push(tokio::spawn(async move {
            let mut sender = None;
            while !over.load(Ordering::Relaxed) {
                // Half of them keep one connection, half begin one for each request.
                let mut kept = match sender.take() {
                    Some(kept) => kept,
                    None => {
                        let stream = client.connect().await.unwrap();
                        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
                        tokio::spawn(connection);
                        sender
                    }
                };
                let request = Request::post(INSURED).header("host", "localhost");
                let request = request.header("content-type", "application/json");
                let request = request.body(Full::new(body.clone())).unwrap();
                let response = kept.send_request(request).await.expect("the connection holds");
                assert_eq!(response.status().as_u16(), 200);
                response.into_body().collect().await.unwrap();
                answered.fetch_add(1, Ordering::Relaxed);
                if number % 2 == 0 {
                    sender = Some(kept);
                }
            }
        }));
    }
    for _ in 0..5 {
        let before = answered.load(Ordering::Relaxed);
        while answered.load(Ordering::Relaxed) < before + 100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let renewed = server(&world, -1, 2);
        put(&world, &renewed);
        assert_eq!(world.asking.renew().await, []);
        assert_eq!(shown(&connect()).await, renewed.certificate);
    }
    over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    world.until_shown("tongban_tls_certificate_reloads_total{outcome=\"taken\"} 5").await;
    // Looking again at what is known is nothing.
    assert_eq!(world.asking.renew().await, []);
    world.until_shown("tongban_tls_certificate_reloads_total{outcome=\"taken\"} 5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_cannot_be_shown_changes_nothing() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let first = shown(&client).await;
    let expires = get(world.asking.admin_address(), "/metrics").await.1;
    let expires = expires.lines().find(|line| line.starts_with("tongban_tls_certificate_expires")).unwrap();

    let (good, other) = (server(&world, -1, 2), server(&world, -1, 2));
    let cut = good.certificate_pem.replace("-----END", "----END");
    let both =
        format!("{}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", good.certificate_pem);
    let (late, early) = (server(&world, -3, -1), server(&world, 1, 2));
    let attempts: [(&str, &str, &str, &str, &str); 9] = [
        (&good.certificate_pem, &other.key_pem, "server.key", "tls.mismatch", "not that of the first"),
        (&cut, &good.key_pem, "server.pem", "tls.pem", "PEM section 1"),
        ("", &good.key_pem, "server.pem", "tls.no_certificate", "no certificate"),
        (&both, &good.key_pem, "server.pem", "tls.certificate", "certificate 2 "),
        (&good.certificate_pem, "", "server.key", "tls.no_key", "no private key"),
        (&good.certificate_pem, &good.certificate_pem, "server.key", "tls.no_key", "no private key"),
        (
            &good.certificate_pem,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "server.key",
            "tls.key",
            "of a kind",
        ),
        (
            &late.certificate_pem,
            &late.key_pem,
            "server.pem",
            "tls.expired",
            "certificate 1 has expired at 20",
        ),
        (&early.certificate_pem, &early.key_pem, "server.pem", "tls.not_yet_valid", "not valid before 20"),
    ];
    for (certificate, key, at_fault, code, reason) in attempts {
        fs::write(file(&world, "server.pem"), certificate).unwrap();
        fs::write(file(&world, "server.key"), key).unwrap();
        let faults = world.asking.renew().await;
        let [fault] = faults.as_slice() else { panic!("{code}: {faults:?}") };
        assert!(fault.file.ends_with(at_fault), "{code}: {fault}");
        assert!(fault.reason.starts_with(&format!("`{code}`: ")) && fault.reason.contains(reason), "{fault}");
        assert_eq!(shown(&client).await, first, "{code}");
        // Neither does a gateway start with it.
        let refused = Prepared::load(&file(&world, "gateway.toml")).err().unwrap();
        assert!(refused.iter().any(|fault| fault.to_string().contains(reason)), "{code}: {refused:?}");
    }
    fs::remove_file(file(&world, "server.key")).unwrap();
    let faults = world.asking.renew().await;
    assert!(faults[0].reason.starts_with("`tls.unreadable`: "), "{faults:?}");
    world.until_shown("tongban_tls_certificate_reloads_total{outcome=\"tls.no_key\"} 2").await;
    world.until_shown(expires).await;

    put(&world, &good);
    assert_eq!(world.asking.renew().await, []);
    assert_eq!(shown(&client).await, good.certificate);
    let until = SystemClock.now().plus_millis(2 * DAY).seconds();
    let text = get(world.asking.admin_address(), "/metrics").await.1;
    let line =
        text.lines().find_map(|line| line.strip_prefix("tongban_tls_certificate_expires_timestamp_seconds "));
    let told: i64 = line.unwrap().parse().unwrap();
    assert!((until - 600..=until).contains(&told), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_needs_to_tell_the_gateway_of_a_renewal() {
    let files = Files::new(Setup::default()).await;
    let text = fs::read_to_string(&files.asking).unwrap();
    fs::write(&files.asking, text.replace("[tls]\n", "[tls]\npoll_seconds = 1\n")).unwrap();
    let running = start(&files.asking).await;
    let now = SystemClock.now();
    let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
    let at = files.scratch.path().join("44");
    // The other pair is for those whom this gateway calls.
    let renewed = files.authority.client("gateway 44", validity).unwrap();
    fs::write(at.join("client.key"), &renewed.key_pem).unwrap();
    fs::write(at.join("client.pem"), &renewed.certificate_pem).unwrap();
    let taken = "tongban_tls_certificate_reloads_total{outcome=\"taken\"} 1";
    while !get(running.admin_address(), "/metrics").await.1.lines().any(|line| line == taken) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
