//! Asks the system for threads, and says so where it gives fewer. What they do is for others.

use std::io;

/// What `thread` gives for the numbers below `workers`, up to the first that it refuses: the next would be refused too.
pub(super) fn raise<T>(workers: usize, thread: impl FnMut(usize) -> io::Result<T>) -> Vec<T> {
    let mut refused = None;
    let given: Vec<T> = (0..workers)
        .map(thread)
        .map_while(|thread| thread.map_err(|error| refused = Some(error)).ok())
        .collect();
    if let Some(error) = refused {
        if given.is_empty() {
            tracing::error!(%error, "there are no threads to judge files on");
        } else {
            let given = given.len();
            tracing::warn!(%error, given, workers, "the system gives fewer threads than `workers`");
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::Mutex;

    use super::*;

    /// What is raised of `workers` where the system has only so many threads, and what the log says.
    fn raised(workers: usize, there: usize) -> (usize, String) {
        let mut log = tempfile::tempfile().unwrap();
        let lines =
            tracing_subscriber::fmt().with_ansi(false).with_writer(Mutex::new(log.try_clone().unwrap()));
        let given = tracing::subscriber::with_default(lines.finish(), || {
            let thread = |number| if number < there { Ok(number) } else { Err(io::Error::other("no more")) };
            raise(workers, thread)
        });
        log.rewind().unwrap();
        let mut said = String::new();
        log.read_to_string(&mut said).unwrap();
        (given.len(), said)
    }

    #[test]
    fn fewer_threads_than_asked_for_are_told() {
        assert_eq!(raised(4, 4), (4, String::new()));
        let (given, said) = raised(4, 3);
        assert_eq!(given, 3);
        assert!(
            said.contains("WARN") && said.contains("given=3 workers=4") && said.contains("no more"),
            "{said}"
        );
        let (given, said) = raised(4, 0);
        assert_eq!(given, 0);
        assert!(said.contains("ERROR") && said.lines().count() == 1, "{said}");
    }
}
