//! Many files at once: directories walked, files judged on all processors, results in order, progress on a terminal.
//! One file that cannot be read never ends a batch.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::super::parallel;
use crate::fault::unread;

/// Files judged between two rounds of printing. Bounds how many results wait for a slow file before them.
const ROUND: usize = 256;

/// When progress begins to show: what ends sooner needs none.
const PATIENCE: Duration = Duration::from_secs(1);

/// All files that `paths` name: files as they are, directories with everything below them, sorted.
///
/// Fails at the first path that does not exist, before anything is judged. Links below a directory are not followed.
pub(in crate::cli) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        let kind = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if kind.is_dir() {
            walk(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|error| unreadable(directory, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), &error))?;
        if kind.is_dir() {
            walk(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// What a path that cannot be read is reported as.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("{}: {}", path.display(), unread(error))
}

/// Gives `print` the result of `judge` for every file, in the order of `files`.
pub(super) fn each<T: Send>(files: &[PathBuf], judge: impl Fn(&Path) -> T + Sync, mut print: impl FnMut(T)) {
    let mut progress = Progress::new(files.len());
    for round in files.chunks(ROUND) {
        let results = parallel::in_order(round, |path| judge(path));
        progress.aside(|| results.into_iter().for_each(&mut print));
        progress.advance(round.len());
    }
    progress.end();
}

/// A bar on standard error, only on a terminal and only for what takes its time.
struct Progress {
    start: Instant,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new(total: usize) -> Self {
        Self { start: Instant::now(), total: total as u64, done: 0, bar: None }
    }

    fn advance(&mut self, files: usize) {
        self.done += files as u64;
        if self.bar.is_none() && self.start.elapsed() > PATIENCE && io::stderr().is_terminal() {
            let bar = ProgressBar::new(self.total);
            // A template that does not parse leaves the default one.
            if let Ok(style) =
                ProgressStyle::with_template("{bar:30} {pos}/{len} files, {per_sec}, {eta} left")
            {
                bar.set_style(style);
            }
            self.bar = Some(bar.with_elapsed(self.start.elapsed()));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }

    /// Prints with the bar off the screen, so that results do not run into it.
    fn aside(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
