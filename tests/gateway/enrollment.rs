//! Systems and gateways as officers enroll them: certificates rotate by overlap, each request is held to the time at which
//! it comes, and connections live on.

use std::fs;
use std::path::Path;

use tongban::clock::{Clock, SystemClock, Timestamp};

use crate::client::{Client, question};
use crate::officers::publish;
use crate::trust::{DAY, Site};
use crate::world::HOUSING;

const INSURED: &str = "/v1/exchange/44/sb.insured.query";

/// The hall with two certificates, each with the keys of its period.
fn hall(at: &Path, whole: &str, certificates: [(&str, String); 2]) {
    let mut text = format!("departments = [\"{HOUSING}\"]\n{whole}\n");
    for (sha256, period) in certificates {
        text.push_str(&format!("[[certificates]]\nsha256 = \"{sha256}\"\n{period}\n"));
    }
    fs::write(at.join("certs/systems/hall.toml"), text).unwrap();
}

fn time(key: &str, at: Timestamp) -> String {
    format!("{key} = \"{at}\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_rotate_without_a_gap_or_a_new_connection() {
    let site = Site::start("").await;
    let (old, new) = (&site.files.hall, &site.files.stranger);
    let address = site.running().address();
    let clients = [old, new].map(|who| Client::new(&site.files.authority, Some(who), address, "h2"));
    let asked = || async {
        let mut statuses = Vec::new();
        for client in &clients {
            statuses.push(client.post(INSURED, &question()).await.status);
        }
        statuses
    };
    assert_eq!(asked().await, [200, 403], "the new certificate is not enrolled yet");
    let (old, new) = (old.fingerprint(), new.fingerprint());
    let now = SystemClock.now();
    let (past, future) = (now.plus_millis(-DAY), now.plus_millis(DAY));
    for (what, whole, of_old, of_new, expected) in [
        ("announced", String::new(), time("until", future), time("from", future), [200, 403]),
        ("both", String::new(), time("until", future), time("from", past), [200, 200]),
        ("turned over", String::new(), time("until", past), time("from", past), [403, 200]),
        ("ended as a whole", time("until", past), String::new(), time("until", past), [403, 403]),
        ("back", time("from", past), String::new(), String::new(), [200, 200]),
    ] {
        hall(&site.at, &whole, [(&old, of_old), (&new, of_new)]);
        publish(&site.at, what);
        site.running().reload().await.unwrap();
        assert_eq!(asked().await, expected, "{what}");
    }
}
