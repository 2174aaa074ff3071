//! The lines of a batch that are being judged, each as a task of its own. A task that panics loses its result, not its line.

use std::collections::HashMap;

use tokio::task::{Id, JoinSet};

/// Tasks, each with the number of its line.
pub(super) struct Judging<T> {
    tasks: JoinSet<T>,
    lines: HashMap<Id, u64>,
}

impl<T: Send + 'static> Judging<T> {
    pub(super) fn new() -> Self {
        Self { tasks: JoinSet::new(), lines: HashMap::new() }
    }

    pub(super) fn begin(&mut self, line: u64, judge: impl Future<Output = T> + Send + 'static) {
        let task = self.tasks.spawn(judge);
        self.lines.insert(task.id(), line);
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The next that ends: its result, or the number of a line that has none. `None` if nothing is being judged. May be
    /// dropped while it waits: nothing is lost then.
    pub(super) async fn next(&mut self) -> Option<Result<T, u64>> {
        let (id, result) = match self.tasks.join_next_with_id().await? {
            Ok((id, result)) => (id, Some(result)),
            Err(error) => (error.id(), None),
        };
        // Every task was entered as it began.
        let line = self.lines.remove(&id).unwrap_or_default();
        Some(result.ok_or(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_one_line_and_says_which() {
        let mut judging = Judging::new();
        for line in 1..=5 {
            judging.begin(line, async move {
                assert_ne!(line, 3, "for the test");
                line * 10
            });
        }
        let mut ended = Vec::new();
        while let Some(result) = judging.next().await {
            ended.push(result);
        }
        ended.sort_unstable();
        assert_eq!(ended, [Ok(10), Ok(20), Ok(40), Ok(50), Err(3)]);
        assert!(judging.is_empty() && judging.lines.is_empty());
    }
}
