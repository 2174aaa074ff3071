//! From the tables of a config file to checked settings, collecting every fault on the way.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::endpoint::{self, Plaintext, Trust};
use super::file::{self, File};
use super::identity::{self, IdentityError, IdentityFiles, Shows};
use super::{Config, Refused};
use crate::catalog::ServiceId;
use crate::crypto::{BearerToken, PseudonymKey, TlsAuthorities, TlsIdentity};
use crate::fault::unread;
use crate::identifier::Province;
use crate::manifest::{Officer, Officers, PublicationName, Terms};
use crate::setting::{Count, Seconds};
use crate::trust::Source;
use crate::{cache, corrections, edge, ledger, quota, revocation, trust, upstream, verifier};

/// Bytes of the largest window that HTTP/2 knows, RFC 9113 §6.9.1.
const LARGEST_WINDOW: u32 = (1 << 31) - 1;

/// See [`Config::identity_poll`].
const IDENTITY_POLL: Seconds = Seconds::new(30);

/// The server's side of TLS, and the identity that this gateway shows when it calls.
struct TlsParts {
    identity: TlsIdentity,
    /// Who certifies those whom this gateway calls, unless it is said otherwise.
    authorities: TlsAuthorities,
    caller: TlsIdentity,
    identities: Vec<IdentityFiles>,
    poll: Seconds,
}

/// Reads `text`, called `name` in faults; relative paths in it start from `base`.
pub(super) fn read(name: &str, text: &str, base: &Path) -> Result<Config, Refused> {
    let file = File::parse(name, text)?;
    let mut reader = Reader { name, base, file, rules: None };
    let config = reader.config();
    let Reader { file, rules, .. } = reader;
    let faults = file.finish();
    match config {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(Refused { faults, trust: rules.map(Box::new) }),
    }
}

struct Reader<'a> {
    name: &'a str,
    base: &'a Path,
    file: File<'a>,
    rules: Option<trust::Config>,
}

