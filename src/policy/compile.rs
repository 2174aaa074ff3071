//! From Cedar files to compiled agreements, or to every fault in them with its line.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use cedar_policy::{
    Effect, EntityUid, Policy, PolicySet, PrincipalConstraint, ResourceConstraint, Schema, ValidationMode,
    ValidationWarning, Validator,
};
use miette::Diagnostic;

use super::annotation::About;
use super::body::Body;
use super::bounds;
use super::condition::Conditions;
use super::directory::Directory;
use super::index::{Index, What};
use super::lexis;
use super::red_lines::RedLines;
use super::scope::{self, Scope};
use super::shared::Shared;
use super::vocabulary::{Spoken, Vocabulary};
use super::{
    Age, Agreement, AgreementId, Agreements, Basis, Claim, Mask, Operation, Purpose, Question, Release,
    annotation,
};
use crate::catalog::{Catalog, FieldPath, LicenseTypeId, Relation, RelationRule, ServiceId};
use crate::clock::Timestamp;
use crate::fault::{Fault, Lines, Source};
use crate::identifier::Province;

/// An agreement with its Cedar policy in two parts: the scope, which the index looks at, and the body, which Cedar evaluates.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) agreement: Arc<Agreement>,
    /// Its terms have both as well; here they are at hand with the body.
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) body: Arc<Body>,
    pub(super) scope: Scope,
}

/// One file on its way to being compiled.
pub(super) struct Reader<'a, 'f> {
    pub(super) file: Source<'a>,
    lines: Lines,
    faults: &'f mut Vec<Fault>,
}

impl Reader<'_, '_> {
    pub(super) fn fault(&mut self, line: usize, reason: impl Into<String>) {
        self.faults.push(Fault::new(self.file.name, line, reason));
    }

    /// The first line that begins with `text`, as annotations do.
    pub(super) fn line_of(&self, text: &str) -> usize {
        self.file.text.lines().position(|line| line.trim_start().starts_with(text)).map_or(0, |at| at + 1)
    }

    /// The first line in which `text` occurs.
    pub(super) fn line_with(&self, text: &str) -> usize {
        self.file.text.find(text).map_or(0, |offset| self.lines.at(offset))
    }

    fn diagnose(&mut self, diagnostic: &impl Diagnostic) {
        let label = diagnostic.labels().and_then(|mut labels| labels.next());
        let line = label.map_or(0, |label| self.lines.at(label.offset()));
        let text = one_line(&diagnostic.to_string());
        // Cedar numbers the policies of a file; the line says more.
        let text = match text.strip_prefix("for policy `").and_then(|rest| rest.split_once("`, ")) {
            Some((_, rest)) => rest,
            None => &text,
        };
        self.fault(line, text);
    }
}

