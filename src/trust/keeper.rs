//! What a gateway does with a publication: looks at it, takes what counts, and keeps that, so that versions only grow over
//! restarts, suspensions stay though their files go, and it starts while the source is away.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Instant;

use super::prune::prune;
use super::publication::{self, EMERGENCY, FIRST_EMERGENCY, HEAD, INDEX, Publication, Way};
use super::{Config, Problem, Source, disk};
use crate::clock::Timestamp;
use crate::manifest::{
    Arrival, Emergencies, KeyName, Manifest, Refusal, RuleFiles, Shape, Signed, Standing, Suspended,
};

/// Suspensions beyond an officer's bound that are named, of those of one look. 16: whoever mends it needs to see what kind of
/// thing was suspended, not all of it.
const NAMED: usize = 16;

/// Keeps what is in effect, beside the publication that it follows.
#[derive(Clone, Debug)]
pub struct Keeper {
    config: Config,
    kept: Source,
}

/// What was seen at the publication.
#[derive(Debug)]
pub struct Seen {
    /// What is to be in effect now; none if nothing ever was, and nothing that was seen counts.
    pub standing: Option<Standing>,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// Manifests on the way to the present one, oldest first, which were accepted and superseded at once.
    pub passed: Vec<Signed>,
}

impl Keeper {
    /// A keeper with `config`; reads nothing yet.
    pub fn new(config: &Config) -> Self {
        Self { kept: Source::Directory(config.state.clone()), config: config.clone() }
    }

    /// What was in effect when the gateway stopped; none if it never ran. It is checked again from the config's officers on.
    pub fn resume(&self, now: Timestamp) -> Result<Option<Standing>, Problem> {
        let state = self.state();
        let Some(head) = state.note(HEAD)? else { return Ok(None) };
        let Way { signed, .. } = state.enter(&self.config.terms, head)?;
        let files = state.files(signed.manifest(), |_| None)?;
        let place = self.kept.place(HEAD);
        let base =
            signed.accept(files, Arrival::Kept).map_err(|refusal| Problem::refused(&place, refusal))?;
        let mut standing = Standing::new(base);
        for digest in state.suspensions()? {
            let name = publication::suspension_name(&digest);
            let Some(note) = state.suspension(&digest)? else { continue };
            let suspended = Suspended::resume(&note, &self.config.terms.publication);
            let suspended = suspended.map_err(|refusal| Problem::refused(self.kept.place(&name), refusal))?;
            standing.suspend(suspended);
        }
        if let Some(emergencies) = state.emergencies(standing.base().signed(), &self.config.terms)? {
            let last = emergencies.last().clone();
            standing.recall(emergencies);
            // Of one that is over the files are gone, and what holds without it needs none of them. One that could hold still is
            // left to the publication where its files are astray: it must not keep a gateway from starting.
            if now < last.manifest().expires
                && let Ok(files) = state.files(last.manifest(), |_| None)
                && let Ok(accepted) = last.accept(files, Arrival::Kept)
            {
                standing.break_glass(accepted);
            }
        }
        standing.pass(now);
        Ok(Some(standing))
    }

    /// Looks at the publication. Whatever is wrong with one part of it stops no other: a manifest that is refused keeps no
    /// suspension from holding.
    pub fn look(&self, present: Option<&Standing>, now: Timestamp) -> Seen {
        let mut seen = Seen { standing: present.cloned(), problems: Vec::new(), passed: Vec::new() };
        let publication = self.publication();
        if let Some(standing) = &mut seen.standing {
            standing.pass(now);
        }
        if let Err(problem) = self.succeed(&publication, &mut seen, now) {
            seen.problems.push(problem);
        }
        let Some(standing) = &mut seen.standing else { return seen };
        if let Err(problem) = self.emergency(&publication, standing, now) {
            seen.problems.push(problem);
        }
        self.suspend(&publication, standing, &mut seen.problems, now);
        seen
    }

