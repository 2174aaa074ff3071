//! Which entries a package's documents use: the walk from OFD.xml over every location that OFD defines.
//! A signature that leaves one of them out leaves room for change.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use memchr::{memchr, memmem};

use super::Error;
use super::package::{DocBody, Package, ROOT, locate, parse, structure};
use super::path::LONGEST;
use super::xml::Element;
use crate::budget::Budget;

/// What the walk found.
#[derive(Clone, Debug, Default)]
pub struct Reach<'a> {
    /// Entries that are used and there, signature files left out.
    pub used: BTreeSet<&'a str>,
    /// Entries that are used and not there; the first thousand.
    pub absent: BTreeSet<Rc<str>>,
    /// Those of them that belong to the layout.
    pub lacking: BTreeSet<Rc<str>>,
    /// Parts beside the layout that cannot be read: tags, attachments and extensions.
    pub unreadable: BTreeSet<&'a str>,
    /// Parts of the layout that cannot be read or lead where nobody can follow, so that what is shown is unknown.
    pub unknown: BTreeSet<&'a str>,
}

/// Absent entries that are kept. A hostile part could name a million.
const ABSENT: usize = 1_000;

/// Where a location leads. Ordered: an entry is walked again when something leads to it that asks for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Leads {
    /// To something that leads nowhere, such as a picture.
    Nowhere,
    /// To XML beside the layout; attachments may be anything.
    Aside,
    /// To a page. Pages are most of a document's XML, and only `PageRes` leads on from one.
    ToPage,
    /// To XML of the layout.
    ToXml,
}

/// Elements whose text is a location (GB/T 33190-2016 §7.4, §7.5, §7.9, §15–§19), and where it leads.
const ELEMENTS: [(&str, Leads); 13] = [
    ("Annotations", Leads::ToXml),
    ("Attachments", Leads::Aside),
    ("CustomTags", Leads::Aside),
    ("DocRoot", Leads::ToXml),
    ("DocumentRes", Leads::ToXml),
    ("ExtendData", Leads::Aside),
    ("Extensions", Leads::Aside),
    ("FileLoc", Leads::ToXml),
    ("FontFile", Leads::Nowhere),
    ("MediaFile", Leads::Nowhere),
    ("PageRes", Leads::ToXml),
    ("PublicRes", Leads::ToXml),
    ("SchemaLoc", Leads::Nowhere),
];

/// Attributes that are locations, by the elements that carry them.
const ATTRIBUTES: [(&str, &str, Leads); 4] = [
    ("ColorSpace", "Profile", Leads::Nowhere),
    ("Page", "BaseLoc", Leads::ToPage),
    ("TemplatePage", "BaseLoc", Leads::ToPage),
    ("Version", "BaseLoc", Leads::ToXml),
];

/// Walks from OFD.xml through one document, `body`, and its versions.
///
/// Document.xml must be readable. Other parts that are not are reported: genuine licenses carry broken tag files.
pub fn reachable<'a>(package: &Package<'a>, body: &DocBody, budget: &mut Budget) -> Result<Reach<'a>, Error> {
    let mut walk =
        Walk { package, reach: Reach::default(), walked: BTreeMap::new(), waiting: VecDeque::new() };
    walk.lead(ROOT, Leads::Nowhere);
    walk.lead(&body.root, Leads::ToXml);
    for version in &body.versions {
        walk.lead(version, Leads::ToXml);
    }
    for cover in &body.covers {
        walk.lead(cover, Leads::Aside);
    }
    while let Some((entry, leads)) = walk.waiting.pop_front() {
        match walk.follow(entry, leads, budget) {
            Ok(()) => {}
            Err(Error::Exhausted(exhausted)) => return Err(exhausted.into()),
            Err(error @ Error::Container(_)) => return Err(error),
            Err(error @ Error::Xml { .. }) if entry == body.root => return Err(error),
            Err(_) if leads == Leads::Aside => {
                walk.reach.unreadable.insert(entry);
            }
            Err(_) => {
                walk.reach.unknown.insert(entry);
            }
        }
    }
    Ok(walk.reach)
}

