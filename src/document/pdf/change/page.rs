//! Changes of pages and their annotations (ISO 32000-2 §7.7.3, §12.5).

use std::collections::HashSet;

use super::ChangeKind;
use super::compare::{Comparison, Path};
use crate::document::pdf::field::{Field, Form};
use crate::document::pdf::object::{Dictionary, Object, Reference};
use crate::document::pdf::{Error, structure};

/// The part of a page that a seal or a signature's appearance may take. A seal of 45 mm takes 3 % of A4, the widest
/// appearances of signing software about 15 %.
const SHARE: f64 = 0.25;

/// Levels of a page tree. Balanced trees of any size in the field have fewer than ten.
const DEPTH: usize = 64;

impl Comparison<'_, '_, '_> {
    /// Notes which objects are compared for themselves: pages, annotations, form fields.
    pub(super) fn set_apart(
        &mut self,
        old: &Dictionary,
        new: &Dictionary,
        (old_form, new_form): (&Form, &Form),
    ) -> Result<(), Error> {
        let (mut before, mut after) = (of_the_form(old_form), of_the_form(new_form));
        self.collect(old.get("Pages"), self.old, DEPTH, &mut before)?;
        self.collect(new.get("Pages"), self.new, DEPTH, &mut after)?;
        self.apart = (before, after);
        Ok(())
    }

    fn collect(
        &mut self,
        node: &Object,
        revision: usize,
        depth: usize,
        apart: &mut HashSet<u32>,
    ) -> Result<(), Error> {
        let depth = depth.checked_sub(1).ok_or(structure("the page tree is too deep"))?;
        let reference = node.reference().ok_or(structure("a page is not an indirect object"))?;
        self.charge(1)?;
        let object = self.pdf.object(reference, revision, self.budget)?;
        let Some(page) = object.dictionary() else { return Err(structure("a page is not a dictionary")) };
        // A page that is in the tree twice is looked at once; that Kids stay the same is checked elsewhere.
        if !apart.insert(reference.number) {
            return Ok(());
        }
        let annotations = self.pdf.resolve(page.get("Annots"), revision, self.budget)?;
        let annotations = annotations.array().unwrap_or_default();
        self.charge(annotations.len())?;
        apart.extend(annotations.iter().filter_map(|one| Some(one.reference()?.number)));
        let kids = self.pdf.resolve(page.get("Kids"), revision, self.budget)?;
        for kid in kids.array().unwrap_or_default() {
            self.collect(kid, revision, depth, apart)?;
        }
        Ok(())
    }

    /// Compares the page trees.
    pub(super) fn pages(
        &mut self,
        old: &Object,
        new: &Object,
        forms: (&Form, &Form),
        root: Path,
    ) -> Result<(), Error> {
        let path = self.step_as(ChangeKind::Content, root, "Pages");
        let mut seen = HashSet::new();
        self.nodes(old, new, &Widgets::of(forms), None, &mut seen, path)
    }

    fn nodes(
        &mut self,
        old: &Object,
        new: &Object,
        widgets: &Widgets,
        sheet: Option<Rectangle>,
        seen: &mut HashSet<Reference>,
        path: Path,
    ) -> Result<(), Error> {
        let (Some(old), Some(new)) = (old.reference(), new.reference()) else {
            return Err(structure("a page is not an indirect object"));
        };
        if old != new {
            let kind = if self.is_fresh(new) { ChangeKind::Pages } else { ChangeKind::Exchanged };
            self.difference(Some(kind), path);
            return Ok(());
        }
        if !seen.insert(old) {
            return Ok(());
        }
        let (old_page, new_page) = self.both(old, new)?;
        let (Some(old_page), Some(new_page)) = (old_page.dictionary(), new_page.dictionary()) else {
            self.difference(Some(ChangeKind::Hidden), path);
            return Ok(());
        };
        self.dictionaries(old_page, new_page, &["Kids", "Annots"], path)?;
        let media = self.after(new_page.get("MediaBox"))?;
        let sheet = Rectangle::from_array(&media).or(sheet);
        self.annotations(old_page.get("Annots"), new_page.get("Annots"), (widgets, sheet), path)?;
        let kids = self.step(path, "Kids");
        let (old_kids, new_kids) = (self.before(old_page.get("Kids"))?, self.after(new_page.get("Kids"))?);
        let (old_kids, new_kids) =
            (old_kids.array().unwrap_or_default(), new_kids.array().unwrap_or_default());
        if old_kids.len() != new_kids.len() {
            self.difference(Some(ChangeKind::Pages), kids);
        }
        for (index, (old, new)) in old_kids.iter().zip(new_kids).enumerate() {
            let step = self.step(kids, index.to_string());
            self.nodes(old, new, widgets, sheet, seen, step)?;
        }
        Ok(())
    }

    fn annotations(
        &mut self,
        old: &Object,
        new: &Object,
        (widgets, sheet): (&Widgets, Option<Rectangle>),
        page: Path,
    ) -> Result<(), Error> {
        let path = self.step_as(ChangeKind::Annotated, page, "Annots");
        let (old, new) = (self.before(old)?, self.after(new)?);
        let (old, new) = (old.array().unwrap_or_default(), new.array().unwrap_or_default());
        self.charge(old.len().saturating_add(new.len()))?;
        let references =
            |list: &[Object]| -> HashSet<Reference> { list.iter().filter_map(Object::reference).collect() };
        let direct = |list: &[Object]| -> Vec<Object> {
            list.iter().filter(|one| one.reference().is_none()).cloned().collect()
        };
        let (before, after) = (references(old), references(new));
        self.values(&Object::Array(direct(old)), &Object::Array(direct(new)), path)?;
        let mut there = Vec::new();
        for (index, reference) in old.iter().filter_map(Object::reference).enumerate() {
            let step = self.step(path, index.to_string());
            let annotation = self.pdf.object(reference, self.old, self.budget)?;
            there.extend(annotation.dictionary().and_then(Rectangle::of));
            if !after.contains(&reference) {
                self.difference(Some(ChangeKind::Hidden), step);
            } else if !widgets.known.contains(&reference) {
                self.objects(reference, reference, step)?;
            }
        }
        for reference in new.iter().filter_map(Object::reference).filter(|one| !before.contains(one)) {
            if !widgets.added.contains(&reference) {
                self.difference(None, path);
            }
            let annotation = self.pdf.object(reference, self.new, self.budget)?;
            let Some(shown) = annotation.dictionary().and_then(Rectangle::of) else { continue };
            if sheet.is_some_and(|sheet| shown.area() > sheet.area() * SHARE) {
                self.difference(Some(ChangeKind::Overlaid), path);
            }
            for other in &there {
                self.charge(1)?;
                if other.overlaps(&shown) {
                    self.difference(Some(ChangeKind::Overlaid), path);
                    break;
                }
            }
        }
        Ok(())
    }
}

