//! Takes what no longer serves out of a gateway's state: manifests that nothing leads over any more, and files that only they
//! stated. Suspensions stay, because their being seen is what makes them hold.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::publication::{self, Publication};
use crate::manifest::{Manifest, Shape, Standing, Terms};

/// Manifests before the present one that stay though nothing leads over them, with their files. 8: who goes back within some
/// weeks reads nothing again, and whoever looks into a state sees how it came to be.
const OLDER: u64 = 8;

/// What may be left behind by a crash while a file was being written.
const UNFINISHED: &str = ".new-";

/// Takes out of the directory `state`, which `publication` reads, what neither `standing` nor a start by `terms` needs. Where
/// it cannot tell, it takes nothing.
pub(super) fn prune(
    state: &Path,
    publication: &Publication<'_>,
    standing: &Standing,
    terms: &Terms,
) -> io::Result<()> {
    let base = standing.base();
    let version = base.manifest().version;
    let read = |version: u64| publication.note(&publication::manifest_name(version)).ok().flatten();
    // A start goes down from the present manifest to one that the officers of the config approved, over each between.
    let Some(entry) = (1..=version)
        .rev()
        .map_while(|version| Some((version, read(version)?)))
        .find_map(|(version, note)| terms.enter(&note).is_ok().then_some(version))
    else {
        return Ok(());
    };
    let recent = version.saturating_sub(OLDER).max(1);
    remove(&state.join("manifests"), |name| {
        name.parse::<u64>().is_ok_and(|version| version < entry.min(recent))
    })?;
    let accepted = [Some(base), standing.emergency()].into_iter().flatten();
    let mut stated: BTreeSet<String> = accepted
        .flat_map(|accepted| accepted.files().iter())
        .map(|(_, content)| name_of(&Shape::of(content)))
        .collect();
    let older = (recent..version).filter_map(read).filter_map(|note| publication::stated(&note).ok());
    stated.extend(
        older.flat_map(|manifest: Manifest| manifest.files.into_values()).map(|shape| name_of(&shape)),
    );
    remove(&state.join("files"), |name| name.len() == 64 && !stated.contains(name))
}

fn name_of(shape: &Shape) -> String {
    shape.sha256.hex()
}

/// Removes the files of `directory` whose names are `unwanted`, and what a crash left.
fn remove(directory: &Path, unwanted: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(UNFINISHED) || unwanted(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