    /// Looks at the suspensions alone: they are small, and what only takes away need not wait until files are read. What is wrong
    /// with any is left for [`Keeper::look`] to tell.
    pub fn look_at_suspensions(&self, present: &Standing, now: Timestamp) -> Seen {
        let mut standing = present.clone();
        standing.pass(now);
        self.suspend(&self.publication(), &mut standing, &mut Vec::new(), now);
        Seen { standing: Some(standing), problems: Vec::new(), passed: Vec::new() }
    }

    /// What is seen without looking: that an emergency is over.
    pub fn pass(present: &Standing, now: Timestamp) -> Seen {
        let mut standing = present.clone();
        standing.pass(now);
        Seen { standing: Some(standing), problems: Vec::new(), passed: Vec::new() }
    }

    fn succeed(&self, publication: &Publication<'_>, seen: &mut Seen, now: Timestamp) -> Result<(), Problem> {
        let head = publication.head()?;
        let way = match &seen.standing {
            Some(standing) => publication.follow(standing.base().signed(), head)?,
            None => Some(publication.enter(&self.config.terms, head)?),
        };
        let Some(Way { signed, before }) = way else { return Ok(()) };
        let files = self.files(publication, signed.manifest(), seen.standing.as_ref())?;
        let accepted = signed.accept(files, Arrival::Offered(now));
        let accepted =
            accepted.map_err(|refusal| Problem::refused(self.config.source.place(HEAD), refusal))?;
        seen.passed = before;
        match &mut seen.standing {
            Some(standing) => standing.succeed(accepted),
            none => *none = Some(Standing::new(accepted)),
        }
        Ok(())
    }

    fn emergency(
        &self,
        publication: &Publication<'_>,
        standing: &mut Standing,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let Some(note) = publication.note(EMERGENCY)? else { return Ok(()) };
        let refused = |refusal| Problem::refused(self.config.source.place(EMERGENCY), refusal);
        let manifest = publication::stated(&note).map_err(refused)?;
        // That of an emergency which is over stays where it is until the next one, and is no problem.
        let over = manifest.version <= standing.base().manifest().version || manifest.expires <= now;
        let present = standing.emergency().is_some_and(|emergency| emergency.manifest() == &manifest);
        if over || present {
            return Ok(());
        }
        let (base, terms) = (standing.base().signed(), &self.config.terms);
        let mut before = standing.emergencies().cloned();
        if before.is_none() {
            // A gateway that begins late ends with the others.
            let first = publication.note(FIRST_EMERGENCY)?;
            let first = first.and_then(|first| base.emergency(&first, terms, None).ok());
            before = first.map(Emergencies::begin);
        }
        let signed = base.emergency(&note, terms, before.as_ref()).map_err(refused)?;
        let files = self.files(publication, signed.manifest(), Some(standing))?;
        let accepted = signed.accept(files, Arrival::Offered(now)).map_err(refused)?;
        before.into_iter().for_each(|before| standing.recall(before));
        standing.break_glass(accepted);
        Ok(())
    }

