//! The compression function of SM3, GB/T 32905-2016 §5.3: its constants, and one message at a time.

#![expect(clippy::indexing_slicing, reason = "numbers of rounds and words are constants")]

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

/// §4.1.
pub(super) const INITIAL: [u32; 8] =
    [0x7380_166F, 0x4914_B2B9, 0x1724_42D7, 0xDA8A_0600, 0xA96F_30BC, 0x1631_38AA, 0xE38D_EE4D, 0xB0FB_0E4E];

/// T_j <<< (j mod 32), §4.2.
pub(super) const ROTATED: [u32; 64] = {
    let mut rotated = [0; 64];
    let mut round = 0;
    while round < 64 {
        let constant: u32 = if round < 16 { 0x79CC_4519 } else { 0x7A87_9D8A };
        rotated[round as usize] = constant.rotate_left(round % 32);
        round += 1;
    }
    rotated
};

/// The 64 rounds, for words of any kind: `$round` takes the eight registers under the names that their parts in the round call
/// for, the number of the round, and the words W_j and W_{j+4}; `$expand` makes word j + 8 of the message, in place of word j − 8:
/// four rounds before it is needed, so that the last rounds, which wait for one another, leave room for the start of the next block.
///
/// In place of moving eight registers on, each round gives d and h their new values and the names move on; after four rounds they
/// are back.
macro_rules! rounds {
    ($round:ident, $expand:ident, $state:ident, $w:ident) => {{
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = $state;
        macro_rules! four {
            ($low:ident $extend:ident $j:literal) => {
                $round!($low a b c d e f g h, $j, $w[$j & 15], $w[($j + 4) & 15]);
                $extend!($w, $j + 8);
                $round!($low d a b c h e f g, $j + 1, $w[($j + 1) & 15], $w[($j + 5) & 15]);
                $extend!($w, $j + 9);
                $round!($low c d a b g h e f, $j + 2, $w[($j + 2) & 15], $w[($j + 6) & 15]);
                $extend!($w, $j + 10);
                $round!($low b c d a f g h e, $j + 3, $w[($j + 3) & 15], $w[($j + 7) & 15]);
                $extend!($w, $j + 11);
            };
        }
        // Words 8 to 15 are the block's own, and 67 is the last.
        macro_rules! keep {
            ($words:ident, $i:expr) => {};
        }
        four!(low keep 0);
        four!(low keep 4);
        four!(low $expand 8);
        four!(low $expand 12);
        four!(high $expand 16);
        four!(high $expand 20);
        four!(high $expand 24);
        four!(high $expand 28);
        four!(high $expand 32);
        four!(high $expand 36);
        four!(high $expand 40);
        four!(high $expand 44);
        four!(high $expand 48);
        four!(high $expand 52);
        four!(high $expand 56);
        four!(high keep 60);
        [a, b, c, d, e, f, g, h]
    }};
}
#[cfg(target_arch = "x86_64")]
pub(super) use rounds;

/// Takes one block in.
#[inline]
pub(super) fn compress(state: &mut [u32; 8], block: &[u8; BLOCK]) {
    let mut w = [0_u32; 16];
    for (word, bytes) in w.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    macro_rules! ff {
        (low $x:ident $y:ident $z:ident) => {
            $x ^ $y ^ $z
        };
        // The majority; the terms have no bit in common, and what does not wait for x, the newest word, is computed ahead.
        (high $x:ident $y:ident $z:ident) => {
            ($x & ($y ^ $z)).wrapping_add($y & $z)
        };
    }
    macro_rules! gg {
        (low $x:ident $y:ident $z:ident) => {
            $x ^ $y ^ $z
        };
        (high $x:ident $y:ident $z:ident) => {
            ($y ^ $z) & $x ^ $z
        };
    }
    macro_rules! round {
        ($low:ident $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $j:expr, $w:expr, $w4:expr) => {
            let a12 = $a.rotate_left(12);
            let ss1 = a12.wrapping_add(ROTATED[$j]).wrapping_add($e).rotate_left(7);
            let tt1 = $d.wrapping_add($w ^ $w4).wrapping_add(ff!($low $a $b $c)).wrapping_add(ss1 ^ a12);
            let tt2 = $h.wrapping_add($w).wrapping_add(gg!($low $e $f $g)).wrapping_add(ss1);
            $b = $b.rotate_left(9);
            $d = tt1;
            $f = $f.rotate_left(19);
            $h = tt2 ^ tt2.rotate_left(9) ^ tt2.rotate_left(17);
        };
    }
    macro_rules! expand {
        ($words:ident, $i:expr) => {
            let x = $words[$i & 15] ^ $words[($i + 7) & 15] ^ $words[($i + 13) & 15].rotate_left(15);
            let permuted = x ^ x.rotate_left(15) ^ x.rotate_left(23);
            $words[$i & 15] = permuted ^ $words[($i + 3) & 15].rotate_left(7) ^ $words[($i + 10) & 15];
        };
    }
    let before = *state;
    let after = rounds!(round, expand, before, w);
    for (own, new) in state.iter_mut().zip(after) {
        *own ^= new;
    }
}
