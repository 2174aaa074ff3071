//! The files of an OFD package before they are zipped, in their order.
//! It knows names and bytes; what they mean is the business of `document` and `signing`.

use super::{Error, Member, archive};
use crate::clock::Timestamp;

/// One file of a package.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the package's root, without a leading `/`.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
    /// Whether it is compressed.
    pub deflate: bool,
}

/// The files of a package. Each may be changed, before signing or after.
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    /// The files, in the order in which they are zipped.
    pub entries: Vec<Entry>,
    /// The time that the container states for every file.
    pub modified: Timestamp,
}

impl Package {
    /// A package without files.
    pub const fn new(modified: Timestamp) -> Self {
        Self { entries: Vec::new(), modified }
    }

    /// The content of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| entry.content.as_slice())
    }

    /// The text of a file.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        let content = self.get(name).ok_or_else(|| Error::Entry(name.to_owned()))?;
        std::str::from_utf8(content).map_err(|_| Error::Structure(name.to_owned()))
    }

    /// Adds a file, or replaces the content of the one with that name.
    pub fn put(&mut self, name: &str, content: impl Into<Vec<u8>>) {
        let content = content.into();
        match self.entries.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => entry.content = content,
            None => self.entries.push(Entry { name: name.to_owned(), content, deflate: true }),
        }
    }

    /// Changes a file's content by `change`.
    pub fn edit(&mut self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
        let entry = self.entries.iter_mut().find(|entry| entry.name == name);
        change(&mut entry.ok_or_else(|| Error::Entry(name.to_owned()))?.content);
        Ok(())
    }

    /// Takes a file out.
    pub fn remove(&mut self, name: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.name == name)?;
        Some(self.entries.remove(at))
    }

    /// The members of the archive, whose headers may be changed before [`archive`] writes them.
    pub fn members(&self) -> Result<Vec<Member>, Error> {
        let member = |entry: &Entry| Member::new(&entry.name, &entry.content, entry.deflate, self.modified);
        self.entries.iter().map(member).collect()
    }

    /// The OFD file.
    pub fn to_zip(&self) -> Result<Vec<u8>, Error> {
        archive(&self.members()?)
    }
}
