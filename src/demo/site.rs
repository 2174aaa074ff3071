//! Everything that two gateways need, made in one directory: authorities, certificates, seals, sample licenses,
//! policies and configs. `tongban serve` runs the same gateways from it.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::forge::{
    self, Hierarchy, Layout, License, Package, Seed, Statement, TlsAuthority, TlsCredentials, Validity,
    birth_certificate, pem, samples,
};
use super::provider::{BIRTH_CERTIFICATE, LICENSE_STATE};
use super::{Error, policies};
use crate::clock::Timestamp;
use crate::crypto::random_bytes;
use crate::hex;
use crate::manifest::{KeyName, LEAST_THRESHOLD, Officer, Officers, PrivateKey, PublicationName, Scheme};
use crate::rulebook::store;
use crate::trust::{Change, Proposal, Publisher};

/// The services that Hunan's provider systems answer for, by system.
pub const PROVIDERS: [(&str, &[&str]); 5] = [
    ("social security", &["sb.insured.query"]),
    ("medical insurance", &["yl.insured.query"]),
    ("household registration", &["hj.identity.verify", "hj.baseinfo.query", "hj.household.query"]),
    ("tax", &["sw.iit.record"]),
    ("health", &[BIRTH_CERTIFICATE]),
];

/// 广东省住房和城乡建设厅, the first of four departments for which the demonstration's system may speak.
pub const HOUSING: &str = "11440000DEM000006C@440000";
/// 广东省教育厅.
pub const EDUCATION: &str = "11440000DEM0000059@440000";
/// 广东省医疗保障局.
pub const MEDICAL_SECURITY: &str = "11440000DEM0000046@440000";
/// 广东省公安厅.
pub const PUBLIC_SECURITY: &str = "11440000DEM000001W@440000";

/// The officers, by the names of their keys.
pub const OFFICERS: [&str; 2] = ["officer-one", "officer-two"];
/// What they publish, for both gateways.
pub const PUBLICATION: &str = "trust.demo.example";

/// What the root of all sample licenses is trusted for.
const ANCHOR: &str = "\
# The root of the sample licenses. It vouches for nothing else.
certificates = [\"development-root.pem\"]
roles = [\"seal_maker\", \"signer\"]
owner = \"the demonstration\"
";

/// What the authority of all TLS certificates is trusted for.
const TLS_ANCHOR: &str = "\
# The authority of the demonstration's systems and gateways.
certificates = [\"development-tls.pem\"]
roles = [\"tls_client\"]
owner = \"the demonstration\"
";

/// One of the two provinces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Guangdong, where people ask.
    Guangdong,
    /// Hunan, where the data are.
    Hunan,
}

impl Side {
    /// The two digits of GB/T 2260.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Guangdong => "44",
            Self::Hunan => "43",
        }
    }

    /// The name of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guangdong => "guangdong",
            Self::Hunan => "hunan",
        }
    }
}

/// Where a gateway listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For systems and other gateways.
    pub listen: SocketAddr,
    /// For operators.
    pub admin: SocketAddr,
}

/// The directory and what was made for it.
pub struct Site {
    /// Where everything is.
    pub directory: PathBuf,
    /// The authority of all TLS certificates.
    pub tls: TlsAuthority,
    /// The enrolled system of Guangdong.
    pub system: TlsCredentials,
    /// The identifiers of the sample licenses.
    pub licenses: Vec<String>,
    gateways: [(Side, TlsCredentials); 2],
    officers: Officers,
}

impl Site {
    /// Makes authorities, certificates, licenses and policies below `directory`, with certificates around `now`.
    pub fn create(directory: &Path, now: Timestamp) -> Result<Self, Error> {
        // A day back for clocks that run behind, a month on: a demonstration's keys should not live long.
        let validity =
            Validity { from: now.plus_millis(-86_400_000), until: now.plus_millis(30 * 86_400_000) };
        let tls = TlsAuthority::new("Tongban Development TLS", validity)?;
        let system = tls.client("gd-window", validity)?;
        let gateway = |province: Side| {
            let name = format!("Tongban {}", province.name());
            tls.gateway(&name, &["127.0.0.1", "localhost"], validity).map(|identity| (province, identity))
        };
        let gateways = [gateway(Side::Guangdong)?, gateway(Side::Hunan)?];
        let (officers, keys) = officers()?;
        let directory = directory.to_owned();
        let mut site = Self { directory, tls, system, licenses: Vec::new(), gateways, officers };
        for (name, key) in OFFICERS.iter().zip(&keys) {
            site.put(&format!("officers/{name}.key"), key.as_bytes())?;
        }

        let hierarchy = Hierarchy::new(&Seed::random()?, validity)?;
        let root = pem("CERTIFICATE", hierarchy.root.certificate());
        site.put("certs/anchors/development-root.pem", root.as_bytes())?;
        site.put("certs/anchors/development-root.toml", ANCHOR.as_bytes())?;
        site.put("certs/anchors/development-tls.pem", site.tls.certificate_pem().as_bytes())?;
        site.put("certs/anchors/development-tls.toml", TLS_ANCHOR.as_bytes())?;
        site.put("tls/authority.pem", site.tls.certificate_pem().as_bytes())?;
        site.put_identity("gd-window", &site.system)?;
        for (province, identity) in &site.gateways {
            site.put_identity(province.name(), identity)?;
            let key = hex::encode(&random_bytes::<32>()?);
            site.put(&format!("{}.pseudonym.key", province.name()), key.as_bytes())?;
        }
        site.enroll()?;
        policies::write(&site.path("policies"))?;
        site.licenses = site.put_licenses(&hierarchy, now)?;
        site.put_loose(&hierarchy, now)?;
        site.publish(now)?;
        Ok(site)
    }