    /// Takes the suspensions that are new. One officer may have so many in force as the limits say, however many others have:
    /// what is beyond that is refused, so that what holds stays, and one officer's many keep no other's from holding.
    fn suspend(
        &self,
        publication: &Publication<'_>,
        standing: &mut Standing,
        problems: &mut Vec<Problem>,
        now: Timestamp,
    ) {
        let index = match publication.suspensions() {
            Ok(index) => index,
            Err(problem) => return problems.push(problem),
        };
        let seen: BTreeSet<String> = standing.seen().keys().map(|digest| digest.hex()).collect();
        let Manifest { officers, lifted, .. } = standing.base().manifest().clone();
        let most = self.config.limits.suspensions;
        let mut in_force: BTreeMap<KeyName, usize> = BTreeMap::new();
        for (_, suspended) in standing.seen().iter().filter(|(digest, _)| !lifted.contains(digest)) {
            *in_force.entry(suspended.officer().clone()).or_default() += 1;
        }
        let mut beyond = 0_usize;
        for digest in index.iter().filter(|digest| !seen.contains(*digest)) {
            let name = publication::suspension_name(digest);
            let note = match publication.suspension(digest) {
                Ok(Some(note)) => note,
                Ok(None) => continue,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            match Suspended::check(&note, &self.config.terms.publication, &officers, now) {
                Ok(suspended) if lifted.contains(&suspended.suspension().digest()) => {
                    standing.suspend(suspended);
                }
                Ok(suspended) => {
                    let officer = suspended.officer().clone();
                    let count = in_force.entry(officer.clone()).or_default();
                    if *count < most.size() {
                        *count += 1;
                        standing.suspend(suspended);
                        continue;
                    }
                    beyond += 1;
                    if beyond <= NAMED {
                        let refusal = Refusal::TooManySuspensions { officer, most: most.get() };
                        problems.push(Problem::refused(self.config.source.place(&name), refusal));
                    }
                }
                Err(refusal) => problems.push(Problem::refused(self.config.source.place(&name), refusal)),
            }
        }
    }

    /// Keeps `standing`, and what was seen on the way to it. The manifest comes last, so that a crash leaves what was.
    pub fn keep(&self, standing: &Standing, seen: &Seen) -> io::Result<()> {
        let place = |name: &str| self.config.state.join(name);
        // What a disk damaged is written again, though it is called by what it should hold.
        let changed = |name: &str, content: &[u8]| {
            let limit = u64::try_from(content.len()).unwrap_or(u64::MAX);
            match disk::read(&place(name), limit) {
                Ok(Some(there)) if there == content => Ok(()),
                _ => disk::write(&place(name), content),
            }
        };
        for accepted in [Some(standing.base()), standing.emergency()].into_iter().flatten() {
            for (_, content) in accepted.files().iter() {
                changed(&publication::file_name(&Shape::of(content).sha256), content)?;
            }
        }
        for (digest, suspended) in standing.seen() {
            let note = suspended.note().to_string();
            changed(&publication::suspension_name(&digest.hex()), note.as_bytes())?;
        }
        let index: String = standing.seen().keys().map(|digest| format!("{}\n", digest.hex())).collect();
        changed(INDEX, index.as_bytes())?;
        if let Some(emergencies) = standing.emergencies() {
            changed(FIRST_EMERGENCY, emergencies.first().note().to_string().as_bytes())?;
            changed(EMERGENCY, emergencies.last().note().to_string().as_bytes())?;
        }
        let base = standing.base().signed();
        let version = base.manifest().version;
        let passed = seen.passed.iter().filter(|signed| signed.manifest().version < version);
        for signed in passed.chain([base]) {
            let note = signed.note().to_string();
            changed(&publication::manifest_name(signed.manifest().version), note.as_bytes())?;
        }
        changed(HEAD, base.note().to_string().as_bytes())?;
        // What is left over costs space and nothing else.
        if let Err(error) = prune(&self.config.state, &self.state(), standing, &self.config.terms) {
            tracing::warn!(%error, "the state of what is trusted cannot be pruned");
        }
        Ok(())
    }

    /// The files of `manifest`: those in effect and those kept are not read again.
    fn files(
        &self,
        publication: &Publication<'_>,
        manifest: &Manifest,
        standing: Option<&Standing>,
    ) -> Result<RuleFiles, Problem> {
        let held: std::collections::HashMap<_, _> = standing
            .into_iter()
            .flat_map(|standing| standing.in_effect().files().iter())
            .map(|(_, content)| (Shape::of(content).sha256, content))
            .collect();
        let limit = self.config.limits.file_bytes.get().into();
        publication.files(manifest, |shape| {
            let kept =
                || disk::read(&self.config.state.join(publication::file_name(&shape.sha256)), limit).ok()?;
            let whole = |content: &Vec<u8>| Shape::of(content) == *shape;
            held.get(&shape.sha256).map(|content| content.to_vec()).or_else(|| kept().filter(whole))
        })
    }

    /// The publication, for one look.
    fn publication(&self) -> Publication<'_> {
        let end = Instant::now().checked_add(self.config.limits.look_ms.duration());
        Publication { source: &self.config.source, limits: &self.config.limits, end }
    }

    fn state(&self) -> Publication<'_> {
        Publication { source: &self.kept, limits: &self.config.limits, end: None }
    }
}
