//! What judging one sealed document asks of the allocator, counted. Whoever includes this has [`Counting`] for its allocator; only what
//! the counting thread itself asks for counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use tongban::budget::Limits;
use tongban::crypto::Engine;
use tongban::license::{Circumstances, Known, Sought, judge_at_once};
use tongban::pki::Anchors;
use tongban::verdict::Verdict;

use super::sealed::{Offices, now};
use super::together::{TOGETHER, judge_together};

/// What was asked for. Bytes are those of blocks and of what they grew by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Blocks, and how often one was made larger or smaller.
    pub(crate) allocations: usize,
    /// Bytes in all.
    pub(crate) bytes: usize,
    /// Bytes held at the same time, at most, beyond those at the start.
    pub(crate) most: usize,
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, bytes: 0, most: 0 }) };
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
pub(crate) struct Counting;

impl Counting {
    fn count(taken: usize, given_back: usize) {
        let held = HELD.get() + taken as isize - given_back as isize;
        HELD.set(held);
        let Counts { allocations, bytes, most } = COUNTS.get();
        COUNTS.set(Counts {
            allocations: allocations + usize::from(taken > 0),
            bytes: bytes + taken.saturating_sub(given_back),
            most: most.max(held.max(0) as usize),
        });
    }
}

// SAFETY: every call goes to the system's allocator as it came; the counters are plain numbers of the thread, made at compile time, so
// that to count allocates nothing.
#[allow(unsafe_code, reason = "what an allocator is made of")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size(), 0);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::count(size, layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        Self::count(0, layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

fn counted<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    COUNTS.set(Counts::default());
    HELD.set(0);
    let result = work();
    (result, COUNTS.get())
}

/// What one document asks for, with the name of each way: judged with every answer at once and nothing known; drafted, its signer known;
/// the same side by side with others, as a thread of the verifier does it; drafted, and sealed by somebody whom no anchor vouches for.
pub(crate) fn rows() -> [(&'static str, Counts); 4] {
    let offices = Offices::new(4);
    let documents = offices.documents(TOGETHER);
    let files: Vec<&[u8]> = documents.iter().map(AsRef::as_ref).collect();
    let (anchors, none, limits) = (offices.anchors(), Anchors::default(), Limits::default());
    let [known, nobody] = [(); 2].map(|()| Known::new(8, 8 << 20));
    // Lanes need a few blocks a batch; without them the figures are the same on every machine.
    let usual = Circumstances { engine: Engine::portable(), ..Circumstances::new(&anchors, now(), &limits) };
    let met = Circumstances { known: Some(&known), ..usual };
    let stranger = Circumstances { anchors: &none, known: Some(&nobody), ..usual };
    let judge = |files: &[&[u8]], circumstances: &Circumstances<'_>, verdict: Verdict| {
        judge_together(files, circumstances, |_, judged| {
            assert_eq!(black_box(judged).unwrap().0.verdict(), verdict);
        });
    };
    let at_once = || drop(black_box(judge_at_once(Sought::File, files[0], &usual)));
    // Until every signer is known, and all that is made once has been made.
    at_once();
    (0..12).for_each(|_| judge(&files, &met, Verdict::Genuine));
    let alone = counted(|| judge(&files[..1], &met, Verdict::Genuine)).1;
    let together = counted(|| judge(&files, &met, Verdict::Genuine)).1;
    let each = Counts {
        allocations: together.allocations / TOGETHER,
        bytes: together.bytes / TOGETHER,
        most: together.most / TOGETHER,
    };
    [
        ("at_once", counted(at_once).1),
        ("known_signer", alone),
        ("known_signer_together", each),
        ("stranger", counted(|| judge(&files[..1], &stranger, Verdict::Undetermined)).1),
    ]
}
