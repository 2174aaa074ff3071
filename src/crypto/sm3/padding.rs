//! The padding of SM3, GB/T 32905-2016 §5.2.

use super::compress::BLOCK;

/// Pads a message of `length` bytes whose last `filled` bytes, fewer than a block, stand at the front of `blocks`: a one bit,
/// zeros, and the length in bits, modulo 2^64. How many blocks that makes.
pub(super) fn padding(blocks: &mut [[u8; BLOCK]; 2], filled: usize, length: u64) -> usize {
    let count = if filled < BLOCK - 8 { 1 } else { 2 };
    let bytes = blocks.as_flattened_mut();
    let (_, free) = bytes.split_at_mut(filled);
    free.fill(0);
    if let Some(first) = free.first_mut() {
        *first = 0x80;
    }
    let end = count * BLOCK;
    if let Some(place) = bytes.get_mut(end - 8..end) {
        place.copy_from_slice(&length.wrapping_mul(8).to_be_bytes());
    }
    count
}
