//! Reads `certs/anchors/`: a TOML file for each authority, which says what its certificates are trusted for.
//! It judges no certificate; what is wrong with any file is said of all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::store::{ANCHORS, has_extension, is_directly_below};
use crate::catalog::Catalog;
use crate::clock::parse_duration;
use crate::fault::Fault;
use crate::identifier::{Error, Region, TypeCode};
use crate::manifest::{FilePath, RuleFiles};
use crate::pki::{
    Anchor, AnchorEntry, AnchorRole, AnchorScope, Certificate, Place, RevocationFormat, RevocationSource,
    SourceUrl, certificates_in,
};
use crate::table::{At, Table};

/// How files of certificates end. Those of other endings may be named all the same.
pub(super) const CERTIFICATES: [&str; 7] = ["cer", "crt", "der", "p7b", "p7c", "p7s", "pem"];

/// A week: a revocation that everybody else has known for that long is not to pass here for want of a list.
const MOST_GRACE: Duration = Duration::from_secs(7 * 86_400);
/// Sources of one authority. Its own lists, full and delta, its root's, and a responder are four.
const MOST_SOURCES: usize = 16;

/// The roles that vouch for licenses. A timestamp proves the same everywhere.
const SCOPED: [AnchorRole; 2] = [AnchorRole::SealMaker, AnchorRole::Signer];

const ROLES: &str = "write what it is trusted for, such as `roles = [\"signer\", \"seal_maker\"]`";
const ROLES_ARE: &str = "the roles are";
const ALL: &str = "leave the key out to mean all";
const FILES: &str = "write which files hold its certificates, such as `certificates = [\"root.pem\"]`";

/// The anchors of a rulebook as their files state them.
#[derive(Debug, Default)]
pub(super) struct Stated {
    pub(super) anchors: Vec<Anchor>,
    /// Types of licenses that entries name, with where they stand.
    types: Vec<(TypeCode, String, usize)>,
}

impl Stated {
    /// Reads the files of `certs/anchors/` among `files`; what is wrong is added to `faults`.
    pub(super) fn read(files: &RuleFiles, faults: &mut Vec<Fault>) -> Self {
        let mut reader = Reader { files, stated: Self::default(), named: BTreeMap::new(), faults };
        for (path, content) in files.iter() {
            if is_directly_below(path, ANCHORS) && has_extension(path.as_str(), &["toml"]) {
                reader.authority(path, content);
            }
        }
        reader.left_over();
        reader.doubled();
        reader.stated
    }

    /// The types of licenses that `catalog` does not have, each where it stands.
    pub(super) fn disagreements(&self, catalog: &Catalog) -> Vec<Fault> {
        let unknown = self.types.iter().filter(|(code, ..)| catalog.license_type(code).is_none());
        let fault = |(code, file, line): &(TypeCode, String, usize)| {
            Fault::new(file, *line, format!("`license_types`: `{code}` is not in the catalog"))
        };
        unknown.map(fault).collect()
    }
}

struct Reader<'r> {
    files: &'r RuleFiles,
    stated: Stated,
    /// The files of certificates that entries name, by the first that does.
    named: BTreeMap<FilePath, String>,
    faults: &'r mut Vec<Fault>,
}

