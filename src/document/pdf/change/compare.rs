//! Two revisions side by side: values that must be the same, followed through all references.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::rc::Rc;

use super::{Change, ChangeKind};
use crate::budget::Budget;
use crate::document::pdf::Error;
use crate::document::pdf::object::{Dictionary, Object, Reference};
use crate::document::pdf::store::{Pdf, Resolved};

/// Changes of one kind that are named one by one, fields aside; a hostile file could make any number.
const NAMED: usize = 32;
/// Characters of a step that are named; keys are the writer's to choose.
const LETTERS: usize = 80;
/// Steps of a path that are named. Longer ones lead through lists, whose beginnings tell nobody where they end.
const STEPS: usize = 16;

/// A comparison in progress.
pub(super) struct Comparison<'p, 'a, 'b> {
    pub(super) pdf: &'p mut Pdf<'a>,
    pub(super) budget: &'b mut Budget,
    /// The revision before.
    pub(super) old: usize,
    /// The revision after.
    pub(super) new: usize,
    /// Objects before and after that are compared for themselves, and by their number alone where others refer to
    /// them: pages, annotations, form fields. Without this a page would be the content of each of its annotations.
    pub(super) apart: (HashSet<u32>, HashSet<u32>),
    /// What was compared, apart for places where changes may pass and where they may not.
    seen: HashSet<(Reference, Reference, bool)>,
    queue: Vec<(Reference, Reference, Path)>,
    paths: Vec<Step>,
    changes: Vec<Change>,
    named: BTreeMap<ChangeKind, usize>,
}

/// One step of a path from the trailer.
struct Step {
    before: Path,
    name: String,
    /// What a difference here is.
    kind: ChangeKind,
}

/// A place in the document, by its last step.
pub(super) type Path = usize;

/// Where all paths begin.
pub(super) const TRAILER: Path = 0;

impl<'p, 'a, 'b> Comparison<'p, 'a, 'b> {
    pub(super) fn new(pdf: &'p mut Pdf<'a>, (old, new): (usize, usize), budget: &'b mut Budget) -> Self {
        Self {
            pdf,
            budget,
            old,
            new,
            apart: Default::default(),
            seen: HashSet::new(),
            queue: Vec::new(),
            paths: vec![Step { before: TRAILER, name: String::new(), kind: ChangeKind::Other }],
            changes: Vec::new(),
            named: BTreeMap::new(),
        }
    }

    /// What was found, worst first.
    pub(super) fn finish(mut self) -> Vec<Change> {
        self.changes.sort_by(|one, other| (other.kind, &one.place).cmp(&(one.kind, &other.place)));
        self.changes.dedup();
        self.changes
    }

    /// Records a change at `place`.
    pub(super) fn change(&mut self, kind: ChangeKind, place: String) {
        let named = self.named.entry(kind).or_default();
        *named += 1;
        if *named <= NAMED {
            self.changes.push(Change { kind, place, field: None });
        }
    }

    /// Records a change of the form field `field`; all of them, because each may be locked.
    pub(super) fn field_change(&mut self, kind: ChangeKind, path: Path, field: &str) {
        let place = self.place(path);
        self.changes.push(Change { kind, place, field: Some(field.to_owned()) });
    }

    /// Records a difference, which is what its path says unless `kind` is known.
    pub(super) fn difference(&mut self, kind: Option<ChangeKind>, path: Path) {
        let by_place = self.paths.get(path).map_or(ChangeKind::Other, |step| step.kind);
        self.change(kind.unwrap_or(by_place), self.place(path));
    }

    /// The path one step further.
    pub(super) fn step(&mut self, before: Path, name: impl Into<String>) -> Path {
        let kind = self.paths.get(before).map_or(ChangeKind::Other, |step| step.kind);
        self.step_as(kind, before, name)
    }

    /// The path one step further, where differences are of `kind`.
    pub(super) fn step_as(&mut self, kind: ChangeKind, before: Path, name: impl Into<String>) -> Path {
        let name = name.into().chars().take(LETTERS).collect();
        self.paths.push(Step { before, name, kind });
        self.paths.len() - 1
    }

    fn place(&self, path: Path) -> String {
        let mut names = Vec::new();
        let mut at = path;
        while let Some(step) = self.paths.get(at).filter(|_| at != TRAILER && names.len() < STEPS) {
            names.push(step.name.as_str());
            at = step.before;
        }
        names.reverse();
        names.join("/")
    }

