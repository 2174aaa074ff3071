//! Keeps the certificates that this gateway shows in step with their files: at every turn, and on SIGHUP. A pair that
//! cannot be shown changes nothing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, SystemClock, Timestamp};
use crate::config::{Config, IdentityError, IdentityFiles, Shows};
use crate::fault::Fault;
use crate::metrics::{Counters, Gauge, Metrics};
use crate::setting::Seconds;

/// The identities of one gateway and their numbers.
pub struct Identities {
    watched: Vec<(IdentityFiles, Gauge)>,
    outcomes: Counters<1>,
    poll: Seconds,
    /// Faults that were told already, so that a turn tells only what is new.
    told: Mutex<BTreeSet<Fault>>,
}

impl Identities {
    /// The identities of `config`, if they can be shown at `now`.
    pub fn new(config: &Config, metrics: &mut Metrics, now: Timestamp) -> Result<Self, Vec<Fault>> {
        let (mut watched, mut faults) = (Vec::new(), Vec::new());
        for files in &config.identities {
            let (name, whose) = match files.shows {
                Shows::Server => ("tls_certificate", "shown to callers"),
                Shows::Client => ("tls_client_certificate", "shown to whom this gateway calls"),
            };
            let expires = metrics.gauge(
                &format!("{name}_expires_timestamp_seconds"),
                &format!("When the certificate that is {whose} expires, in seconds since 1970."),
            );
            match IdentityFiles::expiry(&files.identity.shown(), now) {
                Ok(expiry) => expires.set(expiry.seconds()),
                Err(error) => faults.push(files.fault(error)),
            }
            watched.push((files.clone(), expires));
        }
        let outcomes = metrics.counters(
            "tls_certificate_reloads",
            "Certificates taken from their files while running (`taken`), and looks at what cannot be shown, by code.",
        );
        let (poll, told) = (config.identity_poll, Mutex::default());
        if faults.is_empty() { Ok(Self { watched, outcomes, poll, told }) } else { Err(faults) }
    }

    /// Looks at the files at every turn.
    pub async fn follow(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.poll.duration()).await;
            let faults = Arc::clone(&self).look().await;
            self.tell(faults);
        }
    }

    /// Looks at the files now; returns what is wrong with them.
    pub async fn look(self: Arc<Self>) -> Vec<Fault> {
        let turn = tokio::task::spawn_blocking(move || self.turn(SystemClock.now()));
        turn.await
            .unwrap_or_else(|_| vec![Fault::new("tls", 0, "the look at the certificates was cut short")])
    }

    fn turn(&self, now: Timestamp) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (files, expires) in &self.watched {
            match files.read().and_then(|pair| Ok((IdentityFiles::expiry(&pair, now)?, pair))) {
                Ok((_, pair)) if pair == files.identity.shown() => {}
                Ok((expiry, pair)) => {
                    files.identity.show(pair);
                    expires.set(expiry.seconds());
                    self.outcomes.add_one([("outcome", "taken")]);
                    let file = files.certificate.display();
                    tracing::info!(%file, expires = %expiry, "certificate taken from its file");
                }
                Err(error) => faults.push(self.refused(files, error)),
            }
        }
        faults
    }

    /// Logs what was not logged before.
    fn tell(&self, faults: Vec<Fault>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for fault in faults.iter().filter(|fault| !told.contains(fault)) {
            tracing::error!(%fault, "certificate refused");
        }
        *told = faults.into_iter().collect();
    }

    fn refused(&self, files: &IdentityFiles, error: IdentityError) -> Fault {
        self.outcomes.add_one([("outcome", error.code())]);
        files.fault(error)
    }
}
