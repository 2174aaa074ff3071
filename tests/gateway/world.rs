//! Two provinces in one process: gateways 44 and 43 with a provider system, on ports that the system chooses.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::rules::{enroll, put_anchor};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;
use tempfile::TempDir;
use tongban::clock::{Clock, SystemClock, Timestamp};
use tongban::demo::forge::{TlsAuthority, TlsCredentials, Validity};
use tongban::gateway::{Gateway, Prepared, Running};

use crate::client::get;
use crate::officers::{PUBLICATION, office, officers_in_config, publish};
use crate::provider::Provider;

/// Guangdong's housing department, which the systems of these tests speak for.
pub(crate) const HOUSING: &str = "11440000DEM000006C@440000";
/// Guangdong's education department.
pub(crate) const EDUCATION: &str = "11440000DEM0000059@440000";
/// Hunan's department of human resources, which provides social insurance.
pub(crate) const INSURANCE: &str = "11430000DEM000003Y@430000";
/// Another department of Hunan.
pub(crate) const OTHER: &str = "11430000DEM0000068@430000";
/// The person who is asked about: synthetic, with a check character that fits.
pub(crate) const SUBJECT: &str = "11010519491231002X";
/// Their name, which only queries and answers hold.
pub(crate) const NAME: &str = "测试乙";

/// What operators show, where `operator_token = "operator.token"` is among the keys.
pub(crate) const OPERATOR_TOKEN: &str = "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c";

/// How long tests wait for what must come: far longer than it takes on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One agreement as both sides keep it.
pub(crate) fn agreement(department: &str, province: &str, service: &str, fields: &str, daily: u32) -> String {
    format!(
        r#"@agreement("{service}-{province}")
@basis("statute:made for tests")
@authorise("none")
@fields("{fields}")
@rate("100/s burst 100")
@daily("{daily}")
@cache("300")
@from("2025-08-01T00:00:00+08:00")
@until("2099-08-01T00:00:00+08:00")
permit (
  principal == Department::"{department}",
  action == Action::"query",
  resource == ProvincialService::"{province}/{service}"
)
when {{ context.purpose == "public_rental_housing" }};
"#
    )
}

/// What the authority of the callers' certificates is trusted for.
pub(crate) const TLS_ANCHOR: &str = "certificates = [\"tls.pem\"]\nroles = [\"tls_client\"]\n";

/// License verification for everybody in a province.
const VERIFICATION: &str = r#"@agreement("verification")
@basis("statute:made for tests")
@authorise("none")
@rate("100/s burst 100")
@from("2025-08-01T00:00:00+08:00")
@until("2099-08-01T00:00:00+08:00")
permit (principal in Province::"44", action == Action::"verify", resource)
when { context.purpose == "license_verification" };
"#;

/// What a test wants otherwise.
pub(crate) struct Setup {
    /// Agreements of gateway 44.
    pub(crate) asking: Vec<String>,
    /// Agreements of gateway 43.
    pub(crate) providing: Vec<String>,
    /// Tables appended to the config of gateway 44.
    pub(crate) config: String,
    /// Keys at the top of the config of both gateways.
    pub(crate) keys: String,
    /// Trust anchors of gateway 44, in DER.
    pub(crate) anchors: Vec<Vec<u8>>,
    /// Trust anchors of gateway 43, in DER.
    pub(crate) anchors_of_providing: Vec<Vec<u8>>,
    /// The clock of gateway 44, if not the system's.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// How often anything may be verified, where there are anchors, if not as often as tests do.
    pub(crate) verification_rate: Option<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        let asked = "aae140,aac008,aab301,aab004";
        Self {
            asking: vec![
                agreement(HOUSING, "43", "sb.insured.query", asked, 50),
                agreement(HOUSING, "43", "jy.unemployment.query", "state", 2),
                agreement(HOUSING, "44", "sb.insured.query", asked, 50),
                agreement(HOUSING, "43", "zf.fund.query", "grzhzt", 50),
                agreement(HOUSING, "11", "sb.insured.query", asked, 50),
            ],
            // Hunan releases less than Guangdong would pass on, and has no agreement about the housing fund.
            providing: vec![
                agreement(HOUSING, "43", "sb.insured.query", "aae140,aac008,aab301", 50),
                agreement(HOUSING, "43", "jy.unemployment.query", "state", 50),
            ],
            config: String::new(),
            keys: String::new(),
            anchors: Vec::new(),
            anchors_of_providing: Vec::new(),
            clock: None,
            verification_rate: None,
        }
    }
}