pub(super) fn compile(
    catalog: &Catalog,
    schema: Source<'_>,
    files: &[Source<'_>],
) -> Result<Agreements, Vec<Fault>> {
    bounds::with_room(|| compile_with_room(catalog, schema, files))
        .unwrap_or_else(|error| Err(vec![Fault::new(schema.name, 0, error.to_string())]))
}

fn compile_with_room(
    catalog: &Catalog,
    schema: Source<'_>,
    files: &[Source<'_>],
) -> Result<Agreements, Vec<Fault>> {
    let mut faults = Vec::new();
    let vocabulary = Vocabulary::new().map_err(|reason| vec![Fault::new(schema.name, 0, reason)])?;
    let parsed = parse_schema(schema).map_err(|fault| vec![fault])?;
    let fitting = Directory::new(catalog, &vocabulary, Some(&parsed));
    let directory = fitting.or_else(|reason| {
        faults.push(Fault::new(schema.name, 0, one_line(&reason)));
        Directory::new(catalog, &vocabulary, None)
    });
    let Ok(directory) = directory else { return Err(faults) };
    let mut agreements = Agreements {
        vocabulary,
        directory,
        index: Index::default(),
        compiled: Vec::new(),
        names: HashMap::new(),
        red_lines: RedLines::default(),
        spoken: Spoken::EVERYTHING,
        guards: claims(catalog, |rule| rule.guardian).collect(),
        claims: claims(catalog, |_| true).collect(),
        suspended_departments: BTreeSet::new(),
        suspended_agreements: BTreeSet::new(),
        suspended_gateways: BTreeSet::new(),
    };
    fits_schema(&agreements, catalog, &parsed, schema.name, &mut faults);
    let validator = Validator::new(parsed);
    let ground = Ground {
        catalog,
        validator,
        vocabulary: &agreements.vocabulary,
        bodies: Shared::default(),
        releases: Shared::default(),
        valid: Shared::default(),
    };
    let read = read_all(files, &ground);
    let mut names = HashMap::new();
    for (file, Read { faults: own, found }) in files.iter().zip(read) {
        faults.extend(own);
        for found in found {
            let (id, line) = found.name();
            if let Some(other) = names.insert(id.clone(), file.name) {
                let reason = format!("`{id}` is already the name of one in `{other}`; give each its own");
                faults.push(Fault::new(file.name, line, reason));
                continue;
            }
            match found {
                Found::Agreement(compiled, _) => agreements.compiled.push(*compiled),
                Found::RedLine(id, policy, _) => {
                    if let Err(error) = agreements.red_lines.add(&id, &policy) {
                        faults.push(Fault::new(file.name, 0, one_line(&error)));
                    }
                }
            }
        }
    }
    agreements.red_lines.join();
    let mentions = agreements.compiled.iter().map(|compiled| &compiled.body.mentions);
    agreements.spoken = Spoken::by(mentions.chain([&agreements.red_lines.mentions]));
    fill_index(&mut agreements);
    faults.sort();
    faults.dedup();
    if faults.is_empty() { Ok(agreements) } else { Err(faults) }
}

/// What licenses of the catalog can show, by the rules that `wanted` picks.
fn claims<'c>(catalog: &'c Catalog, wanted: fn(&RelationRule) -> bool) -> impl Iterator<Item = Claim> + 'c {
    catalog.license_types().iter().flat_map(move |license| {
        let rules = license.relations.iter().filter(move |rule| wanted(rule));
        rules.map(|rule| Claim { license: license.id.clone(), relation: rule.relation })
    })
}

fn parse_schema(schema: Source<'_>) -> Result<Schema, Fault> {
    if let Some(fault) = bounds::of_schema(schema) {
        return Err(fault);
    }
    match Schema::from_cedarschema_str(schema.text) {
        Ok((parsed, _)) => bounds::of_requests(schema, &parsed).map_or(Ok(parsed), Err),
        Err(error) => {
            let label = error.labels().and_then(|mut labels| labels.next());
            let line = label.map_or(0, |label| Lines::of(schema.text).at(label.offset()));
            Err(Fault::new(schema.name, line, one_line(&error.to_string())))
        }
    }
}

/// Holds the schema to what decisions will send, because they are not validated one by one.
fn fits_schema(
    agreements: &Agreements,
    catalog: &Catalog,
    schema: &Schema,
    name: &str,
    faults: &mut Vec<Fault>,
) {
    let sample = catalog.offices().find_map(|office| Some((office, office.department.region.province()?)));
    let (Some((office, province)), Some(purpose)) = (sample, Purpose::parse("any")) else { return };
    let vocabulary = &agreements.vocabulary;
    let claims: Vec<Claim> = LicenseTypeId::parse("any")
        .map(|license| Claim { license, relation: Relation::Same })
        .into_iter()
        .collect();
    let Some((_, department)) = agreements.directory.department(&office.department) else { return };
    let check = |operation: Operation, resource: &EntityUid, party: Option<Province>| {
        let question = Question {
            department: &office.department,
            operation,
            purpose: &purpose,
            matter: None,
            case: true,
            operator: true,
            basis: Basis::Statute,
            evidence: &claims,
            age: Some(Age::UnderFourteen),
            party,
            at: Timestamp::from_millis(0),
        };
        let everything = &Spoken::EVERYTHING;
        vocabulary.request(&question, true, department, resource, everything, Some(schema)).map(|_| ())
    };
    let mut checks = vec![check(Operation::Verify, &vocabulary.license_verification, None)];
    let service = catalog.services().next();
    let offered =
        service.and_then(|service| Some((service, agreements.directory.offered(province, &service.id)?)));
    if let Some((service, resource)) = offered {
        let query = Operation::Query { province, service: service.id.clone() };
        checks.push(check(query, resource, Some(province)));
    }
    for reason in checks.into_iter().filter_map(Result::err) {
        faults.push(Fault::new(name, 0, one_line(&reason)));
    }
}