    /// The config of `province`, written to its file, which is returned. `providers` are those of [`PROVIDERS`],
    /// `registry` tells for either province whether a license is in force.
    pub fn configure(
        &self,
        province: Side,
        own: Addresses,
        peer: SocketAddr,
        providers: &[SocketAddr],
        registry: SocketAddr,
    ) -> Result<PathBuf, Error> {
        let other = if province == Side::Guangdong { Side::Hunan } else { Side::Guangdong };
        let name = province.name();
        let mut text = format!(
            "# A gateway of the demonstration. `tongban serve --config {name}.toml` runs it.\n\
             province = \"{}\"\nlisten = \"{}\"\nadmin = \"{}\"\n\
             pseudonym_key = \"{name}.pseudonym.key\"\n\n\
             [trust]\npublication = \"{PUBLICATION}\"\nsource = \"published\"\nstate = \"{name}.trust\"\npoll_seconds = 2\n\
             threshold = {}\n\n{}\
             [tls]\ncertificate = \"tls/{name}.pem\"\nkey = \"tls/{name}.key\"\nauthorities = \"tls/authority.pem\"\n\n\
             [ledger]\npath = \"{name}.ledger\"\n\n\
             [log]\nlevel = \"info\"\n\n\
             [[peers]]\nprovince = \"{}\"\nurl = \"https://{peer}\"\n",
            province.code(),
            own.listen,
            own.admin,
            self.officers.threshold(),
            self.officers_in_config(),
            other.code(),
        );
        // A build without optimization on a busy machine is not to be taken for a registry that fails.
        text.push_str("\n[registry]\ntimeout_ms = 8000\n");
        let registry = (&[LICENSE_STATE][..], &registry);
        let providers = PROVIDERS.iter().map(|(_, services)| *services).zip(providers);
        for (services, address) in providers.chain([registry]) {
            text.push_str(&format!(
                "\n[[providers]]\nservices = {services:?}\nurl = \"http://{address}/\"\n"
            ));
        }
        let file = format!("{name}.toml");
        self.put(&file, text.as_bytes())?;
        Ok(self.path(&file))
    }

    /// Enrolls the system and both gateways, for each gateway to take those that call it.
    fn enroll(&self) -> Result<(), Error> {
        let departments = [HOUSING, EDUCATION, MEDICAL_SECURITY, PUBLIC_SECURITY];
        let system = format!(
            "# The window of Guangdong's service hall, which calls Guangdong's gateway.\n\
             province = \"44\"\ndepartments = {departments:?}\nowner = \"the demonstration\"\n\n\
             [[certificates]]\nsha256 = \"{}\"\n",
            self.system.fingerprint()
        );
        self.put("certs/systems/gd-window.toml", system.as_bytes())?;
        for (side, identity) in &self.gateways {
            let (code, name) = (side.code(), side.name());
            let peer = format!(
                "# The gateway of a province, as the other province's gateway knows it.\n\
                 province = \"{code}\"\nowner = \"the demonstration\"\n\n[[certificates]]\nsha256 = \"{}\"\n",
                identity.fingerprint()
            );
            self.put(&format!("certs/peers/{name}.toml"), peer.as_bytes())?;
        }
        Ok(())
    }

    fn officers_in_config(&self) -> String {
        let keys = |officer: &Officer| officer.keys().map(|key| format!("\"{key}\"")).collect::<Vec<_>>();
        let tables = self
            .officers
            .all()
            .iter()
            .map(|officer| format!("[[trust.officers]]\nkeys = [{}]\n\n", keys(officer).join(", ")));
        tables.collect()
    }

    /// Has both officers approve what was made, and publishes it.
    fn publish(&self, now: Timestamp) -> Result<(), Error> {
        let files = store::files(&self.directory).map_err(Error::Refused)?;
        let change = Change {
            officers: self.officers.clone(),
            lift: BTreeSet::new(),
            // As long as the certificates.
            expires: now.plus_millis(30 * 86_400_000),
            break_glass: false,
            reason: "the demonstration begins".to_owned(),
        };
        let publication = PublicationName::parse(PUBLICATION).ok_or(Error::Key)?;
        let mut proposal = Proposal::first(publication, files, change, now);
        for name in OFFICERS {
            let text = fs::read_to_string(self.path(&format!("officers/{name}.key")))?;
            let keys: Result<Vec<_>, _> = text.lines().map(PrivateKey::parse).collect();
            proposal.approve(&keys.map_err(|_| Error::Key)?).map_err(|_| Error::Key)?;
        }
        Publisher::new(&self.path("published")).publish(&proposal, now)?;
        Ok(())
    }

