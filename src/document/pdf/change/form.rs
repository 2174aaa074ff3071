//! Changes of the form (ISO 32000-2 §12.7): signing and filling it, and all else.

use std::collections::BTreeMap;

use super::ChangeKind;
use super::compare::{Comparison, Path};
use super::page::Rectangle;
use crate::document::pdf::Error;
use crate::document::pdf::field::{Field, Form, Widget};
use crate::document::pdf::object::{Dictionary, Object, Reference};

/// Entries of a field or widget that filling it in changes: value, rich text, choice, state, appearance, its
/// defaults, and the date of all that.
const FILLING: [&str; 10] = ["V", "RV", "I", "AS", "AP", "DA", "Q", "MK", "M", "Type"];
/// Entries that signing an empty field changes.
const SIGNING: [&str; 11] = ["V", "AS", "AP", "DA", "Q", "MK", "M", "F", "P", "Lock", "Type"];
/// Entries of the form itself that a signer or a filler sets.
const OF_THE_FORM: [&str; 6] = ["Fields", "DR", "DA", "Q", "NeedAppearances", "SigFlags"];

impl Comparison<'_, '_, '_> {
    /// Compares the forms.
    pub(super) fn forms(&mut self, (old, new): (&Form, &Form), root: Path) -> Result<(), Error> {
        let path = self.step_as(ChangeKind::Form, root, "AcroForm");
        match (old.dictionary(), new.dictionary()) {
            (None, None) => return Ok(()),
            (Some(_), None) => self.difference(Some(ChangeKind::Hidden), path),
            (None, Some(new)) => self.dictionaries(&Dictionary::default(), new, &OF_THE_FORM, path)?,
            (Some(old), Some(new)) => {
                self.dictionaries(old, new, &OF_THE_FORM, path)?;
                self.defaults(old, new, path)?;
            }
        }
        let (old_fields, new_fields) = (by_key(old), by_key(new));
        for (key, field) in &old_fields {
            let step = self.step(path, field.name.clone());
            match new_fields.get(key) {
                Some(other) => self.fields(field, other, step)?,
                None if is_signed(field) => self.field_change(ChangeKind::Unsigned, step, &field.name),
                None => self.field_change(ChangeKind::Form, step, &field.name),
            }
        }
        for (key, field) in &new_fields {
            if !old_fields.contains_key(key) {
                let step = self.step(path, field.name.clone());
                self.added(field, step)?;
            }
        }
        Ok(())
    }

    /// Resources may be added; what was there stays. Defaults steer how filled fields look.
    fn defaults(&mut self, old: &Dictionary, new: &Dictionary, path: Path) -> Result<(), Error> {
        let resources = self.step(path, "DR");
        let (old_all, new_all) = (self.before(old.get("DR"))?, self.after(new.get("DR"))?);
        let none = Dictionary::default();
        let new_all = new_all.dictionary().unwrap_or(&none);
        for (kind, old_some) in old_all.dictionary().unwrap_or(&none).iter() {
            let (old_some, new_some) = (self.before(old_some)?, self.after(new_all.of(kind))?);
            let kind = self.step(resources, String::from_utf8_lossy(kind));
            match (old_some.dictionary(), new_some.dictionary()) {
                (Some(old_some), Some(new_some)) => {
                    for (name, old_one) in old_some.iter() {
                        let step = self.step(kind, String::from_utf8_lossy(name));
                        self.values(old_one, new_some.of(name), step)?;
                    }
                }
                _ => self.values(&old_some, &new_some, kind)?,
            }
        }
        for key in ["DA", "Q", "NeedAppearances"] {
            if !new.get(key).is_null() && self.differ(old.get(key), new.get(key))? {
                let step = self.step(path, key);
                self.difference(Some(ChangeKind::Filled), step);
            }
        }
        Ok(())
    }

    fn fields(&mut self, old: &Field, new: &Field, path: Path) -> Result<(), Error> {
        let signature = new.kind.as_deref() == Some("Sig") && old.kind == new.kind;
        let exempt: &[&str] = match (signature, old.value.is_null(), new.value.is_null()) {
            (true, true, false) => {
                let kind = self.signed(new)?;
                self.field_change(kind, path, &new.name);
                &SIGNING
            }
            (true, false, _) => {
                let value = self.step_as(ChangeKind::Unsigned, path, "V");
                // Which object it is counts here: the bytes that are signed name one.
                if old.value.reference() == new.value.reference() {
                    self.values(&old.value, &new.value, value)?;
                } else {
                    self.field_change(ChangeKind::Unsigned, value, &new.name);
                }
                &["V"]
            }
            (true, true, true) => &[],
            (false, ..) => {
                if self.is_filled(old, new)? {
                    self.field_change(ChangeKind::Filled, path, &new.name);
                } else if self.looks_different(old, new)? {
                    self.field_change(ChangeKind::Appearance, path, &new.name);
                }
                &FILLING
            }
        };
        self.field_dictionaries(&old.object, &new.object, exempt, path)?;
        let widgets = by_reference(new);
        for (index, widget) in old.widgets.iter().enumerate() {
            let step = self.step(path, format!("Kids/{index}"));
            match widgets.get(&widget.reference) {
                Some(other) if widget.reference != old.reference => {
                    self.field_dictionaries(&widget.object, &other.object, exempt, step)?;
                }
                Some(_) => {}
                None => self.field_change(ChangeKind::Form, step, &new.name),
            }
        }
        if new.widgets.len() > old.widgets.len() && !(signature && old.value.is_null()) {
            self.field_change(ChangeKind::Form, path, &new.name);
        }
        Ok(())
    }

    fn field_dictionaries(
        &mut self,
        old: &Object,
        new: &Object,
        exempt: &[&str],
        path: Path,
    ) -> Result<(), Error> {
        let none = Dictionary::default();
        let (old, new) = (old.dictionary().unwrap_or(&none), new.dictionary().unwrap_or(&none));
        // Fields below are compared by their names, widgets by their numbers.
        let exempt: Vec<&str> = exempt.iter().copied().chain(["Kids", "Ff"]).collect();
        self.dictionaries(old, new, &exempt, path)?;
        // Signing may make a field read-only; nothing makes it anything else.
        let flags = |field: &Dictionary| field.get("Ff").integer().unwrap_or_default();
        if flags(new) & !1 != flags(old) & !1 || flags(new) & 1 < flags(old) & 1 {
            let step = self.step(path, "Ff");
            self.difference(Some(ChangeKind::Form), step);
        }
        Ok(())
    }

    /// A new field: for a signature, and without actions of its own.
    fn added(&mut self, field: &Field, path: Path) -> Result<(), Error> {
        let acts = |object: &Object| {
            object.dictionary().is_some_and(|own| !own.get("A").is_null() || !own.get("AA").is_null())
        };
        let active = acts(&field.object) || field.widgets.iter().any(|widget| acts(&widget.object));
        let shown = field.widgets.iter().any(|widget| {
            widget
                .object
                .dictionary()
                .is_some_and(|own| Rectangle::of(own).is_some() && !own.get("AP").is_null())
        });
        let kind = match field.kind.as_deref() {
            _ if active => ChangeKind::Form,
            Some("Sig") if is_signed(field) => match self.signed(field)? {
                ChangeKind::Signed if shown => ChangeKind::SignedVisibly,
                // What only proves a time has nothing to show, and whoever made it is not asked.
                _ if shown => ChangeKind::Annotated,
                kind => kind,
            },
            Some("Sig") if shown => ChangeKind::Annotated,
            Some("Sig") => ChangeKind::FieldAdded,
            // A field that only groups others is judged by them.
            None if !field.terminal && field.widgets.is_empty() => return Ok(()),
            _ => ChangeKind::Form,
        };
        self.field_change(kind, path, &field.name);
        Ok(())
    }

    /// What came into a signature field.
    fn signed(&mut self, field: &Field) -> Result<ChangeKind, Error> {
        let value = self.after(&field.value)?;
        let timestamp =
            value.dictionary().is_some_and(|value| value.get("SubFilter").is_name("ETSI.RFC3161"));
        Ok(if timestamp { ChangeKind::Timestamped } else { ChangeKind::Signed })
    }

    /// Whether value, choice or state changed.
    fn is_filled(&mut self, old: &Field, new: &Field) -> Result<bool, Error> {
        if self.differ(&old.value, &new.value)? {
            return Ok(true);
        }
        for (old, new) in pairs(old, new) {
            for key in ["RV", "I", "AS"] {
                if self.differ(entry(old, key), entry(new, key))? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn looks_different(&mut self, old: &Field, new: &Field) -> Result<bool, Error> {
        for (old, new) in pairs(old, new) {
            for key in ["AP", "DA", "Q", "MK"] {
                if self.differ(entry(old, key), entry(new, key))? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The field and its widgets, before and after.
fn pairs<'f>(old: &'f Field, new: &'f Field) -> Vec<(&'f Object, &'f Object)> {
    let mut pairs: Vec<(&Object, &Object)> = vec![(&old.object, &new.object)];
    let widgets = by_reference(new);
    for widget in &old.widgets {
        if let Some(other) = widgets.get(&widget.reference) {
            pairs.push((&widget.object, &other.object));
        }
    }
    pairs
}

/// The fields by what makes one field the same as another.
fn by_key(form: &Form) -> BTreeMap<(&str, Reference), &Field> {
    form.fields.iter().map(|field| ((field.name.as_str(), field.reference), field)).collect()
}

fn by_reference(field: &Field) -> BTreeMap<Reference, &Widget> {
    field.widgets.iter().map(|widget| (widget.reference, widget)).collect()
}

fn entry<'o>(object: &'o Object, key: &str) -> &'o Object {
    object.dictionary().map_or(&Object::Null, |dictionary| dictionary.get(key))
}

/// Whether the field holds a signature.
fn is_signed(field: &Field) -> bool {
    field.kind.as_deref() == Some("Sig") && !field.value.is_null()
}
