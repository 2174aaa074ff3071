//! Which entries a package's documents use: the walk from OFD.xml over every location that OFD defines.
//! A signature that leaves one of them out leaves room for change.

use std::collections::{BTreeSet, VecDeque};

use super::Error;
use super::package::{DocBody, Package, ROOT, parse};
use super::path::resolve;
use super::xml::Element;
use crate::budget::Budget;

/// What the walk found.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Entries that are used and there, signature files left out.
    pub used: BTreeSet<String>,
    /// Entries that are used and not there.
    pub absent: BTreeSet<String>,
    /// Parts outside the pages that cannot be read: tags, attachments and the like, which use nothing by location.
    pub unreadable: BTreeSet<String>,
    /// Other parts that cannot be read, so that what they use is unknown.
    pub unknown: BTreeSet<String>,
}

/// Elements whose text is a location (GB/T 33190-2016 §7.4, §7.5, §7.9, §15–§19), and whether it leads to more XML.
const ELEMENTS: [(&str, Leads); 13] = [
    ("Annotations", Leads::ToXml),
    ("Attachments", Leads::ToXml),
    ("CustomTags", Leads::ToXml),
    ("DocRoot", Leads::ToXml),
    ("DocumentRes", Leads::ToXml),
    ("ExtendData", Leads::ToAnything),
    ("Extensions", Leads::ToXml),
    ("FileLoc", Leads::ToAnything),
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

/// Where a location leads: what the file there may be, and so what it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Leads {
    /// To a file without locations.
    Nowhere,
    /// To a tag, an annotation or an attachment, which may be of any format.
    ToAnything,
    /// To a page.
    ToPage,
    /// To another part.
    ToXml,
}

/// Walks from OFD.xml through one document, `body`, and its versions.
///
/// Parts that cannot be read are reported, not fatal: genuine licenses carry broken tag files.
pub fn reachable(package: &Package<'_>, body: &DocBody, budget: &mut Budget) -> Result<Reach, Error> {
    let mut reach = Reach::default();
    let mut waiting = VecDeque::from([(ROOT.to_owned(), Leads::Nowhere), (body.root.clone(), Leads::ToXml)]);
    waiting.extend(body.versions.iter().map(|version| (version.clone(), Leads::ToXml)));
    waiting.extend(body.cover.iter().map(|cover| (cover.clone(), Leads::Nowhere)));
    let mut seen: BTreeSet<(String, Leads)> = waiting.iter().cloned().collect();
    while let Some((entry, leads)) = waiting.pop_front() {
        if !package.contains(&entry) {
            reach.absent.insert(entry);
            continue;
        }
        reach.used.insert(entry.clone());
        if leads == Leads::Nowhere {
            continue;
        }
        let contents = package.required(&entry, budget)?;
        let is_xml = looks_like_xml(&contents);
        // Pages are most of a document's XML, and only this element leads on from one.
        let closed =
            leads == Leads::ToPage && is_xml && !contents.windows(7).any(|window| window == b"PageRes");
        if closed || (leads == Leads::ToAnything && !is_xml) {
            continue;
        }
        match parse(&entry, &contents, budget) {
            Ok(xml) => {
                for found in xml.elements().flat_map(|element| locations(&entry, &element)) {
                    if seen.insert(found.clone()) {
                        waiting.push_back(found);
                    }
                }
            }
            Err(Error::Exhausted(exhausted)) => return Err(exhausted.into()),
            Err(_) if leads == Leads::ToAnything => {
                reach.unreadable.insert(entry);
            }
            Err(_) => {
                reach.unknown.insert(entry);
            }
        }
    }
    Ok(reach)
}

/// Whether this begins as XML in UTF-8 does. In UTF-16 names could hide from a search for their bytes.
fn looks_like_xml(contents: &[u8]) -> bool {
    let text = contents.strip_prefix(b"\xef\xbb\xbf").unwrap_or(contents);
    let start = text.iter().find(|byte| !byte.is_ascii_whitespace());
    start == Some(&b'<') && !contents.iter().take(4).any(|byte| *byte == 0)
}

fn locations(entry: &str, element: &Element<'_, '_>) -> Vec<(String, Leads)> {
    let mut found = Vec::new();
    let name = element.name();
    if let Some((_, leads)) = ELEMENTS.iter().find(|(known, _)| *known == name) {
        let location = element.text();
        // Resources stand below the base that their file states (GB/T 33190-2016 §7.9).
        let base = std::iter::successors(element.parent(), Element::parent)
            .find(|ancestor| ancestor.is("Res"))
            .and_then(|res| res.attribute("BaseLoc"))
            .filter(|base| !base.trim().is_empty() && !location.starts_with('/'));
        let location = match base {
            Some(base) => format!("{}/{location}", base.trim().trim_end_matches('/')),
            None => location,
        };
        found.extend(resolve(entry, &location).map(|at| (at.entry, *leads)));
    }
    for (holder, attribute, leads) in ATTRIBUTES {
        if name == holder
            && let Some(location) = element.attribute(attribute)
        {
            found.extend(resolve(entry, location).map(|at| (at.entry, leads)));
        }
    }
    found
}