pub(super) fn faults_of_grammar(files: &[Source<'_>]) -> Vec<Fault> {
    let all = || {
        let mut faults = Vec::new();
        for file in files {
            parse_file(&mut Reader { file: *file, lines: Lines::of(file.text), faults: &mut faults });
        }
        faults.sort();
        faults
    };
    let first = files.first().map_or("", |file| file.name);
    bounds::with_room(all).unwrap_or_else(|error| vec![Fault::new(first, 0, error.to_string())])
}

pub(super) fn stated_in(files: &[Source<'_>]) -> BTreeMap<AgreementId, String> {
    let all = || {
        let within = files.iter().filter(|file| bounds::of_policies(**file).is_none());
        let sets = within.filter_map(|file| file.text.parse::<PolicySet>().ok());
        let stated = |policy: &Policy| {
            let id = AgreementId::parse(policy.annotation("agreement")?)?;
            // Cedar's JSON has neither comments nor layout.
            Some((id, policy.to_json().ok()?.to_string()))
        };
        sets.flat_map(|set| set.policies().filter_map(stated).collect::<Vec<_>>()).collect()
    };
    bounds::with_room(all).unwrap_or_default()
}

fn parse_file(reader: &mut Reader<'_, '_>) -> Option<PolicySet> {
    if let Some(fault) = bounds::of_policies(reader.file) {
        reader.faults.push(fault);
        return None;
    }
    let parsed: Result<PolicySet, cedar_policy::ParseErrors> = reader.file.text.parse();
    parsed.map_err(|errors| errors.iter().for_each(|error| reader.diagnose(error))).ok()
}

/// What a [`Release`] is made from: fields of a service, and the masks of some.
type Released = (ServiceId, Vec<FieldPath>, Vec<(FieldPath, Mask)>);

/// What files are held to, and what they have in common.
struct Ground<'g> {
    catalog: &'g Catalog,
    validator: Validator,
    vocabulary: &'g Vocabulary,
    bodies: Shared<String, Body>,
    releases: Shared<Released, Release>,
    /// Forms of policies that are known to be valid.
    valid: Shared<String, ()>,
}

/// What a file was found to hold, and what is wrong with it.
struct Read {
    faults: Vec<Fault>,
    found: Vec<Found>,
}

/// An agreement or a red line, with the line on which it is named.
enum Found {
    Agreement(Box<Compiled>, usize),
    RedLine(AgreementId, Box<Policy>, usize),
}

impl Found {
    fn name(&self) -> (&AgreementId, usize) {
        match self {
            Self::Agreement(compiled, line) => (&compiled.agreement.id, *line),
            Self::RedLine(id, _, line) => (id, *line),
        }
    }
}

/// Files for which a thread of its own is worth while. 64: some 20 ms of work, against 0.1 ms for the thread.
const SHARE: usize = 64;

/// Reads all `files`, on as many threads as there are processors: a hundred thousand would take half a minute on one.
fn read_all(files: &[Source<'_>], ground: &Ground<'_>) -> Vec<Read> {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = files.len().div_ceil(processors).max(SHARE);
    let read = |part: &[Source<'_>]| part.iter().map(|file| read_file(*file, ground)).collect::<Vec<_>>();
    let read = &read;
    thread::scope(|scope| {
        let mut parts = files.chunks(share);
        let own = parts.next().unwrap_or_default();
        let others: Vec<_> = parts
            .map(|part| {
                let thread = thread::Builder::new().stack_size(bounds::STACK);
                (part, thread.spawn_scoped(scope, move || read(part)))
            })
            .collect();
        let mut all = read(own);
        for (part, started) in others {
            // Without a thread it only takes longer.
            all.extend(started.map_or_else(
                |_| read(part),
                |thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            ));
        }
        all
    })
}

fn read_file(file: Source<'_>, ground: &Ground<'_>) -> Read {
    let mut read = Read { faults: Vec::new(), found: Vec::new() };
    let mut reader = Reader { file, lines: Lines::of(file.text), faults: &mut read.faults };
    let Some(set) = parse_file(&mut reader) else { return read };
    let mut valid = || validate(&mut reader, &ground.validator, &set);
    match form(file.text, &set) {
        // What is invalid is looked at each time, for its faults.
        Some(form) => drop(ground.valid.get(form, || valid().then_some(()))),
        None => drop(valid()),
    }
    if set.templates().next().is_some() {
        reader.fault(0, "templates are not agreements; write out principal and resource");
    }
    let (permits, forbids): (Vec<&Policy>, Vec<&Policy>) =
        set.policies().partition(|policy| policy.effect() == Effect::Permit);
    match (permits.as_slice(), forbids.as_slice()) {
        ([permit], []) => read.found.extend(agreement(&mut reader, ground, permit)),
        ([], [_, ..]) => {
            read.found.extend(forbids.iter().filter_map(|forbid| red_line(&mut reader, ground, forbid)));
        }
        _ => reader.fault(0, "a file holds one agreement or red lines, and nothing else"),
    }
    read
}

/// What the validator sees of `set`, which Cedar read from `text`: the conditions, and of the scope the kinds of constraints with the
/// types in them. Which entity of a type it is makes no difference to it; that is for the catalog.
fn form(text: &str, set: &PolicySet) -> Option<String> {
    let mut policies = set.policies();
    let (policy, None, None) = (policies.next()?, policies.next(), set.templates().next()) else {
        return None;
    };
    let principal = match policy.principal_constraint() {
        PrincipalConstraint::Any => "any".to_owned(),
        PrincipalConstraint::In(uid) => format!("in {}", uid.type_name()),
        PrincipalConstraint::Eq(uid) => format!("== {}", uid.type_name()),
        PrincipalConstraint::Is(kind) => format!("is {kind}"),
        PrincipalConstraint::IsIn(kind, uid) => format!("is {kind} in {}", uid.type_name()),
    };
    let resource = match policy.resource_constraint() {
        ResourceConstraint::Any => "any".to_owned(),
        ResourceConstraint::In(uid) => format!("in {}", uid.type_name()),
        ResourceConstraint::Eq(uid) => format!("== {}", uid.type_name()),
        ResourceConstraint::Is(kind) => format!("is {kind}"),
        ResourceConstraint::IsIn(kind, uid) => format!("is {kind} in {}", uid.type_name()),
    };
    let (effect, action) = (policy.effect(), policy.action_constraint());
    Some(format!("{effect} {principal}, {action:?}, {resource}{}", lexis::behind_scope(text)))
}

/// Tells what is wrong with `set`; whether nothing is.
fn validate(reader: &mut Reader<'_, '_>, validator: &Validator, set: &PolicySet) -> bool {
    let told = reader.faults.len();
    let result = validator.validate(set, ValidationMode::Strict);
    for error in result.validation_errors() {
        reader.diagnose(error);
    }
    for warning in result.validation_warnings() {
        // Chinese beside ASCII is normal here; text that reads otherwise than it runs, or never applies, is not.
        match warning {
            ValidationWarning::BidiCharsInIdentifier(_)
            | ValidationWarning::BidiCharsInString(_)
            | ValidationWarning::ImpossiblePolicy(_)
            | ValidationWarning::InvalidActionApplication(_) => reader.diagnose(warning),
            _ => {}
        }
    }
    reader.faults.len() == told
}

fn agreement(reader: &mut Reader<'_, '_>, ground: &Ground<'_>, policy: &Policy) -> Option<Found> {
    let Ground { catalog, vocabulary, .. } = ground;
    let named = name(reader, policy, "agreement");
    let text = lexis::behind_scope(reader.file.text);
    let body = ground.bodies.get(text.to_owned(), || Some(Body::of(text, policy)))?;
    let scope = scope::of(reader, catalog, vocabulary, policy, &body.conditions);
    let service = match &scope.what {
        Some(What::Service(_, service)) => catalog.service(service).cloned(),
        _ => None,
    };
    let about = match (&scope.what, service.as_deref()) {
        (Some(What::Verify), _) => About::Verification,
        (_, Some(service)) => About::Service(service),
        // Told already, as a fault of the scope or of what it names.
        _ => About::Unknown,
    };
    let terms = annotation::terms(reader, policy, about);
    let ((id, line), scope, terms) = (named?, scope.whole()?, terms?);
    let release = match service.as_deref() {
        Some(service) => {
            let key = (service.id.clone(), terms.fields.clone(), terms.masks.clone());
            ground.releases.get(key, || Some(Release::new(service, &terms.fields, &terms.masks)))?
        }
        None => Arc::default(),
    };
    let (from, until) = (terms.from, terms.until);
    let agreement = Agreement { id, terms, service, release };
    let compiled = Compiled { agreement: Arc::new(agreement), from, until, body, scope };
    Some(Found::Agreement(Box::new(compiled), line))
}

fn red_line(reader: &mut Reader<'_, '_>, ground: &Ground<'_>, policy: &Policy) -> Option<Found> {
    for (key, _) in policy.annotations().filter(|(key, _)| *key != "red_line") {
        reader.fault(reader.line_of(&format!("@{key}")), format!("`@{key}` does not belong on a red line"));
    }
    scope::literals(reader, None, ground.vocabulary, policy);
    scope::evidence(reader, None, &Conditions::of(policy));
    let (id, line) = name(reader, policy, "red_line")?;
    Some(Found::RedLine(id, Box::new(policy.clone()), line))
}

/// The name of a policy, and the line that gives it.
fn name(reader: &mut Reader<'_, '_>, policy: &Policy, key: &str) -> Option<(AgreementId, usize)> {
    let Some(text) = policy.annotation(key) else {
        reader.fault(0, format!("`@{key}` is missing"));
        return None;
    };
    let line = reader.line_with(&format!("@{key}(\"{text}\")"));
    let id = AgreementId::parse(text);
    if id.is_none() {
        reader.fault(line, format!("`{text}` is not a name of letters, digits, `-`, `.` and `_`"));
    }
    id.map(|id| (id, line))
}

/// Enters all agreements in the order in which candidates of one key are tried.
fn fill_index(agreements: &mut Agreements) {
    let mut order: Vec<usize> = (0..agreements.compiled.len()).collect();
    order.sort_by_key(|position| {
        agreements.compiled.get(*position).map(|compiled| {
            let agreement = &compiled.agreement;
            (agreement.release.released().len(), agreement.id.clone())
        })
    });
    for position in order {
        let Some(compiled) = agreements.compiled.get(position) else { continue };
        agreements.names.insert(compiled.agreement.id.clone(), position);
        let Scope { who, what, purposes } = compiled.scope.clone();
        agreements.index.insert(who, what, &purposes, position);
    }
}

/// Messages of Cedar as one line, as faults are printed.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