impl Reader<'_> {
    /// The config, if nothing that must be there is missing. Every key is read before the first `?`, so that no
    /// fault hides another.
    fn config(&mut self) -> Option<Config> {
        let province: Option<String> = self.file.required("province");
        let province = province.and_then(|text| self.parse("province", &text, Province::parse));
        let listen = self.file.required("listen");
        let admin = self.file.optional("admin").unwrap_or(file::ADMIN);
        let pseudonym_key = self.pseudonym_key();
        let operator_token = self.operator_token();
        let tls = self.tls();
        self.rules = self.rules(tls.as_ref());
        let peers = self.file.list("peers");
        let upstreams = self.upstreams(tls.as_ref(), province, &peers);
        let edge = self.file.optional("edge").unwrap_or_default();
        let verify = self.file.optional("verify").unwrap_or_default();
        self.agree(&edge, &verify);
        let upstream = self.file.optional("upstream").unwrap_or_default();
        let registry = self.file.optional("registry").unwrap_or_default();
        let matters = self.file.optional("matters").unwrap_or_default();
        let mut quota: quota::Config = self.file.optional("quota").unwrap_or_default();
        let cache: cache::Config = self.file.optional("cache").unwrap_or_default();
        if cache.case_seconds > cache::CASE_SECONDS {
            self.file.fault("cache.case_seconds", format!("it is {} at most", cache::CASE_SECONDS));
        }
        let mut corrections: corrections::Config = self.file.optional("corrections").unwrap_or_default();
        let (revocation, authorities) = self.revocation(tls.as_ref()).unzip();
        let ledger: Option<ledger::Config> = self.file.required("ledger");
        let log = self.file.optional("log").unwrap_or_default();

        if ledger.as_ref().is_some_and(|ledger| ledger.gather_micros > ledger::Config::MOST_GATHER_MICROS) {
            let reason = format!("it is {} at most", ledger::Config::MOST_GATHER_MICROS);
            self.file.fault("ledger.gather_micros", reason);
        }
        let (mut ledger, tls) = (ledger?, tls?);
        ledger.path = self.base.join(ledger.path);
        corrections.path = match corrections.path.as_os_str().is_empty() {
            true => ledger.path.with_extension("corrections"),
            false => self.base.join(&corrections.path),
        };
        let counts = quota.path.map(|path| self.base.join(path));
        let counts = counts.unwrap_or_else(|| ledger.path.with_extension("quota"));
        if counts == ledger.path {
            self.file.fault("quota.path", "it is that of the ledger");
        }
        quota.path = Some(counts);
        Some(Config {
            name: self.name.to_owned(),
            province: province?,
            listen: listen?,
            admin,
            trust: self.rules.clone()?,
            pseudonym_key: pseudonym_key?,
            operator_token: operator_token?,
            identity: tls.identity,
            identities: tls.identities,
            identity_poll: tls.poll,
            upstreams: upstreams?,
            edge,
            verify,
            upstream,
            registry,
            matters,
            quota,
            cache,
            corrections,
            revocation: revocation?,
            revocation_authorities: authorities?,
            ledger,
            log,
        })
    }

    /// What two tables must agree on; neither can see it alone.
    fn agree(&mut self, edge: &edge::Config, verify: &verifier::Config) {
        if verify.judged_together_bytes > verify.hashed_together_bytes {
            let reason = "it is at most `hashed_together_bytes`";
            self.file.fault("verify.judged_together_bytes", reason);
        }
        for (setting, most) in verify.excesses() {
            self.file.fault(&format!("verify.{setting}"), format!("it is {most} at most"));
        }
        for limit in verify.limits.refusing_everything() {
            self.file.fault(&format!("verify.limits.{limit}"), "a limit of 0 refuses every file");
        }
        let bodies = [edge.exchange_bytes, edge.evidence_bytes, edge.loose_bytes, edge.batch_line_bytes]
            .map(Count::get);
        let largest = bodies.map(u64::from).into_iter().fold(verify.limits.file_bytes, u64::max);
        // Of each, whether a body that is permitted could ever find room.
        let (share, reserve) = (edge.body_memory_per_caller_bytes, edge.body_reserve_bytes);
        let of_reserve = edge.body_reserve_per_caller_bytes;
        let all = share.saturating_add(reserve);
        let small = edge.exchange_bytes.get().into();
        for (setting, bytes, least, why) in [
            ("body_memory_per_caller_bytes", share, largest, "that one body may have"),
            ("body_memory_bytes", edge.body_memory_bytes, all, "of one caller's share and the reserve"),
            ("body_reserve_bytes", reserve, of_reserve, "of one caller's share of it"),
            ("body_reserve_per_caller_bytes", of_reserve, small, "of `exchange_bytes`"),
        ] {
            if bytes < least {
                self.file.fault(&format!("edge.{setting}"), format!("it is below the {least} bytes {why}"));
            }
        }
        // Batches that stand still must not take all that a connection has.
        let streams = edge.batches_per_caller.get().saturating_add(1);
        let least = edge.stream_window_bytes.get().saturating_mul(streams);
        if edge.connection_window_bytes.get() < least {
            let reason = format!(
                "it is below {least}, {streams} times `stream_window_bytes`: one more than `batches_per_caller`"
            );
            self.file.fault("edge.connection_window_bytes", reason);
        }
        for (setting, bytes) in [
            ("stream_window_bytes", edge.stream_window_bytes),
            ("connection_window_bytes", edge.connection_window_bytes),
        ] {
            if bytes.get() > LARGEST_WINDOW {
                let reason = format!("a window of HTTP/2 has at most {LARGEST_WINDOW} bytes");
                self.file.fault(&format!("edge.{setting}"), reason);
            }
        }
    }

    /// Who decides what this gateway trusts. Those who can write the config decide that.
    fn rules(&mut self, tls: Option<&TlsParts>) -> Option<trust::Config> {
        let table: file::Trust = self.file.required("trust")?;
        let name = PublicationName::parse(&table.publication);
        if name.is_none() {
            self.file.fault("trust", format!("`{}` is no name of a publication", table.publication));
        }
        let mut officers = Some(Vec::new());
        for (number, officer) in (1usize..).zip(&table.officers) {
            let place = format!("trust.officers {number}");
            let officer = self.check(&place, Officer::parse(&officer.keys.join(" ")));
            officers = officers.zip(officer).map(|(officers, officer)| [officers, vec![officer]].concat());
        }
        let officers = self.check("trust", Officers::new(officers?, table.threshold));
        let source = self.source(&table, tls);
        Some(trust::Config {
            terms: Terms { publication: name?, officers: officers?, break_glass: table.break_glass },
            source: source?,
            state: self.base.join(table.state),
            poll: table.poll_seconds.unwrap_or(trust::POLL),
            limits: table.limits,
        })
    }

    fn source(&mut self, table: &file::Trust, tls: Option<&TlsParts>) -> Option<Source> {
        if !table.source.contains("://") {
            return Some(Source::Directory(self.base.join(&table.source)));
        }
        let trust = self.trust("trust", &table.server_name, &table.authorities, tls?, None)?;
        let endpoint = endpoint::parse(&table.source, trust, Plaintext::Never);
        let (endpoint, path) = self.check("trust", endpoint)?;
        if path.query().is_some() {
            self.file.fault("trust", "the address of a publication has no query");
        }
        let base = format!("{}/", path.path().trim_end_matches('/'));
        Some(Source::Address { endpoint: Box::new(endpoint), base, within: table.limits.read_ms.duration() })
    }

    /// How sources of revocation are watched, and who certifies those that are reached by `https://`.
    fn revocation(&mut self, tls: Option<&TlsParts>) -> Option<(revocation::Config, TlsAuthorities)> {
        let mut config: revocation::Config = self.file.optional("revocation").unwrap_or_default();
        config.state = self.base.join(config.state);
        let authorities = match &config.authorities {
            Some(path) => self.authorities("revocation", path)?,
            None => tls?.authorities.clone(),
        };
        Some((config, authorities))
    }

    fn pseudonym_key(&mut self) -> Option<Arc<PseudonymKey>> {
        let path: PathBuf = self.file.required("pseudonym_key")?;
        let text = String::from_utf8(self.bytes("pseudonym_key", &path)?).unwrap_or_default();
        let key = PseudonymKey::parse(text.trim());
        if key.is_none() {
            self.file.fault("pseudonym_key", "the file does not hold 64 hexadecimal digits");
        }
        key.map(Arc::new)
    }

    /// `None` for one that cannot be read; `Some(None)` where no file is named.
    fn operator_token(&mut self) -> Option<Option<Arc<BearerToken>>> {
        let Some(path) = self.file.optional::<PathBuf>("operator_token") else { return Some(None) };
        let text = String::from_utf8(self.bytes("operator_token", &path)?).unwrap_or_default();
        let token = BearerToken::parse(text.trim());
        if token.is_none() {
            self.file.fault("operator_token", "the file does not hold 64 hexadecimal digits");
        }
        token.map(|token| Some(Arc::new(token)))
    }

    fn tls(&mut self) -> Option<TlsParts> {
        let tls: file::Tls = self.file.required("tls")?;
        let own = self.identity(Shows::Server, &tls.certificate, &tls.key);
        let authorities = self.authorities("tls", &tls.authorities);
        let shown = match (&tls.client_certificate, &tls.client_key) {
            (None, None) => Some(None),
            (Some(certificate), Some(key)) => self.identity(Shows::Client, certificate, key).map(Some),
            _ => {
                self.file.fault("tls", "`client_certificate` and `client_key` come together");
                None
            }
        };
        let (own, shown) = (own?, shown?);
        let identity = own.identity.clone();
        let caller = shown.as_ref().map_or_else(|| identity.clone(), |shown| shown.identity.clone());
        Some(TlsParts {
            identity,
            authorities: authorities?,
            caller,
            identities: [own].into_iter().chain(shown).collect(),
            poll: tls.poll_seconds.unwrap_or(IDENTITY_POLL),
        })
    }

    fn identity(&mut self, shows: Shows, certificate: &Path, key: &Path) -> Option<IdentityFiles> {
        let (certificate, key) = (self.base.join(certificate), self.base.join(key));
        match identity::read(&certificate, &key) {
            Ok(pair) => Some(IdentityFiles { shows, certificate, key, identity: TlsIdentity::new(pair) }),
            Err(error) => {
                // A pair is read one after the other, and both may be missing.
                if let (IdentityError::Unreadable(_), Err(error)) = (&error, std::fs::File::open(&key)) {
                    self.file.fault("tls", format!("`{}` {}", key.display(), unread(&error)));
                }
                let file = if error.is_of_key() { &key } else { &certificate };
                self.file.fault("tls", format!("`{}`: {error}", file.display()));
                None
            }
        }
    }

    fn upstreams(
        &mut self,
        tls: Option<&TlsParts>,
        home: Option<Province>,
        peers: &[(String, file::Peer)],
    ) -> Option<upstream::Directory> {
        let providers = self.file.list::<file::Provider>("providers");
        let tls = tls?;
        let mut directory = upstream::Directory::default();
        for (place, peer) in peers {
            let Some(province) = self.parse(place, &peer.province, Province::parse) else { continue };
            if Some(province) == home {
                self.file.fault(place, "a gateway is not its own peer");
            }
            let identity = Some(tls.caller.clone());
            let Some(trust) = self.trust(place, &peer.server_name, &peer.authorities, tls, identity) else {
                continue;
            };
            let endpoint = endpoint::parse(&peer.url, trust, Plaintext::Never);
            let Some((endpoint, path)) = self.check(place, endpoint) else { continue };
            if path.as_str() != "/" {
                self.file.fault(
                    place,
                    "the URL of a gateway has no path, because the interface says what is asked there",
                );
            }
            let gateway = upstream::Destination { endpoint, in_flight: peer.in_flight };
            if directory.peers.insert(province, gateway).is_some() {
                self.file.fault(place, format!("province `{province}` has two gateways"));
            }
        }
        for (place, provider) in providers {
            let identity = provider.client_certificate.then(|| tls.caller.clone());
            let trust = self.trust(&place, &provider.server_name, &provider.authorities, tls, identity);
            let Some(trust) = trust else { continue };
            let plaintext = if provider.plaintext { Plaintext::Anywhere } else { Plaintext::OnThisMachine };
            let endpoint = endpoint::parse(&provider.url, trust, plaintext);
            let Some((endpoint, path)) = self.check(&place, endpoint) else { continue };
            let system = Arc::new(upstream::Destination { endpoint, in_flight: provider.in_flight });
            for text in &provider.services {
                let Some(service) = ServiceId::parse(text) else {
                    self.file.fault(&place, format!("`{text}` is no name of a service"));
                    continue;
                };
                if directory.providers.insert(service, (Arc::clone(&system), path.clone())).is_some() {
                    self.file.fault(&place, format!("service `{text}` has two providers"));
                }
            }
        }
        Some(directory)
    }

    fn trust<'t>(
        &mut self,
        place: &str,
        server_name: &'t Option<String>,
        authorities: &Option<PathBuf>,
        tls: &TlsParts,
        identity: Option<TlsIdentity>,
    ) -> Option<Trust<'t>> {
        let authorities = match authorities {
            Some(path) => self.authorities(place, path)?,
            None => tls.authorities.clone(),
        };
        Some(Trust { server_name: server_name.as_deref(), authorities, identity })
    }

    fn authorities(&mut self, place: &str, path: &Path) -> Option<TlsAuthorities> {
        let pem = self.bytes(place, path)?;
        self.check(place, TlsAuthorities::parse(&pem))
    }

    fn bytes(&mut self, place: &str, path: &Path) -> Option<Vec<u8>> {
        match std::fs::read(self.base.join(path)) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.file.fault(place, format!("`{}` {}", path.display(), unread(&error)));
                None
            }
        }
    }

    fn parse<T, E: Display>(
        &mut self,
        place: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        parse(text).map_err(|error| self.file.fault(place, format!("`{text}`: {error}"))).ok()
    }

    fn check<T, E: Display>(&mut self, place: &str, checked: Result<T, E>) -> Option<T> {
        checked.map_err(|error| self.file.fault(place, error)).ok()
    }
}
