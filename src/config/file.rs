//! The tables of a config file as they are written. Unknown keys are refused; meaning is checked in `config`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::place::Places;
use super::words::plain;
use crate::fault::{Fault, Lines};
use crate::setting::{Count, Seconds};
use crate::trust;

/// `[tls]`: this gateway's certificates, and who certifies those whom it calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    /// Who certifies those whom this gateway calls, unless it is said with them. Who certifies its callers, officers publish.
    pub(super) authorities: PathBuf,
    /// The certificate that is shown to other gateways and to providers; by default the one above.
    pub(super) client_certificate: Option<PathBuf>,
    /// Its key.
    pub(super) client_key: Option<PathBuf>,
    pub(super) poll_seconds: Option<Seconds>,
}

/// `[trust]`: whom this gateway lets decide what it trusts, and where they publish that.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    /// The name that stands in everything the officers sign for this publication.
    pub(super) publication: String,
    /// A directory, or `https://host/path`.
    pub(super) source: String,
    /// The directory in which this gateway keeps what it accepted; its own alone.
    pub(super) state: PathBuf,
    pub(super) poll_seconds: Option<Seconds>,
    /// How many of the first officers must approve.
    pub(super) threshold: u32,
    /// Whether one officer may, in an emergency, make a manifest for a day; by default not.
    #[serde(default)]
    pub(super) break_glass: bool,
    /// The first officers.
    pub(super) officers: Vec<Officer>,
    /// The name that the certificate of an `https` source must be for; by default the host.
    pub(super) server_name: Option<String>,
    /// Its authorities; by default those of `[tls]`.
    pub(super) authorities: Option<PathBuf>,
    #[serde(default)]
    pub(super) limits: trust::Limits,
}

/// `[[trust.officers]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Officer {
    /// One key of Ed25519, and perhaps one of SM2, as `tongban trust keygen` prints them.
    pub(super) keys: Vec<String>,
}

/// `[[peers]]`: the gateway of another province, as upstream. As caller it stands in `certs/peers/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Peer {
    pub(super) province: String,
    /// `https://host:port`.
    pub(super) url: String,
    /// The name its certificate must be for; by default the host of the URL.
    pub(super) server_name: Option<String>,
    /// The authorities of its certificate; by default those of `[tls]`.
    pub(super) authorities: Option<PathBuf>,
    /// Requests at once to it; by default as `[upstream]` says.
    pub(super) in_flight: Option<Count>,
}

/// `[[providers]]`: a provider system and the services that it answers for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider {
    pub(super) services: Vec<String>,
    pub(super) url: String,
    pub(super) server_name: Option<String>,
    pub(super) authorities: Option<PathBuf>,
    /// Whether this gateway shows its own certificate; by default not.
    #[serde(default)]
    pub(super) client_certificate: bool,
    /// Requests at once to it, over all its services; by default as `[upstream]` says.
    pub(super) in_flight: Option<Count>,
    /// Whether `http://` may lead beyond this machine.
    #[serde(default)]
    pub(super) plaintext: bool,
}

/// `[log]`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least level that is written.
    pub level: Level,
    /// How lines are written to standard error.
    pub format: Format,
}

/// The least level of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What needs somebody's attention now.
    Error,
    /// What may need attention.
    Warn,
    /// One line a request.
    #[default]
    Info,
    /// What helps to find a fault.
    Debug,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A config file, taken apart key by key, so that one bad table does not hide the faults of the next.
pub(super) struct File<'t> {
    name: String,
    keys: BTreeMap<String, Spanned<DeValue<'t>>>,
    places: Places,
    faults: Vec<Fault>,
}

impl<'t> File<'t> {
    /// Parses TOML; a fault here ends the search for others.
    pub(super) fn parse(name: &str, text: &'t str) -> Result<Self, Fault> {
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(0, |span| Lines::of(text).at(span.start));
            Fault::new(name, line, error.message())
        })?;
        let table = table.into_inner();
        let places = Places::of(text, &table);
        let keys = table.into_iter().map(|(key, value)| (key.into_inner().into_owned(), value)).collect();
        Ok(Self { name: name.to_owned(), keys, places, faults: Vec::new() })
    }

    /// Adds a fault at `place`, a key or a table.
    pub(super) fn fault(&mut self, place: &str, reason: impl Display) {
        let line = self.places.line_of(place);
        self.faults.push(Fault::new(&self.name, line, format!("`{place}`: {reason}")));
    }

    /// Takes a key that must be there.
    pub(super) fn required<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        match self.keys.remove(key) {
            Some(value) => self.read(key, value),
            None => {
                self.fault(key, "the key is missing");
                None
            }
        }
    }

    /// Takes a key that has a default.
    pub(super) fn optional<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        self.keys.remove(key).and_then(|value| self.read(key, value))
    }

    /// Takes the tables of a list, each with its place.
    pub(super) fn list<T: DeserializeOwned>(&mut self, key: &str) -> Vec<(String, T)> {
        let Some(value) = self.keys.remove(key) else { return Vec::new() };
        let DeValue::Array(values) = value.into_inner() else {
            self.fault(key, format!("write each as a table of its own, under `[[{key}]]`"));
            return Vec::new();
        };
        let mut taken = Vec::new();
        for (number, value) in (1usize..).zip(values) {
            let place = format!("{key} {number}");
            if let Some(one) = self.read(&place, value) {
                taken.push((place, one));
            }
        }
        taken
    }

    /// All faults, with one for every key that nobody took.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        for key in std::mem::take(&mut self.keys).into_keys() {
            self.fault(&key, "there is no such key");
        }
        self.faults
    }

    /// Reads the value at `place`; what is wrong inside is told with its own place.
    fn read<T: DeserializeOwned>(&mut self, place: &str, value: Spanned<DeValue<'t>>) -> Option<T> {
        let refused = match T::deserialize(ValueDeserializer::from(value)) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let at = refused.span().map(|span| span.start);
        let path = at.and_then(|at| self.places.path_at(at)).unwrap_or(place);
        let line = at.map_or_else(|| self.places.line_of(place), |at| self.places.line_at(at));
        let reason = format!("`{path}`: {}", plain(refused.message()));
        self.faults.push(Fault::new(&self.name, line, reason));
        None
    }
}

/// The address of the admin listener when none is given: this machine only, since it asks for no certificate.
pub(super) const ADMIN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9440);
