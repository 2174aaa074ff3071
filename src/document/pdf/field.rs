//! The interactive form (AcroForm, ISO 32000-2 §12.7): its fields with what they inherit, and their widgets.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::object::{Dictionary, Object, Reference};
use super::store::{Pdf, Resolved};
use super::{Error, structure};
use crate::budget::Budget;

/// The form of one revision.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What holds the form's own dictionary; none if the document has no form.
    holder: Option<Holder>,
    /// All fields, those that only group others included, in the document's order.
    pub fields: Vec<Field>,
}

/// The object that is the form's dictionary, or the catalog in which it stands.
#[derive(Clone, Debug)]
enum Holder {
    Form(Rc<Object>),
    Catalog(Rc<Object>),
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The full name: partial names joined by points (§12.7.4.2).
    pub name: String,
    /// The indirect object that it is.
    pub reference: Reference,
    /// Its dictionary.
    pub object: Rc<Object>,
    /// The type, its own or inherited.
    pub kind: Option<Rc<str>>,
    /// The value, its own or inherited; null if it has none.
    pub value: Rc<Object>,
    /// The widgets that show it, itself included if it is one.
    pub widgets: Vec<Widget>,
    /// Whether it has no fields below it.
    pub terminal: bool,
}

/// A widget annotation of a field (§12.5.6.19).
#[derive(Clone, Debug)]
pub struct Widget {
    /// The indirect object that it is.
    pub reference: Reference,
    /// Its dictionary.
    pub object: Rc<Object>,
}

impl Form {
    /// Reads the form as of `revision`.
    pub fn read(pdf: &mut Pdf<'_>, revision: usize, budget: &mut Budget) -> Result<Self, Error> {
        let catalog = pdf.catalog(revision, budget)?;
        let entry = catalog.dictionary().map_or(&Object::Null, |catalog| catalog.get("AcroForm"));
        let (form, holder) = match pdf.resolve(entry, revision, budget)? {
            Resolved::Indirect(form) => (Resolved::Indirect(Rc::clone(&form)), Holder::Form(form)),
            direct @ Resolved::Direct(_) => (direct, Holder::Catalog(Rc::clone(&catalog))),
        };
        let dictionary = match &*form {
            Object::Null => return Ok(Self::default()),
            Object::Dictionary(dictionary) => dictionary,
            _ => return Err(structure("the form is not a dictionary")),
        };
        let roots = pdf.resolve(dictionary.get("Fields"), revision, budget)?;
        let mut walk = Walk { pdf, revision, budget, seen: BTreeSet::new(), fields: Vec::new() };
        for root in elements(&roots)? {
            walk.field(root, &Inherited::default(), DEPTH)?;
        }
        Ok(Self { holder: Some(holder), fields: walk.fields })
    }

    /// The form's own dictionary; none if the document has no form.
    pub fn dictionary(&self) -> Option<&Dictionary> {
        match self.holder.as_ref()? {
            Holder::Form(form) => form.dictionary(),
            Holder::Catalog(catalog) => catalog.dictionary()?.get("AcroForm").dictionary(),
        }
    }

    /// The field `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Fields below each other. Forms in the field nest up to four.
const DEPTH: usize = 32;

#[derive(Clone, Debug, Default)]
struct Inherited {
    name: Option<String>,
    kind: Option<Rc<str>>,
    value: Rc<Object>,
}

struct Walk<'p, 'a, 'b> {
    pdf: &'p mut Pdf<'a>,
    revision: usize,
    budget: &'b mut Budget,
    seen: BTreeSet<Reference>,
    fields: Vec<Field>,
}

impl Walk<'_, '_, '_> {
    fn field(&mut self, entry: &Object, inherited: &Inherited, depth: usize) -> Result<(), Error> {
        let depth = depth.checked_sub(1).ok_or(structure("form fields nest too deep"))?;
        let (reference, object) = self.node(entry)?;
        let dictionary = object.dictionary().ok_or(structure("a form field is not a dictionary"))?;
        let name = self.name(dictionary, inherited.name.as_deref())?;
        let kind = self.pdf.resolve(dictionary.get("FT"), self.revision, self.budget)?;
        let value = match dictionary.get("V") {
            Object::Null => Rc::clone(&inherited.value),
            value => Rc::new(value.clone()),
        };
        let below = Inherited {
            name: Some(name.clone()),
            kind: kind.name().map(Rc::from).or_else(|| inherited.kind.clone()),
            value,
        };
        let kids = self.pdf.resolve(dictionary.get("Kids"), self.revision, self.budget)?;
        let own = self.fields.len();
        let mut field = Field {
            name,
            reference,
            object: Rc::clone(&object),
            kind: below.kind.clone(),
            value: Rc::clone(&below.value),
            widgets: Vec::new(),
            terminal: true,
        };
        if dictionary.get("Subtype").is_name("Widget") {
            field.widgets.push(Widget { reference, object: Rc::clone(&object) });
        }
        self.fields.push(field);
        for kid in elements(&kids)? {
            let kid_object = self.pdf.resolve(kid, self.revision, self.budget)?;
            // A kid that has neither a name nor kids of its own shows this field.
            let is_field = kid_object
                .dictionary()
                .is_some_and(|kid| !kid.get("T").is_null() || !kid.get("Kids").is_null());
            if is_field {
                self.field(kid, &below, depth)?;
            } else {
                let (reference, object) = self.node(kid)?;
                let field = self.fields.get_mut(own).ok_or(structure("a form field is lost"))?;
                field.widgets.push(Widget { reference, object });
            }
            if let Some(field) = self.fields.get_mut(own) {
                field.terminal &= !is_field;
            }
        }
        Ok(())
    }

    /// A node of the tree, which may be reached only once.
    fn node(&mut self, entry: &Object) -> Result<(Reference, Rc<Object>), Error> {
        let reference = entry.reference().ok_or(structure("a form field is not an indirect object"))?;
        if !self.seen.insert(reference) {
            return Err(structure("a form field is reached twice"));
        }
        Ok((reference, self.pdf.object(reference, self.revision, self.budget)?))
    }

    fn name(&mut self, dictionary: &Dictionary, above: Option<&str>) -> Result<String, Error> {
        let partial = self.pdf.resolve(dictionary.get("T"), self.revision, self.budget)?;
        let partial = match &*partial {
            Object::Null => None,
            Object::String(text) => Some(text.decode()),
            _ => return Err(structure("a form field's name is not a string")),
        };
        let full = match (above, partial) {
            (Some(above), Some(partial)) => format!("{above}.{partial}"),
            (Some(above), None) => above.to_owned(),
            (None, partial) => partial.unwrap_or_default(),
        };
        if full.len() > LONGEST {
            return Err(structure("a form field's name is too long"));
        }
        // A name is copied to every field below it, which a hostile file could make quadratic.
        for _ in 0..=full.len() / NAME {
            self.budget.pdf_value()?;
        }
        Ok(full)
    }
}

/// Bytes of a full name, which reports show. Those of generated forms reach some hundred.
const LONGEST: usize = 2048;
/// Bytes of a full name that cost as much as a value does.
const NAME: usize = 32;

/// The elements of an array, none for null.
pub(super) fn elements(object: &Object) -> Result<&[Object], Error> {
    match object {
        Object::Null => Ok(&[]),
        Object::Array(elements) => Ok(elements),
        _ => Err(structure("an array is something else")),
    }
}
