//! Signature dictionaries (ISO 32000-2 §12.8): what a field's value says is signed, how, and what may change after.

use super::byte_range::{ByteRange, ByteRangeFault};
use super::field::{Field, Form, elements};
use super::object::{Dictionary, Object, Reference, Text};
use super::store::{Pdf, Resolved};
use super::{Error, structure};
use crate::budget::Budget;
use crate::clock::Timestamp;

/// A signature in a field.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The full name of its field.
    pub field: String,
    /// The indirect object that the field is.
    pub holder: Reference,
    /// The indirect object that it is; none if it stands in the field itself.
    pub reference: Option<Reference>,
    /// The revision that it came with.
    pub defined: usize,
    /// The SubFilter as written.
    pub sub_filter: Option<String>,
    /// The value, from hexadecimal.
    pub contents: Result<Vec<u8>, SignatureFault>,
    /// What is signed.
    pub byte_range: Result<ByteRange, ByteRangeFault>,
    /// The time of signing as claimed (M).
    pub time: Option<Timestamp>,
    /// The certificate that stands beside the value, as adbe.x509.rsa_sha1 has it.
    pub certificate: Option<Vec<u8>>,
    /// What a certification lets change: 1 nothing, 2 filling and signing, 3 annotations too (§12.8.2.2).
    pub permission: Option<i64>,
    /// Fields that may not change any more.
    pub locks: Vec<FieldLock>,
}

/// What is wrong with a signature's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// There is none, or it is no string.
    #[error("there is no Contents")]
    Missing,
    /// It is empty, or zeros alone.
    #[error("the Contents are empty")]
    Empty,
}

/// Fields that a signature locks (§12.7.5.5, §12.8.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldLock {
    /// All.
    All,
    /// These and those below them.
    Include(FieldNames),
    /// All but these and those below them.
    Exclude(FieldNames),
}

/// Full names of fields, each standing for all fields below it as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldNames {
    /// With a point at the end, sorted, none the beginning of another, so that one look-up finds what covers a name.
    ends: Vec<String>,
}

impl FieldNames {
    /// These names.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let mut ends: Vec<String> = names.into_iter().map(|name| name + ".").collect();
        ends.sort_unstable();
        ends.dedup_by(|next, kept| next.starts_with(kept.as_str()));
        Self { ends }
    }

    /// Whether `name` is one of them or below one.
    fn cover(&self, name: &str) -> bool {
        let name = format!("{name}.");
        let behind = self.ends.partition_point(|end| *end <= name);
        behind.checked_sub(1).and_then(|at| self.ends.get(at)).is_some_and(|end| name.starts_with(end))
    }
}

impl FieldLock {
    /// Whether the field of the full name `name` is locked.
    pub fn locks(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Include(names) => names.cover(name),
            Self::Exclude(names) => !names.cover(name),
        }
    }
}

/// The signatures in the fields of `form` as of `revision`, those left out that are `known` from earlier ones.
///
/// One that a later revision takes out of its field was made all the same, and one whose dictionary is written anew
/// is another.
pub fn signatures(
    pdf: &mut Pdf<'_>,
    form: &Form,
    revision: usize,
    known: &[Signature],
    budget: &mut Budget,
) -> Result<Vec<Signature>, Error> {
    let mut found = Vec::new();
    for field in form.fields.iter().filter(|field| field.terminal && field.kind.as_deref() == Some("Sig")) {
        let value = pdf.resolve(&field.value, revision, budget)?;
        let dictionary = match &*value {
            Object::Null => continue,
            Object::Dictionary(dictionary) => dictionary,
            _ => return Err(structure("a signature is not a dictionary")),
        };
        let reference = field.value.reference();
        let defined = pdf.since(reference.unwrap_or(field.reference).number, revision).unwrap_or(revision);
        let same = |known: &Signature| {
            (known.holder, known.reference, known.defined) == (field.reference, reference, defined)
        };
        if known.iter().any(same) {
            continue;
        }
        budget.signature()?;
        let mut view = View { pdf, revision, budget };
        found.push(view.signature(dictionary, field, (reference, defined))?);
    }
    Ok(found)
}

struct View<'p, 'a, 'b> {
    pdf: &'p mut Pdf<'a>,
    revision: usize,
    budget: &'b mut Budget,
}

