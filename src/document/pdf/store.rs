//! The objects of a file as of any of its revisions, parsed when they are asked for and then kept.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, Range};
use std::rc::Rc;

use super::history::{self, Revision};
use super::lexer::{Lexer, Token};
use super::object::{Dictionary, Object, Reference};
use super::xref::Entry;
use super::{Error, Fault, filter, parser, structure};
use crate::budget::Budget;

/// An opened file.
#[derive(Debug)]
pub struct Pdf<'a> {
    file: &'a [u8],
    revisions: Vec<Revision>,
    trailing: Range<usize>,
    /// Where each object is since which revision, oldest first.
    entries: BTreeMap<u32, Vec<(usize, Entry)>>,
    objects: HashMap<(Place, u32), Rc<Object>>,
    streams: HashMap<usize, Rc<ObjectStream>>,
    /// Where objects that were read begin and end.
    spans: BTreeMap<usize, usize>,
}

/// What an object is or refers to. Direct values are lent, because a large one may be asked for again and again.
#[derive(Clone, Debug)]
pub enum Resolved<'o> {
    /// The object itself.
    Direct(&'o Object),
    /// The indirect object that it refers to.
    Indirect(Rc<Object>),
}

impl Deref for Resolved<'_> {
    type Target = Object;

    fn deref(&self) -> &Object {
        match self {
            Self::Direct(object) => object,
            Self::Indirect(object) => object,
        }
    }
}

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// At this offset of the file.
    File(usize),
    /// At this index of the object stream at this offset.
    Stream(usize, u32),
}

impl Place {
    /// The offset in the file.
    pub(super) const fn offset(self) -> usize {
        match self {
            Self::File(offset) | Self::Stream(offset, _) => offset,
        }
    }
}

/// A decoded object stream (§7.5.7).
#[derive(Debug)]
struct ObjectStream {
    data: Vec<u8>,
    /// Numbers and offsets into the data.
    index: Vec<(u32, usize)>,
}

impl<'a> Pdf<'a> {
    /// Reads the structure of `file`: header, revisions, cross-references.
    pub fn open(file: &'a [u8], budget: &mut Budget) -> Result<Self, Error> {
        let history = history::read(file, budget)?;
        let mut entries: BTreeMap<u32, Vec<(usize, Entry)>> = BTreeMap::new();
        for (number, revision) in history.revisions.iter().enumerate() {
            if revision.sections.iter().any(|section| !section.trailer.get("Encrypt").is_null()) {
                return Err(Error { fault: Fault::Encrypted, offset: revision.span.start });
            }
            for (object, entry) in merge(revision)? {
                // Most objects are written once.
                entries.entry(object).or_insert_with(|| Vec::with_capacity(1)).push((number, entry));
            }
        }
        Ok(Self {
            file,
            revisions: history.revisions,
            trailing: history.trailing,
            entries,
            objects: HashMap::new(),
            streams: HashMap::new(),
            spans: BTreeMap::new(),
        })
    }

