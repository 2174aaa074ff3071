//! SM3 of sixteen messages at a time: word i of all of them in one AVX-512 register. Messages may differ in length; a lane whose
//! message has ended takes the next one.

#![expect(
    unsafe_code,
    reason = "a call of code for AVX-512, and loads and stores of registers, which take pointers"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "lanes of arrays of known length; blocks below the count which every lane has"
)]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_loadu_si512, _mm512_rol_epi32, _mm512_set1_epi32, _mm512_set4_epi32,
    _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_shuffle_i32x4, _mm512_storeu_si512,
    _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::compress::{BLOCK, ROTATED, rounds};

/// Messages that are hashed together.
pub(super) const WIDTH: usize = 16;

/// State word i of all lanes.
pub(super) type States = [[u32; WIDTH]; 8];

/// Proof that this processor has the instructions; made by [`Processor::detect`] alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Processor(());

impl Processor {
    pub(super) fn detect() -> Option<Self> {
        let has =
            std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512bw");
        has.then_some(Self(()))
    }

    /// Takes the first `count` blocks of each lane in; all lanes must have so many.
    pub(super) fn compress(self, states: &mut States, blocks: &[&[[u8; BLOCK]]; WIDTH], count: usize) {
        // SAFETY: `self` exists, so the processor has the features that the function is compiled for.
        unsafe { compress(states, blocks, count) }
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn compress(states: &mut States, blocks: &[&[[u8; BLOCK]]; WIDTH], count: usize) {
    let mut state = [_mm512_setzero_si512(); 8];
    for (register, words) in state.iter_mut().zip(states.iter()) {
        // SAFETY: the array is 64 bytes; this load needs no alignment.
        *register = unsafe { _mm512_loadu_si512(words.as_ptr().cast()) };
    }
    for at in 0..count {
        let mut rows = [_mm512_setzero_si512(); WIDTH];
        for (row, blocks) in rows.iter_mut().zip(blocks) {
            *row = load(&blocks[at]);
        }
        take_in(&mut state, words(rows));
    }
    for (words, register) in states.iter_mut().zip(state) {
        // SAFETY: the array is 64 bytes, exclusively borrowed; this store needs no alignment.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), register) };
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(block: &[u8; BLOCK]) -> __m512i {
    // SAFETY: a block is 64 bytes; this load needs no alignment.
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

/// Word i of all sixteen blocks in register i: big-endian words, then the transpose of sixteen times sixteen.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn words(rows: [__m512i; WIDTH]) -> [__m512i; WIDTH] {
    let swap = _mm512_set4_epi32(0x0C0D_0E0F, 0x0809_0A0B, 0x0405_0607, 0x0001_0203);
    let mut r = rows;
    for row in &mut r {
        *row = _mm512_shuffle_epi8(*row, swap);
    }
    // Within quarters of registers: four rows, four words each.
    let mut quarters = [_mm512_setzero_si512(); WIDTH];
    for block in 0..4 {
        let [a, b, c, d] = [r[4 * block], r[4 * block + 1], r[4 * block + 2], r[4 * block + 3]];
        let (ab_low, ab_high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let (cd_low, cd_high) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        quarters[block] = _mm512_unpacklo_epi64(ab_low, cd_low);
        quarters[4 + block] = _mm512_unpackhi_epi64(ab_low, cd_low);
        quarters[8 + block] = _mm512_unpacklo_epi64(ab_high, cd_high);
        quarters[12 + block] = _mm512_unpackhi_epi64(ab_high, cd_high);
    }
    // Of quarters: register 4w + b holds words w, 4 + w, 8 + w, 12 + w of rows 4b to 4b + 3.
    let mut out = [_mm512_setzero_si512(); WIDTH];
    for word in 0..4 {
        let [a, b, c, d] =
            [quarters[4 * word], quarters[4 * word + 1], quarters[4 * word + 2], quarters[4 * word + 3]];
        let (ab_low, ab_high) = (_mm512_shuffle_i32x4::<0x44>(a, b), _mm512_shuffle_i32x4::<0xEE>(a, b));
        let (cd_low, cd_high) = (_mm512_shuffle_i32x4::<0x44>(c, d), _mm512_shuffle_i32x4::<0xEE>(c, d));
        out[word] = _mm512_shuffle_i32x4::<0x88>(ab_low, cd_low);
        out[4 + word] = _mm512_shuffle_i32x4::<0xDD>(ab_low, cd_low);
        out[8 + word] = _mm512_shuffle_i32x4::<0x88>(ab_high, cd_high);
        out[12 + word] = _mm512_shuffle_i32x4::<0xDD>(ab_high, cd_high);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn take_in(state: &mut [__m512i; 8], words: [__m512i; WIDTH]) {
    // Truth tables of three inputs: 0x96 is x ^ y ^ z, 0xE8 the majority, 0xCA y where x has ones, else z.
    macro_rules! ff {
        (low $x:ident $y:ident $z:ident) => {
            _mm512_ternarylogic_epi32::<0x96>($x, $y, $z)
        };
        (high $x:ident $y:ident $z:ident) => {
            _mm512_ternarylogic_epi32::<0xE8>($x, $y, $z)
        };
    }
    macro_rules! gg {
        (low $x:ident $y:ident $z:ident) => {
            _mm512_ternarylogic_epi32::<0x96>($x, $y, $z)
        };
        (high $x:ident $y:ident $z:ident) => {
            _mm512_ternarylogic_epi32::<0xCA>($x, $y, $z)
        };
    }
    macro_rules! round {
        ($low:ident $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $j:expr, $w:expr, $w4:expr) => {
            let a12 = _mm512_rol_epi32::<12>($a);
            let constant = _mm512_set1_epi32(ROTATED[$j].cast_signed());
            let ss1 = _mm512_rol_epi32::<7>(_mm512_add_epi32(_mm512_add_epi32($e, constant), a12));
            // The way through tt2 is the longest to the next round, so it comes first.
            let h_w = _mm512_add_epi32($h, $w);
            let tt2 = _mm512_add_epi32(_mm512_add_epi32(h_w, gg!($low $e $f $g)), ss1);
            let ss2 = _mm512_xor_si512(ss1, a12);
            let d_w = _mm512_add_epi32($d, _mm512_xor_si512($w, $w4));
            let tt1 = _mm512_add_epi32(_mm512_add_epi32(d_w, ff!($low $a $b $c)), ss2);
            $b = _mm512_rol_epi32::<9>($b);
            $d = tt1;
            $f = _mm512_rol_epi32::<19>($f);
            $h = _mm512_ternarylogic_epi32::<0x96>(
                tt2,
                _mm512_rol_epi32::<9>(tt2),
                _mm512_rol_epi32::<17>(tt2),
            );
        };
    }
    macro_rules! expand {
        ($words:ident, $i:expr) => {
            let x = _mm512_ternarylogic_epi32::<0x96>(
                $words[$i & 15],
                $words[($i + 7) & 15],
                _mm512_rol_epi32::<15>($words[($i + 13) & 15]),
            );
            let permuted =
                _mm512_ternarylogic_epi32::<0x96>(x, _mm512_rol_epi32::<15>(x), _mm512_rol_epi32::<23>(x));
            $words[$i & 15] = _mm512_ternarylogic_epi32::<0x96>(
                permuted,
                _mm512_rol_epi32::<7>($words[($i + 3) & 15]),
                $words[($i + 10) & 15],
            );
        };
    }
    let mut w = words;
    let before = *state;
    let after = rounds!(round, expand, before, w);
    for (own, new) in state.iter_mut().zip(after) {
        *own = _mm512_xor_si512(*own, new);
    }
}