/// Both gateways, running.
pub(crate) struct World {
    pub(crate) scratch: TempDir,
    pub(crate) authority: TlsAuthority,
    pub(crate) provider: Provider,
    pub(crate) asking: Running,
    pub(crate) providing: Running,
    /// Speaks for HOUSING alone.
    pub(crate) hall: TlsCredentials,
    /// Speaks for HOUSING and EDUCATION.
    pub(crate) portal: TlsCredentials,
    /// Speaks for two departments of Hunan, of which one provides social insurance.
    pub(crate) bureau: TlsCredentials,
    /// Certified, and enrolled nowhere.
    pub(crate) stranger: TlsCredentials,
    /// Enrolled as `hall` is, and out of date.
    pub(crate) expired: TlsCredentials,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let clock = setup.clock.clone();
        let Files {
            scratch,
            authority,
            asking,
            providing,
            hall,
            portal,
            bureau,
            stranger,
            expired,
            provider,
        } = Files::new(setup).await;
        let providing = start(&providing).await;
        let config = fs::read_to_string(&asking).unwrap();
        let peer = format!("https://localhost:{}", providing.address().port());
        fs::write(&asking, config.replace("https://peer.invalid", &peer)).unwrap();
        let prepared = Prepared::load(&asking).unwrap();
        let prepared = match clock {
            Some(clock) => prepared.with_clock(clock),
            None => prepared,
        };
        let asking = Gateway::start(prepared).await.unwrap();
        Self { scratch, authority, provider, asking, providing, hall, portal, bureau, stranger, expired }
    }

    /// The records of gateway 44, oldest first.
    pub(crate) fn records(&self) -> Vec<Value> {
        records(&self.ledger())
    }

    /// What gateway 44 shows to gateway 43.
    pub(crate) fn gateway(&self) -> TlsCredentials {
        let read = |name: &str| fs::read_to_string(self.scratch.path().join("44").join(name)).unwrap();
        let (certificate_pem, key_pem) = (read("client.pem"), read("client.key"));
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).unwrap().to_vec();
        TlsCredentials { certificate, certificate_pem, key_pem }
    }

    /// Waits until the operators' numbers of gateway 44 have the line `wanted`.
    pub(crate) async fn until_shown(&self, wanted: &str) {
        let shown = async {
            while !get(self.asking.admin_address(), "/metrics").await.1.lines().any(|line| line == wanted) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, shown).await.unwrap_or_else(|_| panic!("no `{wanted}`"));
    }

    /// The file of the ledger of gateway 44.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.scratch.path().join("44/ledger.ndjson")
    }

    /// The records of gateway 43, oldest first.
    pub(crate) fn records_of_providing(&self) -> Vec<Value> {
        records(&self.scratch.path().join("43/ledger.ndjson"))
    }
}

/// The records of requests in a ledger, without their chain.
pub(crate) fn records(path: &Path) -> Vec<Value> {
    all_records(path).into_iter().filter(|record| record["trust"].is_null()).collect()
}

/// What happened to trust, as recorded in a ledger: operation, outcome and generation, and the event.
pub(crate) fn events(path: &Path) -> Vec<Value> {
    all_records(path).into_iter().filter(|record| !record["trust"].is_null()).collect()
}

fn all_records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["record"].take()).collect()
}

/// The files of two gateways; the peer's address is filled in once it is known.
pub(crate) struct Files {
    pub(crate) scratch: TempDir,
    pub(crate) authority: TlsAuthority,
    pub(crate) asking: PathBuf,
    pub(crate) providing: PathBuf,
    pub(crate) hall: TlsCredentials,
    pub(crate) portal: TlsCredentials,
    pub(crate) bureau: TlsCredentials,
    pub(crate) stranger: TlsCredentials,
    pub(crate) expired: TlsCredentials,
    pub(crate) provider: Provider,
}