    /// `object` as of the revision before.
    pub(super) fn before<'o>(&mut self, object: &'o Object) -> Result<Resolved<'o>, Error> {
        self.pdf.resolve(object, self.old, self.budget)
    }

    /// `object` as of the revision after.
    pub(super) fn after<'o>(&mut self, object: &'o Object) -> Result<Resolved<'o>, Error> {
        self.pdf.resolve(object, self.new, self.budget)
    }

    /// The indirect objects that two references name, before and after.
    pub(super) fn both(&mut self, old: Reference, new: Reference) -> Result<(Rc<Object>, Rc<Object>), Error> {
        let before = self.pdf.object(old, self.old, self.budget)?;
        Ok((before, self.pdf.object(new, self.new, self.budget)?))
    }

    /// Charges `count` comparisons, for lists that many places may share.
    pub(super) fn charge(&mut self, count: usize) -> Result<(), Error> {
        Ok(self.budget.pdf_comparisons(count as u64)?)
    }

    /// Whether the object that `reference` names after came into the file with this revision.
    pub(super) fn is_fresh(&self, reference: Reference) -> bool {
        let start = self.pdf.revisions().get(self.new).map_or(0, |revision| revision.span.start);
        self.pdf.place(reference.number, self.new).is_none_or(|(place, _)| place.offset() >= start)
    }

    /// Compares two values strictly; what they refer to is compared by [`Comparison::settle`].
    pub(super) fn values(&mut self, old: &Object, new: &Object, path: Path) -> Result<(), Error> {
        self.charge(1)?;
        match (old, new) {
            (Object::Reference(old), Object::Reference(new)) => self.references(*old, *new, path),
            (Object::Reference(_), direct) => {
                let resolved = self.before(old)?;
                self.values(&resolved, direct, path)?;
            }
            (direct, Object::Reference(_)) => {
                let resolved = self.after(new)?;
                self.values(direct, &resolved, path)?;
            }
            (Object::Array(old), Object::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    self.child(old, new, path, || index.to_string())?;
                }
            }
            (Object::Dictionary(old), Object::Dictionary(new)) => self.dictionaries(old, new, &[], path)?,
            (Object::Stream(old), Object::Stream(new)) => {
                self.dictionaries(&old.dictionary, &new.dictionary, &[], path)?;
                if old.data != new.data && self.streams_differ(&old.data, &new.data)? {
                    self.difference(None, path);
                }
            }
            (old, new) if old == new => {}
            (_, Object::Null) => self.difference(Some(ChangeKind::Hidden), path),
            _ => self.difference(None, path),
        }
        Ok(())
    }

    fn streams_differ(&mut self, old: &Range<usize>, new: &Range<usize>) -> Result<bool, Error> {
        if old.len() != new.len() {
            return Ok(true);
        }
        // Streams may lie in one another, so that the same bytes are compared again and again.
        self.budget.pdf_bytes(old.len() as u64)?;
        let file = self.pdf.file();
        Ok(file.get(old.clone()) != file.get(new.clone()))
    }

    /// Compares two dictionaries strictly, but for the keys in `exempt`.
    pub(super) fn dictionaries(
        &mut self,
        old: &Dictionary,
        new: &Dictionary,
        exempt: &[&str],
        path: Path,
    ) -> Result<(), Error> {
        let keys: BTreeSet<&[u8]> = old.iter().chain(new.iter()).map(|(key, _)| key).collect();
        for key in keys {
            if !exempt.iter().any(|exempt| exempt.as_bytes() == key) {
                self.child(old.of(key), new.of(key), path, || String::from_utf8_lossy(key).into_owned())?;
            }
        }
        Ok(())
    }

    /// Compares two values one step below `path`, and forgets the step if nothing came of it.
    fn child(
        &mut self,
        old: &Object,
        new: &Object,
        path: Path,
        name: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        // Most values are numbers and names that are equal.
        if !is_container(old) && old == new {
            return self.charge(1);
        }
        let before = (self.paths.len(), self.queue.len(), self.changes.len());
        let name = name();
        let font = matches!(name.as_str(), "Font" | "FontDescriptor" | "DescendantFonts");
        let kind = self.paths.get(path).map(|step| step.kind);
        let step = match kind {
            Some(ChangeKind::Content | ChangeKind::Form) if font => {
                self.step_as(ChangeKind::Font, path, name)
            }
            _ => self.step(path, name),
        };
        self.values(old, new, step)?;
        if (self.queue.len(), self.changes.len()) == (before.1, before.2) {
            self.paths.truncate(before.0);
        }
        Ok(())
    }

    fn references(&mut self, old: Reference, new: Reference, path: Path) {
        if self.apart.0.contains(&old.number) && self.apart.1.contains(&new.number) {
            if old != new {
                let kind = if self.is_fresh(new) { None } else { Some(ChangeKind::Exchanged) };
                self.difference(kind, path);
            }
            return;
        }
        let lenient = self.paths.get(path).is_some_and(|step| step.kind == ChangeKind::Annotated);
        if self.seen.insert((old, new, lenient)) {
            self.queue.push((old, new, path));
        }
    }

    /// Compares the objects of two references strictly.
    pub(super) fn objects(&mut self, old: Reference, new: Reference, path: Path) -> Result<(), Error> {
        let place = |number, revision| self.pdf.place(number, revision).map(|(place, _)| place);
        let moved = place(old.number, self.old) != place(new.number, self.new);
        let (before, after) = self.both(old, new)?;
        let found = self.changes.len();
        self.values(&before, &after, path)?;
        // What differs here lay in the file before and was brought forth by another cross-reference or reference.
        if moved && !self.is_fresh(new) && !after.is_null() {
            for change in self.changes.iter_mut().skip(found) {
                change.kind = ChangeKind::Exchanged;
            }
        }
        Ok(())
    }

    /// Compares what is still to be compared.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        while let Some((old, new, path)) = self.queue.pop() {
            self.objects(old, new, path)?;
        }
        Ok(())
    }

    /// Whether two values differ anywhere below, without recording it.
    pub(super) fn differ(&mut self, old: &Object, new: &Object) -> Result<bool, Error> {
        let mut probe = Comparison::new(self.pdf, (self.old, self.new), self.budget);
        probe.apart = std::mem::take(&mut self.apart);
        let outcome = probe.values(old, new, TRAILER).and_then(|()| probe.settle());
        let differ = !probe.changes.is_empty();
        self.apart = probe.apart;
        outcome.map(|()| differ)
    }
}

/// Whether anything else can be reached from the value.
const fn is_container(object: &Object) -> bool {
    matches!(object, Object::Array(_) | Object::Dictionary(_) | Object::Stream(_) | Object::Reference(_))
}
