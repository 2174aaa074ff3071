//! Files judged side by side, as a thread of the verifier does it: all drafted, confirmed at once, each concluded.

use tongban::license::{Circumstances, Draft, Sought, confirm};
use tongban::trace::Trace;
use tongban::verdict::Judgement;

/// As many as a thread of the verifier judges side by side by default.
pub(crate) const TOGETHER: usize = 16;

/// Hands over each of `files` with its judgement, in their order; `None` stands where one is to be judged at once after all.
pub(crate) fn judge_together<'a, F: AsRef<[u8]>>(
    files: &'a [F],
    circumstances: &Circumstances<'_>,
    mut concluded: impl FnMut(&'a F, Option<(Judgement, Trace)>),
) {
    let drafts: Vec<Draft> =
        files.iter().map(|file| Draft::new(Sought::File, file.as_ref(), circumstances)).collect();
    let holds = confirm(circumstances.engine, &drafts);
    assert_eq!(holds.len(), drafts.len());
    for ((draft, holds), file) in drafts.into_iter().zip(holds).zip(files) {
        concluded(file, draft.conclude(holds, circumstances.known));
    }
}