    /// The bytes of the file.
    pub const fn file(&self) -> &'a [u8] {
        self.file
    }

    /// The revisions, oldest first. There is at least one.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The number of the newest revision, from 0.
    pub const fn newest(&self) -> usize {
        self.revisions.len().saturating_sub(1)
    }

    /// Bytes behind the end of the last revision, which belong to nothing.
    pub const fn trailing(&self) -> &Range<usize> {
        &self.trailing
    }

    /// The trailer as of `revision`.
    pub fn trailer(&self, revision: usize) -> Result<&Dictionary, Error> {
        let sections = self.revisions.get(revision).map(|revision| revision.sections.as_slice());
        sections
            .and_then(|sections| sections.first())
            .map(|section| &section.trailer)
            .ok_or(structure("there is no such revision"))
    }

    /// The catalog as of `revision` (§7.7.2).
    pub fn catalog(&mut self, revision: usize, budget: &mut Budget) -> Result<Rc<Object>, Error> {
        let fault = structure("there is no catalog");
        let root = self.trailer(revision)?.get("Root").reference().ok_or(fault)?;
        let catalog = self.object(root, revision, budget)?;
        match &*catalog {
            Object::Dictionary(_) => Ok(catalog),
            _ => Err(fault),
        }
    }

    /// The object that `object` is or refers to, as of `revision`.
    pub fn resolve<'o>(
        &mut self,
        object: &'o Object,
        revision: usize,
        budget: &mut Budget,
    ) -> Result<Resolved<'o>, Error> {
        match object {
            Object::Reference(reference) => self.object(*reference, revision, budget).map(Resolved::Indirect),
            direct => Ok(Resolved::Direct(direct)),
        }
    }

    /// The indirect object that `reference` names as of `revision`, null if there is none.
    pub fn object(
        &mut self,
        reference: Reference,
        revision: usize,
        budget: &mut Budget,
    ) -> Result<Rc<Object>, Error> {
        let Some((place, generation)) = self.place(reference.number, revision) else {
            return Ok(Rc::new(Object::Null));
        };
        if generation != reference.generation {
            let fault = Fault::Ambiguous("a reference names another generation than there is");
            return Err(Error { fault, offset: place.offset() });
        }
        if let Some(known) = self.objects.get(&(place, reference.number)) {
            return Ok(Rc::clone(known));
        }
        let object = match place {
            Place::File(offset) => self.read(offset, reference, revision, budget)?,
            Place::Stream(offset, index) => self.unpack(offset, index, reference, revision, budget)?,
        };
        let object = Rc::new(object);
        self.objects.insert((place, reference.number), Rc::clone(&object));
        Ok(object)
    }

    /// Where object `number` stands as of `revision`, and its generation; `None` if it is free or unknown.
    pub(super) fn place(&self, number: u32, revision: usize) -> Option<(Place, u16)> {
        match self.entry(number, revision)? {
            (_, Entry::Free) => None,
            (_, Entry::File(offset, generation)) => Some((Place::File(offset), generation)),
            (_, Entry::Stream(container, index)) => match self.entry(container, revision)? {
                (_, Entry::File(offset, 0)) => Some((Place::Stream(offset, index), 0)),
                _ => None,
            },
        }
    }

    /// The revision since which object `number` is where it is as of `revision`.
    pub(super) fn since(&self, number: u32, revision: usize) -> Option<usize> {
        self.entry(number, revision).map(|(since, _)| since)
    }

    /// The bytes of the object at `offset`, which `revision` lists.
    pub(super) fn extent(
        &mut self,
        offset: usize,
        revision: usize,
        budget: &mut Budget,
    ) -> Result<Range<usize>, Error> {
        if let Some(end) = self.spans.get(&offset) {
            return Ok(offset..*end);
        }
        let mut length = |reference, budget: &mut Budget| self.length(reference, revision, budget);
        Ok(parser::indirect(self.file, offset, budget, &mut length)?.span)
    }

    fn entry(&self, number: u32, revision: usize) -> Option<(usize, Entry)> {
        self.entries.get(&number)?.iter().rev().find(|(since, _)| *since <= revision).copied()
    }

    fn read(
        &mut self,
        offset: usize,
        reference: Reference,
        revision: usize,
        budget: &mut Budget,
    ) -> Result<Object, Error> {
        // What stands behind a revision's end was not there when the revision was written.
        let since = self.since(reference.number, revision).unwrap_or(revision);
        let end = self.revisions.get(since).map_or(0, |revision| revision.span.end);
        let file = self.file.get(..end).unwrap_or_default();
        let mut length = |reference, budget: &mut Budget| self.length(reference, revision, budget);
        let read = parser::indirect(file, offset, budget, &mut length)?;
        if read.reference != reference {
            let fault = Fault::Ambiguous("another object stands where the cross-reference leads");
            return Err(Error { fault, offset });
        }
        self.spans.insert(read.span.start, read.span.end);
        Ok(read.object)
    }

    /// The length of a stream, which stands in an object of its own.
    fn length(&self, reference: Reference, revision: usize, budget: &mut Budget) -> Result<i64, Error> {
        let fault = structure("a stream's length is not an integer");
        let (place, _) = self.place(reference.number, revision).ok_or(fault)?;
        let Place::File(offset) = place else {
            return Err(Error {
                fault: Fault::Unsupported("a stream's length inside an object stream"),
                ..fault
            });
        };
        let mut no_further = |_, _: &mut Budget| Err(fault);
        let read = parser::indirect(self.file, offset, budget, &mut no_further)?;
        if read.reference != reference {
            return Err(fault.at(offset));
        }
        read.object.integer().ok_or(fault.at(offset))
    }

    fn unpack(
        &mut self,
        offset: usize,
        index: u32,
        reference: Reference,
        revision: usize,
        budget: &mut Budget,
    ) -> Result<Object, Error> {
        let stream = match self.streams.get(&offset) {
            Some(known) => Rc::clone(known),
            None => {
                let stream = Rc::new(self.object_stream(offset, revision, budget)?);
                self.streams.insert(offset, Rc::clone(&stream));
                stream
            }
        };
        let listed = usize::try_from(index).ok().and_then(|index| stream.index.get(index));
        let Some((_, at)) = listed.filter(|(number, _)| *number == reference.number) else {
            let fault = Fault::Ambiguous("another object stands where the cross-reference leads");
            return Err(Error { fault, offset });
        };
        let mut lexer = Lexer::stream(&stream.data, *at);
        let object = parser::value(&mut lexer, budget);
        // Indices may lead into one another's objects.
        budget.pdf_bytes(lexer.position().saturating_sub(*at) as u64)?;
        match object.map_err(|error| error.at(offset))? {
            Object::Reference(_) => Err(structure("an object is nothing but a reference").at(offset)),
            object => Ok(object),
        }
    }

    fn object_stream(
        &mut self,
        offset: usize,
        revision: usize,
        budget: &mut Budget,
    ) -> Result<ObjectStream, Error> {
        let mut length = |reference, budget: &mut Budget| self.length(reference, revision, budget);
        let read = parser::indirect(self.file, offset, budget, &mut length)?;
        let fault = structure("an object stream is malformed").at(offset);
        let Object::Stream(stream) = read.object else { return Err(fault) };
        if !stream.dictionary.get("Type").is_name("ObjStm") {
            return Err(fault);
        }
        self.spans.insert(read.span.start, read.span.end);
        let stored = self.file.get(stream.data.clone()).unwrap_or_default();
        let data =
            filter::decode(&stream.dictionary, stored, budget).map_err(|fault| Error { fault, offset })?;
        let number =
            |key: &str| stream.dictionary.get(key).integer().and_then(|number| usize::try_from(number).ok());
        let (count, first) = (number("N").ok_or(fault)?, number("First").ok_or(fault)?);
        let mut lexer = Lexer::stream(&data, 0);
        let mut index = Vec::new();
        for _ in 0..count {
            budget.pdf_value()?;
            let (Token::Integer(number), Token::Integer(at)) = (lexer.token()?, lexer.token()?) else {
                return Err(fault);
            };
            let number = u32::try_from(number).map_err(|_| fault)?;
            let at = usize::try_from(at).ok().and_then(|at| at.checked_add(first)).ok_or(fault)?;
            index.push((number, at));
        }
        Ok(ObjectStream { data, index })
    }
}

/// The entries of one revision from all its sections.
fn merge(revision: &Revision) -> Result<BTreeMap<u32, Entry>, Error> {
    let mut merged: BTreeMap<u32, Entry> = BTreeMap::new();
    for section in &revision.sections {
        for (number, entry) in &section.entries {
            if let Entry::File(offset, _) = entry
                && *offset >= revision.span.end
            {
                let fault = Fault::Xref("the cross-reference leads out of its revision");
                return Err(Error { fault, offset: section.offset });
            }
            match merged.get(number) {
                // A hybrid's table hides objects from old readers by calling them free.
                None | Some(Entry::Free) => {
                    merged.insert(*number, *entry);
                }
                Some(_) if *entry == Entry::Free => {}
                Some(known) if known == entry => {}
                Some(_) => {
                    let fault = Fault::Ambiguous("two cross-references of one revision differ");
                    return Err(Error { fault, offset: section.offset });
                }
            }
        }
    }
    Ok(merged)
}
