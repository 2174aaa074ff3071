//! Lists and OCSP responses about revocation in the files and directories that a command names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::verify::batch;
use crate::budget::{Budget, Limits};
use crate::pki::Certificate;
use crate::pki::revocation::{Answer, Evidence, List, ListLimits, UnusableEvidence, lists_in};

/// Bytes of one OCSP response: a thousand times those of a usual one.
const LARGEST_ANSWER: u64 = 4 << 20;

/// The lists in the files `lists` and the responses in the files `answers`, and those that cannot be used. Of directories all
/// files are taken. Signatures are checked with the keys of `authorities`, as far as these made them.
pub(super) fn read(
    lists: &[PathBuf],
    answers: &[PathBuf],
    authorities: &[Certificate],
) -> Result<(Evidence, Vec<UnusableEvidence>), String> {
    let limits = ListLimits::default();
    let mut unusable = Vec::new();
    let mut loaded_lists = Vec::new();
    for file in batch::files(lists)? {
        let place = place(&file);
        let ders =
            lists_in(&bytes(&file, limits.bytes)?).ok_or_else(|| format!("{place}: no list inside"))?;
        for der in ders {
            match List::load(&der, authorities, &limits, &mut Budget::new(Limits::default())) {
                Ok(list) => loaded_lists.push(Arc::new(list)),
                Err(error) => unusable.push(UnusableEvidence::List { place: place.clone(), error }),
            }
        }
    }
    let mut loaded_answers = Vec::new();
    for file in batch::files(answers)? {
        let der = bytes(&file, LARGEST_ANSWER)?;
        match Answer::load(&der, None, authorities, &mut Budget::new(Limits::default())) {
            Ok(answer) => loaded_answers.push(Arc::new(answer)),
            Err(error) => unusable.push(UnusableEvidence::Answer { place: place(&file), error }),
        }
    }
    Ok((Evidence::new(loaded_lists, loaded_answers, !unusable.is_empty()), unusable))
}

fn place(file: &Path) -> String {
    format!("`{}`", file.display())
}

/// A part of a file would pass for a list that is cut off.
fn bytes(file: &Path, most: u64) -> Result<Vec<u8>, String> {
    let bytes = super::verify::read(file, most)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= most => Ok(bytes),
        _ => Err(format!("{} has more than {most} bytes", place(file))),
    }
}