    /// A path below the directory.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.join(relative)
    }

    /// Seals the sample licenses; gives their identifiers.
    fn put_licenses(&self, hierarchy: &Hierarchy, now: Timestamp) -> Result<Vec<String>, Error> {
        let mut identifiers = Vec::new();
        // Issued a moment ago, so that seal and certificates were valid then.
        let at = now.plus_millis(-60_000);
        let birth = ("birth-certificate", birth_certificate(at)?);
        for (index, (name, license)) in samples(at)?.into_iter().chain([birth]).enumerate() {
            let seal_id = format!("4499000000000{index}");
            let issuer = hierarchy.issuer(&license.issuer, &seal_id, Layout::Gb2020)?;
            let sealed = issuer.seal_license(&license, at)?;
            identifiers.push(license.identifier.to_string());
            self.put(&format!("licenses/{name}.ofd"), &sealed.to_zip()?)?;
            if index == 0 {
                self.put("licenses/changed.ofd", &changed(sealed)?.to_zip()?)?;
                let borrowed = borrowed_seal(hierarchy, &license, &issuer.seal, at)?;
                self.put("licenses/borrowed-seal.ofd", &borrowed.to_zip()?)?;
            }
        }
        Ok(identifiers)
    }

    /// Puts a seal and signatures over a notice as files of their own: under the seal, and a bare value with its certificate.
    fn put_loose(&self, hierarchy: &Hierarchy, now: Timestamp) -> Result<(), Error> {
        let at = now.plus_millis(-60_000);
        let notice = "兹通知：本公告附有电子签章。\n".as_bytes();
        let office = hierarchy.issuer("示例市公告办公室", "44990000000009", Layout::Gb2020)?;
        let sealed = Statement::new(&office.seal, &office.signer, at, notice, "notice.txt")?;
        self.put("loose/notice.txt", notice)?;
        self.put("loose/seal.esl", &office.seal.der)?;
        self.put("loose/notice.ses", &sealed.sign(&office.signer)?)?;
        self.put("loose/notice.sig", &office.signer.key().sign_raw(notice).map_err(forge::Error::from)?)?;
        self.put("loose/signer.pem", pem("CERTIFICATE", &office.signer.certificate).as_bytes())
    }

    fn put_identity(&self, name: &str, identity: &TlsCredentials) -> Result<(), Error> {
        self.put(&format!("tls/{name}.pem"), identity.certificate_pem.as_bytes())?;
        self.put(&format!("tls/{name}.key"), identity.key_pem.as_bytes())
    }

    fn put(&self, relative: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.path(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        write_private(&path, content)?;
        Ok(())
    }
}

/// Two officers, the second with a key of SM2 beside that of Ed25519, and the text of each one's key file.
fn officers() -> Result<(Officers, Vec<String>), Error> {
    let mut officers = Vec::new();
    let mut texts = Vec::new();
    for (name, schemes) in OFFICERS.iter().zip([&[Scheme::Ed25519][..], &[Scheme::Ed25519, Scheme::Sm2]]) {
        let (mut keys, mut text) = (Vec::new(), String::new());
        for scheme in schemes {
            let random = random_bytes()?;
            let name = KeyName::parse(name).ok_or(Error::Key)?;
            let key = PrivateKey::new(name, *scheme, &random).map_err(|_| Error::Key)?;
            text.push_str(&format!("{}\n", key.secret_text(&random)));
            keys.push(key.public().clone());
        }
        officers.push(Officer::new(keys).map_err(|_| Error::Key)?);
        texts.push(text);
    }
    Ok((Officers::new(officers, LEAST_THRESHOLD).map_err(|_| Error::Key)?, texts))
}

/// Keys are among the files, so all of them are for their owner alone.
fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content)
}

/// The license with one byte of its page changed, packed again with care: the container is sound.
fn changed(mut sealed: Package) -> Result<Package, Error> {
    sealed.edit("Doc_0/Pages/Page_0/Content.xml", |content| {
        let text = b"<ofd:TextCode";
        let start = content.windows(text.len()).position(|window| window == text).unwrap_or(0);
        if let Some(digit) = content.iter_mut().skip(start).find(|byte| byte.is_ascii_digit()) {
            *digit = if *digit == b'9' { b'8' } else { *digit + 1 };
        }
    })?;
    Ok(sealed)
}

/// The license signed by an office that is certified but not named in the seal it used.
fn borrowed_seal(
    hierarchy: &Hierarchy,
    license: &License,
    seal: &super::forge::Seal,
    at: Timestamp,
) -> Result<Package, Error> {
    use super::forge::{Method, Signing};
    let stranger = hierarchy.signer("广东省示例市样本街道办事处")?;
    let mut package = license.document(at).package()?;
    Signing::new(&stranger, Method::Seal(seal), at).stamped(License::seal_boundary()).sign(&mut package)?;
    Ok(package)
}
