//! Judges the signed list of a package's files (GM/T 0099-2020 §7.4): whether its signature holds, and whether
//! the package holds what is listed and nothing else. It vouches for names alone and takes the place of no
//! signature over the document.

use std::collections::BTreeSet;

use super::Circumstances;
use super::content::Content;
use super::references::{LISTED, report_each};
use super::value::{Subject, judge as judge_value};
use crate::budget::Budget;
use crate::document::ofd::{EntryList as Listing, Error, Package};
use crate::seal::parse_loose;
use crate::verdict::{Code, EntryList, Integrity, Reason, Verdict};

/// What was found about the list of one package.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The facts, if there is a list that can be read.
    pub(super) facts: Option<EntryList>,
    /// The files that the list consists of. Those of a list that does not hold are files like any other.
    pub(super) files: BTreeSet<String>,
}

/// Judges the list of `package`, if it has one; `apart` are the files of signatures, which may come after it.
pub(super) fn judge(
    package: &Package<'_>,
    apart: &BTreeSet<String>,
    circumstances: &Circumstances<'_>,
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Result<Entries, Error> {
    let place = format!("/{}", Listing::ENTRY);
    let listing = match Listing::read(package, budget) {
        Ok(Some(listing)) => listing,
        Ok(None) => return Ok(Entries::default()),
        Err(error @ (Error::Exhausted(_) | Error::Container(_))) => return Err(error),
        Err(error) => {
            reasons.push(Reason::new(Code::EntriesUnreadable, place).with(error));
            return Ok(Entries::default());
        }
    };
    let Some(value) = package.read(&listing.value, budget)? else {
        reasons.push(Reason::new(Code::EntriesUnreadable, place).with(Error::Missing(listing.value)));
        return Ok(Entries::default());
    };
    let subject = Subject {
        content: Some(Content::Bytes(&listing.bytes)),
        time: listing.created.as_deref().and_then(start_of_day),
        ..Subject::default()
    };
    let mut signature = judge_value(&value, &subject, circumstances, budget)?;
    signature.id = Listing::ENTRY.to_owned();
    let holds = signature.integrity == Integrity::Intact;
    match signature.verdict() {
        Verdict::Genuine => {}
        Verdict::NotGenuine if !holds => reasons.push(Reason::new(Code::EntriesBroken, &place)),
        Verdict::NotGenuine | Verdict::Undetermined => {
            reasons.push(Reason::new(Code::EntriesUntrusted, &place));
        }
    }
    let files = BTreeSet::from([Listing::ENTRY.to_owned(), listing.value]);
    let known = |entry: &str| [&listing.listed, apart, &files].iter().any(|known| known.contains(entry));
    let unlisted: Vec<&str> = package.names().filter(|entry| !known(entry)).collect();
    let missing: Vec<&str> =
        listing.listed.iter().map(String::as_str).filter(|entry| !package.contains(entry)).collect();
    report_each(Code::EntriesUnlisted, unlisted.iter().copied(), reasons);
    report_each(Code::EntriesMissing, missing.iter().copied(), reasons);
    let first = |entries: &[&str]| entries.iter().take(LISTED).map(|entry| format!("/{entry}")).collect();
    let facts = EntryList {
        listed: listing.listed.len(),
        unlisted: first(&unlisted),
        missing: first(&missing),
        signature,
    };
    Ok(Entries { facts: Some(facts), files: if holds { files } else { BTreeSet::new() } })
}

/// The first instant in China of the day `date` (`YYYY-MM-DD`), which is all that the list says about its time.
fn start_of_day(date: &str) -> Option<crate::clock::Timestamp> {
    parse_loose(format!("{} 00:00:00", date.trim()).as_bytes())
}