impl Files {
    pub(crate) async fn new(setup: Setup) -> Self {
        let now = SystemClock.now();
        let day = 86_400_000;
        // From before the days to which some tests set the gateway's clock, and for long after them.
        let began = Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
        let validity = Validity { from: began, until: now.plus_millis(3_650 * day) };
        let past = Validity { from: now.plus_millis(-2 * day), until: now.plus_millis(-day) };
        let authority = TlsAuthority::new("test authority", validity).unwrap();
        let client = |name: &str| authority.client(name, validity).unwrap();
        let (hall, portal, stranger) = (client("hall"), client("portal"), client("stranger"));
        let bureau = client("bureau");
        let expired = authority.client("hall", past).unwrap();
        let provider = Provider::start().await;
        let scratch = tempfile::tempdir().unwrap();
        let callers = [client("gateway 44"), client("gateway 43")];

        let here = scratch.path().join("44");
        let departments = |list: &[&str]| format!("departments = {list:?}");
        let both = [hall.fingerprint(), expired.fingerprint()];
        enroll(&here, "systems/hall", &departments(&[HOUSING]), &both);
        enroll(&here, "systems/portal", &departments(&[HOUSING, EDUCATION]), &[portal.fingerprint()]);
        enroll(&here, "peers/hunan", "province = \"43\"", &[callers[1].fingerprint()]);
        let there = scratch.path().join("43");
        enroll(&there, "peers/guangdong", "province = \"44\"", &[callers[0].fingerprint()]);
        enroll(&there, "systems/bureau", &departments(&[INSURANCE, OTHER]), &[bureau.fingerprint()]);
        let asked = "[[peers]]\nprovince = \"43\"\nurl = \"https://peer.invalid\"\n";
        let directory = |province: &str, agreements: &[String], tables: &str, caller: &TlsCredentials| {
            let at = scratch.path().join(province);
            let server = authority.server("gateway", &["localhost"], validity).unwrap();
            gateway(&at, province, &authority, &server, caller, agreements, tables, &provider)
        };
        let asking = directory("44", &setup.asking, &format!("{}{asked}", setup.config), &callers[0]);
        let providing = directory("43", &setup.providing, "", &callers[1]);
        for path in [&asking, &providing] {
            let config = fs::read_to_string(path).unwrap();
            fs::write(path, format!("{}\n{config}", setup.keys)).unwrap();
            fs::write(path.with_file_name("operator.token"), OPERATOR_TOKEN).unwrap();
        }
        for (province, anchors) in [("44", &setup.anchors), ("43", &setup.anchors_of_providing)] {
            let at = scratch.path().join(province);
            for (number, anchor) in anchors.iter().enumerate() {
                put_anchor(&at.join("certs/anchors"), &number.to_string(), anchor);
            }
            if let Some(rate) = setup.verification_rate {
                let often = VERIFICATION.replace("100/s burst 100", rate);
                fs::write(at.join("policies/agreements/verification.cedar"), often).unwrap();
            }
            if !anchors.is_empty() {
                publish(&at, "anchors");
            }
        }
        Self { scratch, authority, asking, providing, hall, portal, bureau, stranger, expired, provider }
    }
}

#[allow(clippy::too_many_arguments, reason = "one call, in one place")]
fn gateway(
    at: &Path,
    province: &str,
    authority: &TlsAuthority,
    server: &TlsCredentials,
    caller: &TlsCredentials,
    agreements: &[String],
    tables: &str,
    provider: &Provider,
) -> PathBuf {
    fs::create_dir_all(at.join("certs/anchors")).unwrap();
    fs::create_dir_all(at.join("policies/agreements")).unwrap();
    fs::create_dir_all(at.join("policies/catalog")).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    fs::copy(shipped.join("schema.cedarschema"), at.join("policies/schema.cedarschema")).unwrap();
    for file in fs::read_dir(shipped.join("catalog")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), at.join("policies/catalog").join(file.file_name())).unwrap();
    }
    for (number, text) in agreements.iter().enumerate() {
        fs::write(at.join(format!("policies/agreements/{number}.cedar")), text).unwrap();
    }
    fs::write(at.join("policies/agreements/verification.cedar"), VERIFICATION).unwrap();
    fs::write(at.join("ca.pem"), authority.certificate_pem()).unwrap();
    fs::write(at.join("certs/anchors/tls.pem"), authority.certificate_pem()).unwrap();
    fs::write(at.join("certs/anchors/tls.toml"), TLS_ANCHOR).unwrap();
    fs::write(at.join("server.pem"), &server.certificate_pem).unwrap();
    fs::write(at.join("server.key"), &server.key_pem).unwrap();
    fs::write(at.join("client.pem"), &caller.certificate_pem).unwrap();
    fs::write(at.join("client.key"), &caller.key_pem).unwrap();
    fs::write(at.join("pseudonym.key"), "5a".repeat(32)).unwrap();
    publish(at, "the test begins");
    let officers = officers_in_config(&office().0);
    let mut config = format!(
        r#"province = "{province}"
listen = "127.0.0.1:0"
admin = "127.0.0.1:0"
pseudonym_key = "pseudonym.key"

[trust]
publication = "{PUBLICATION}"
source = "published"
state = "state"
threshold = 2

{officers}

[tls]
certificate = "server.pem"
key = "server.key"
authorities = "ca.pem"
client_certificate = "client.pem"
client_key = "client.key"

[ledger]
path = "ledger.ndjson"

{tables}
"#
    );
    for service in [
        "sb.insured.query",
        "jy.unemployment.query",
        "zz.license.state",
        "hj.household.query",
        "hj.birthcert.query",
    ] {
        let url = provider.url();
        writeln!(config, "[[providers]]\nservices = [\"{service}\"]\nurl = \"{url}{service}\"").unwrap();
    }
    let path = at.join("gateway.toml");
    fs::write(&path, config).unwrap();
    path
}

/// Starts the gateway of a config file.
pub(crate) async fn start(config: &Path) -> Running {
    let prepared = Prepared::load(config).unwrap();
    Gateway::start(prepared).await.unwrap()
}