impl View<'_, '_, '_> {
    fn signature(
        &mut self,
        dictionary: &Dictionary,
        field: &Field,
        (reference, defined): (Option<Reference>, usize),
    ) -> Result<Signature, Error> {
        let contents = dictionary.get("Contents").string();
        self.copied(contents)?;
        let byte_range = self.resolve(dictionary.get("ByteRange"))?;
        let (file, revisions) = (self.pdf.file(), self.pdf.revisions());
        let byte_range = ByteRange::check(&byte_range, contents, defined, file, revisions);
        let (permission, locks) = self.limits(dictionary, &field.object)?;
        let sub_filter = self.resolve(dictionary.get("SubFilter"))?;
        let time = self.resolve(dictionary.get("M"))?;
        Ok(Signature {
            field: field.name.clone(),
            holder: field.reference,
            reference,
            defined,
            sub_filter: sub_filter.name().map(|name| name.chars().take(SUB_FILTER).collect()),
            contents: value(contents),
            byte_range,
            time: time
                .string()
                .filter(|text| text.bytes.len() <= DATE)
                .and_then(|text| parse_date(&text.decode())),
            certificate: self.certificate(dictionary)?,
            permission,
            locks,
        })
    }

    /// Cert (§12.8.1, table 255): one certificate, or several of which the first is the signer's.
    fn certificate(&mut self, dictionary: &Dictionary) -> Result<Option<Vec<u8>>, Error> {
        let entry = self.resolve(dictionary.get("Cert"))?;
        let first = match &*entry {
            Object::Array(list) => list.first().unwrap_or(&Object::Null),
            single => single,
        };
        let first = self.resolve(first)?;
        self.copied(first.string())?;
        Ok(first.string().map(|text| text.bytes.clone()))
    }

    /// Charges the copy of a string, which any number of signatures may share.
    fn copied(&mut self, text: Option<&Text>) -> Result<(), Error> {
        Ok(self.budget.pdf_bytes(text.map_or(0, |text| text.bytes.len() as u64))?)
    }

    /// What transforms and the field's lock let change (§12.8.2).
    fn limits(
        &mut self,
        dictionary: &Dictionary,
        holder: &Object,
    ) -> Result<(Option<i64>, Vec<FieldLock>), Error> {
        let (mut permission, mut locks) = (None, Vec::new());
        let references = self.resolve(dictionary.get("Reference"))?;
        for entry in elements(&references)? {
            self.budget.pdf_value()?;
            let entry = self.resolve(entry)?;
            let Some(entry) = entry.dictionary() else { continue };
            let method = self.resolve(entry.get("TransformMethod"))?;
            let parameters = self.resolve(entry.get("TransformParams"))?;
            let none = Dictionary::default();
            let parameters = parameters.dictionary().unwrap_or(&none);
            match method.name() {
                Some("DocMDP") => {
                    let stated = self.permission(parameters)?.unwrap_or(DEFAULT_PERMISSION);
                    permission = Some(permission.map_or(stated, |known: i64| known.min(stated)));
                }
                Some("FieldMDP") => locks.push(self.lock(parameters)?),
                _ => {}
            }
        }
        let lock = self.resolve(holder.dictionary().map_or(&Object::Null, |holder| holder.get("Lock")))?;
        if let Some(lock) = lock.dictionary() {
            locks.push(self.lock(lock)?);
            // ISO 32000-2 table 236: a lock may narrow what the document allows as well.
            if let Some(stated) = self.permission(lock)? {
                permission = Some(permission.map_or(stated, |known| known.min(stated)));
            }
        }
        Ok((permission, locks))
    }

    fn permission(&mut self, dictionary: &Dictionary) -> Result<Option<i64>, Error> {
        Ok(match &*self.resolve(dictionary.get("P"))? {
            Object::Null => None,
            Object::Integer(stated @ 1..=3) => Some(*stated),
            // What cannot be understood allows nothing.
            _ => Some(1),
        })
    }

    fn lock(&mut self, dictionary: &Dictionary) -> Result<FieldLock, Error> {
        let list = self.resolve(dictionary.get("Fields"))?;
        let mut names = Vec::new();
        for name in elements(&list)? {
            // Any number of signatures may share one list.
            self.budget.pdf_value()?;
            let name = self.resolve(name)?;
            self.copied(name.string())?;
            names.extend(name.string().map(Text::decode));
        }
        let names = FieldNames::new(names);
        Ok(match self.resolve(dictionary.get("Action"))?.name() {
            Some("Include") => FieldLock::Include(names),
            Some("Exclude") => FieldLock::Exclude(names),
            _ => FieldLock::All,
        })
    }

    fn resolve<'o>(&mut self, object: &'o Object) -> Result<Resolved<'o>, Error> {
        self.pdf.resolve(object, self.revision, self.budget)
    }
}

/// Characters of a SubFilter that are kept; the longest defined has 22.
const SUB_FILTER: usize = 64;

/// Bytes of a date that is read; one in UTF-16 has 48.
const DATE: usize = 64;

/// §12.8.2.2, table 257: what a certification allows that does not say.
const DEFAULT_PERMISSION: i64 = 2;

fn value(contents: Option<&Text>) -> Result<Vec<u8>, SignatureFault> {
    let contents = contents.ok_or(SignatureFault::Missing)?;
    if contents.bytes.iter().all(|byte| *byte == 0) {
        return Err(SignatureFault::Empty);
    }
    Ok(contents.bytes.clone())
}

/// A date (§7.9.4): `D:YYYYMMDDHHmmSSOHH'mm'`, from the month on optional, UTC if no zone is stated.
pub(super) fn parse_date(text: &str) -> Option<Timestamp> {
    let rest = text.strip_prefix("D:").unwrap_or(text);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, zone) = rest.split_at_checked(digits)?;
    let field = |from: usize, default: u16| match digits.get(from..from + 2) {
        Some(two) => two.parse().ok(),
        None if digits.len() <= from => Some(default),
        None => None,
    };
    let fields = [
        digits.get(..4)?.parse().ok()?,
        field(4, 1)?,
        field(6, 1)?,
        field(8, 0)?,
        field(10, 0)?,
        field(12, 0)?,
    ];
    let utc = Timestamp::from_fields(fields, time::UtcOffset::UTC)?;
    Some(utc.plus_millis(-zone_minutes(zone)?.checked_mul(60_000)?))
}

/// Minutes that a zone is ahead of UTC.
fn zone_minutes(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1) {
        None => return Some(0),
        Some(("Z", _)) => return Some(0),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) => return None,
    };
    let mut parts = rest.split('\'');
    let number = |part: Option<&str>| match part {
        None | Some("") => Some(0),
        Some(text) => text.parse::<u8>().ok().map(i64::from),
    };
    let (hours, minutes) = (number(parts.next())?, number(parts.next())?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}