struct Walk<'p, 'a> {
    package: &'p Package<'a>,
    reach: Reach<'a>,
    /// The most that has been asked of each entry so far.
    walked: BTreeMap<&'a str, Leads>,
    waiting: VecDeque<(&'a str, Leads)>,
}

impl Walk<'_, '_> {
    /// Notes that something leads to `entry`.
    fn lead(&mut self, entry: &str, leads: Leads) {
        let Some(entry) = self.package.name(entry) else {
            if self.reach.absent.len() < ABSENT {
                let entry: Rc<str> = Rc::from(entry);
                if leads != Leads::Aside {
                    self.reach.lacking.insert(Rc::clone(&entry));
                }
                self.reach.absent.insert(entry);
            }
            return;
        };
        self.reach.used.insert(entry);
        if self.walked.get(entry).is_none_or(|known| *known < leads) {
            self.walked.insert(entry, leads);
            if leads != Leads::Nowhere {
                self.waiting.push_back((entry, leads));
            }
        }
    }

    fn follow(&mut self, entry: &str, leads: Leads, budget: &mut Budget) -> Result<(), Error> {
        let contents = self.package.required(entry, budget)?;
        match leads {
            Leads::Aside if !looks_like_xml(&contents) => return Ok(()),
            // A page in another encoding could lead on without showing it here.
            Leads::ToPage if memchr(0, &contents).is_some() || std::str::from_utf8(&contents).is_err() => {
                return Err(structure(entry, "a page is not UTF-8"));
            }
            Leads::ToPage if memmem::find(&contents, b"PageRes").is_none() => return Ok(()),
            _ => {}
        }
        let xml = parse(entry, &contents, budget)?;
        for element in xml.elements() {
            self.locations(entry, &element, leads)?;
        }
        Ok(())
    }

    /// Follows the locations of `element` in `entry`, to which `leads` led.
    fn locations(&mut self, entry: &str, element: &Element<'_, '_>, leads: Leads) -> Result<(), Error> {
        let name = element.name();
        if let Some((_, onwards)) = ELEMENTS.iter().find(|(known, _)| *known == name) {
            // The root elements of the parts have the same names, and no text of their own.
            let text = element.text();
            if !text.is_empty() {
                let onwards = onwards_from(element, *onwards, leads);
                match element.plain_text().and_then(|location| based(element, location)) {
                    Some(location) => self.resolved(entry, &location, onwards)?,
                    None if onwards == Leads::Aside => {}
                    None => return Err(structure(entry, "a location is not plain text, or too long")),
                }
            }
        }
        for (holder, attribute, onwards) in ATTRIBUTES {
            if name == holder
                && let Some(location) = element.attribute(attribute)
            {
                self.resolved(entry, location, if leads == Leads::Aside { leads } else { onwards })?;
            }
        }
        Ok(())
    }

    fn resolved(&mut self, entry: &str, location: &str, leads: Leads) -> Result<(), Error> {
        match locate(entry, location) {
            Ok(at) => self.lead(&at.entry, leads),
            // Beside the layout there are words and addresses of the web in these places.
            Err(_) if leads == Leads::Aside => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Where the location in `element` leads, if its part was found by `leads`.
fn onwards_from(element: &Element<'_, '_>, onwards: Leads, leads: Leads) -> Leads {
    let beside = |parent: Element<'_, '_>| ["Attachment", "CustomTag"].contains(&parent.name());
    if leads == Leads::Aside || element.parent().is_some_and(beside) { Leads::Aside } else { onwards }
}

/// Resources stand below the base that their file states (GB/T 33190-2016 §7.9). `None` if that names no directory, so
/// that a long one is not copied for each of them.
fn based(element: &Element<'_, '_>, location: String) -> Option<String> {
    let base = std::iter::successors(element.parent(), Element::parent)
        .find(|ancestor| ancestor.name() == "Res")
        .and_then(|res| res.attribute("BaseLoc"))
        .filter(|base| !base.trim().is_empty() && !location.starts_with('/'));
    match base {
        Some(base) if base.len() > LONGEST => None,
        Some(base) => Some(format!("{}/{location}", base.trim().trim_end_matches('/'))),
        None => Some(location),
    }
}

/// Attachments may be anything; only what begins like XML is read as such.
fn looks_like_xml(contents: &[u8]) -> bool {
    let text = contents.strip_prefix(b"\xef\xbb\xbf").unwrap_or(contents);
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}