/// The objects that a form consists of.
fn of_the_form(form: &Form) -> HashSet<u32> {
    let numbers = |field: &Field| -> Vec<u32> {
        let widgets = field.widgets.iter().map(|widget| widget.reference.number);
        widgets.chain([field.reference.number]).collect()
    };
    form.fields.iter().flat_map(numbers).collect()
}

/// The widgets of both forms.
struct Widgets {
    /// Of fields that both forms have, which the comparison of forms looks at.
    known: HashSet<Reference>,
    /// That the new form alone has.
    added: HashSet<Reference>,
}

impl Widgets {
    fn of((old, new): (&Form, &Form)) -> Self {
        let all = |form: &Form| -> HashSet<Reference> {
            form.fields.iter().flat_map(|field| &field.widgets).map(|widget| widget.reference).collect()
        };
        let (old, new) = (all(old), all(new));
        Self { added: new.difference(&old).copied().collect(), known: old }
    }
}

/// A rectangle with an area.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rectangle {
    left: f64,
    bottom: f64,
    right: f64,
    top: f64,
}

impl Rectangle {
    /// The rectangle of an annotation that is shown (§12.5.2, §12.5.3): with an area, and neither hidden nor a note's
    /// window that opens elsewhere.
    pub(super) fn of(annotation: &Dictionary) -> Option<Self> {
        const HIDDEN: i64 = 1 << 1;
        let flags = annotation.get("F").integer().unwrap_or_default();
        if flags & HIDDEN != 0 || annotation.get("Subtype").is_name("Popup") {
            return None;
        }
        Self::from_array(annotation.get("Rect"))
    }

    fn from_array(array: &Object) -> Option<Self> {
        let corners: Vec<f64> = array.array()?.iter().map(Object::number).collect::<Option<_>>()?;
        let [x1, y1, x2, y2] = <[f64; 4]>::try_from(corners).ok()?;
        let one = Self { left: x1.min(x2), bottom: y1.min(y2), right: x1.max(x2), top: y1.max(y2) };
        (one.left < one.right && one.bottom < one.top).then_some(one)
    }

    /// Whether the two share an area; touching edges do not count.
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.bottom < other.top
            && other.bottom < self.top
    }

    fn area(&self) -> f64 {
        (self.right - self.left) * (self.top - self.bottom)
    }
}