impl Reader<'_> {
    fn authority(&mut self, path: &FilePath, content: &[u8]) {
        let file = path.as_str();
        let Ok(text) = std::str::from_utf8(content) else {
            self.faults.push(Fault::new(file, 0, "is not UTF-8"));
            return;
        };
        let mut table = match Table::parse(file, text) {
            Ok(table) => table,
            Err(faults) => return self.faults.extend(faults),
        };
        let certificates = self.certificates(file, &mut table);
        let roles = roles(&mut table);
        unscoped(&roles, &mut table);
        let entry = Arc::new(AnchorEntry {
            name: name_of(file).to_owned(),
            roles,
            scope: self.scope(file, &mut table),
            period: table.period(),
            owner: table.words("owner"),
            notes: table.words("notes"),
            grace: grace(&mut table),
            tolerates_maker_dates: table.optional("tolerates_maker_dates").is_some_and(|stated| stated.value),
            revocation: sources(&mut table),
        });
        self.faults.extend(table.finish());
        let anchors =
            certificates.into_iter().map(|certificate| Anchor { certificate, entry: Arc::clone(&entry) });
        self.stated.anchors.extend(anchors);
    }

    fn certificates(&mut self, file: &str, table: &mut Table<'_>) -> Vec<Certificate> {
        let parse = |text: &str| {
            FilePath::parse(&format!("{ANCHORS}{text}")).ok_or("this is no path below `certs/anchors/`")
        };
        let paths = table.required_list("certificates", FILES, parse);
        let mut found = Vec::new();
        for At { line, value: path } in paths {
            let Some(content) = self.files.get(&path) else {
                table.fault(line, format!("`{path}` is not there"));
                continue;
            };
            if let Some(first) = self.named.get(&path) {
                table.fault(line, format!("`{path}` already stands in `{first}`; one file states one trust"));
                continue;
            }
            self.named.insert(path.clone(), file.to_owned());
            match certificates_in(content) {
                Ok(certificates) => found.extend(certificates),
                Err(error) => self.faults.push(Fault::new(path.as_str(), 0, error.to_string())),
            }
        }
        found
    }

    fn scope(&mut self, file: &str, table: &mut Table<'_>) -> AnchorScope {
        let whole = |text: &str| match Region::parse(text) {
            Ok(region) if text.ends_with("00") => Ok(region),
            Ok(_) => Err("write a province or prefecture, whose last digits are 0".to_owned()),
            Err(Error::Length) => Err("a region has 6 digits, such as \"440000\"".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let regions = table.list("regions", ALL, whole);
        let types = table.list("license_types", ALL, license_type);
        for At { line, value } in types.iter().flatten() {
            self.stated.types.push((value.clone(), file.to_owned(), *line));
        }
        AnchorScope::new(regions.map(values), types.map(values))
    }

    /// A certificate that no entry names is trusted for nothing, which nobody meant who put it there.
    fn left_over(&mut self) {
        let in_certs = self.files.iter().filter(|(path, _)| path.as_str().starts_with(ANCHORS));
        for (path, content) in in_certs {
            let file = path.as_str();
            if has_extension(file, &CERTIFICATES) && !self.named.contains_key(path) {
                match certificates_in(content) {
                    Ok(_) => self.faults.push(Fault::new(file, 0, unnamed(file))),
                    Err(error) => self.faults.push(Fault::new(file, 0, error.to_string())),
                }
            } else if has_extension(file, &["toml"]) && !is_directly_below(path, ANCHORS) {
                let reason = format!("nothing reads this; entries stand in `{ANCHORS}` itself");
                self.faults.push(Fault::new(file, 0, reason));
            }
        }
    }

    /// A certificate with two entries would be trusted for what neither officer saw whole.
    fn doubled(&mut self) {
        let mut first: BTreeMap<&[u8], &AnchorEntry> = BTreeMap::new();
        let mut kept = Vec::new();
        for anchor in &self.stated.anchors {
            let Some(before) = first.insert(anchor.certificate.der(), &anchor.entry) else {
                kept.push(anchor.clone());
                continue;
            };
            if before.name != anchor.entry.name {
                let file = |entry: &AnchorEntry| format!("{ANCHORS}{}.toml", entry.name);
                let reason = format!(
                    "the certificate of `{}` stands in `{}` as well; leave it in one of them, with all its roles",
                    anchor.certificate.subject,
                    file(before)
                );
                self.faults.push(Fault::new(&file(&anchor.entry), 0, reason));
            }
        }
        drop(first);
        self.stated.anchors = kept;
    }
}

/// What is said of a certificate that no entry names: what to write.
fn unnamed(file: &str) -> String {
    let own = file.strip_prefix(ANCHORS).unwrap_or(file);
    format!(
        "no entry says what this is trusted for; write `{ANCHORS}{}.toml` with `certificates = [\"{own}\"]` and, for \
         instance, `roles = [\"signer\", \"seal_maker\"]`",
        name_of(own)
    )
}

/// The last part of a path, without its ending.
pub(super) fn name_of(path: &str) -> &str {
    let last = path.rsplit_once('/').map_or(path, |(_, last)| last);
    last.rsplit_once('.').map_or(last, |(name, _)| name)
}

fn roles(table: &mut Table<'_>) -> BTreeSet<AnchorRole> {
    let known = AnchorRole::ALL.map(|role| format!("`{role}`")).join(", ");
    let role = |text: &str| match text {
        "provider" => Err(format!(
            "is not in use: `authorities` in a gateway's config says whom it asks; {ROLES_ARE} {known}"
        )),
        _ => AnchorRole::named(text).ok_or_else(|| format!("{ROLES_ARE} {known}")),
    };
    values(table.required_list("roles", ROLES, role))
}

/// A scope is of licenses, and in its regions of clients. Where no role has to do with them it would limit nothing, whatever an
/// officer reads into it.
fn unscoped(roles: &BTreeSet<AnchorRole>, table: &mut Table<'_>) {
    if roles.is_empty() || SCOPED.iter().any(|role| roles.contains(role)) {
        return;
    }
    let ([maker, signer], client) = (SCOPED, AnchorRole::TlsClient);
    let of_clients = roles.contains(&client);
    if let Some(line) = table.line_of("regions").filter(|_| !of_clients) {
        let reason = format!(
            "`regions` limits licenses and clients, on which only `{maker}`, `{signer}` and `{client}` have a say"
        );
        table.fault(line, reason);
    }
    if let Some(line) = table.line_of("license_types") {
        let reason = format!(
            "`license_types` limits licenses, on which only the roles `{maker}` and `{signer}` have a say"
        );
        table.fault(line, reason);
    }
}

fn values<T: Ord>(list: Vec<At<T>>) -> BTreeSet<T> {
    list.into_iter().map(|one| one.value).collect()
}

fn license_type(text: &str) -> Result<TypeCode, String> {
    TypeCode::parse(text).map_err(|error| match error {
        Error::Length => "a type has 21 characters, such as `11100000MB0143028R001`".to_owned(),
        error => error.to_string(),
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| format!("`{text}` is no duration such as \"90m\", \"24h\" or \"7d\""))
}

fn grace(table: &mut Table<'_>) -> Duration {
    let Some(At { line, value }) = table.parsed("grace", duration) else { return Duration::ZERO };
    if value > MOST_GRACE {
        table.fault(line, "`grace` is 7d at most");
    }
    value.min(MOST_GRACE)
}

fn sources(table: &mut Table<'_>) -> Vec<RevocationSource> {
    let tables = table.tables("revocation");
    if tables.len() > MOST_SOURCES {
        table.fault(0, format!("an authority has at most {MOST_SOURCES} sources of revocation"));
    }
    let mut sources = Vec::new();
    for mut inside in tables {
        sources.extend(source(&mut inside));
        table.close(inside);
    }
    sources
}

fn source(table: &mut Table<'_>) -> Option<RevocationSource> {
    let line = table.line();
    let stated = (table.line_of("url").is_some(), table.line_of("file").is_some());
    let url = table.parsed("url", |text| SourceUrl::parse(text).map(Place::Url));
    let file = table.parsed("file", Place::file);
    if !matches!(stated, (true, false) | (false, true)) {
        table.fault(line, "a source has either a `url` or a `file`");
    }
    let every = table.parsed("every", duration);
    let at = every.as_ref().map_or(line, |every| every.line);
    let every = every.map_or(RevocationSource::USUAL_EVERY, |every| every.value);
    let format = table.parsed("format", |text| {
        RevocationFormat::named(text).ok_or_else(|| format!("`{text}` is neither `crl` nor `ocsp`"))
    });
    // Whatever becomes of the place.
    RevocationSource::check_every(every).map_err(|error| table.fault(at, error)).ok()?;
    let place = url.or(file)?.value;
    let format = format.map(|format| format.value).unwrap_or_default();
    RevocationSource::new(place, every, format).ok()
}
