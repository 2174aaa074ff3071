//! Check characters: ISO/IEC 7064 MOD 11-2 and MOD 37,36, the MOD 11 of GB 11714, and the MOD 31 of GB 32100.
//! Only the arithmetic; which characters take part is each identifier's business.

const DIGITS_AND_LETTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// GB 32100-2015 §5.6: no I, O, S, V, Z.
const CREDIT_CODE: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// ISO/IEC 7064 MOD 11-2 over digits, as GB 11643-1999 uses it.
pub(super) fn mod_11_2(digits: &[u8]) -> Option<u8> {
    let sum = digits.iter().try_fold(0_u32, |sum, digit| {
        digit.is_ascii_digit().then(|| (sum + u32::from(digit - b'0')) * 2 % 11)
    })?;
    let check = (12 - sum) % 11;
    Some(if check == 10 { b'X' } else { b'0' + u8::try_from(check).ok()? })
}

/// ISO/IEC 7064 MOD 37,36 over digits and capitals, as GB/T 36904-2018 uses it.
pub(super) fn mod_37_36(characters: impl Iterator<Item = u8>) -> Option<u8> {
    let mut product = 36;
    for character in characters {
        let value = DIGITS_AND_LETTERS.iter().position(|known| *known == character)?;
        let sum = (product + value) % 36;
        product = if sum == 0 { 36 } else { sum } * 2 % 37;
    }
    DIGITS_AND_LETTERS.get((37 - product) % 36).copied()
}

/// MOD 31 with weights 3^i over the alphabet of GB 32100.
pub(super) fn mod_31(characters: &[u8]) -> Option<u8> {
    let mut weight = 1;
    let mut sum = 0;
    for character in characters {
        let value = CREDIT_CODE.iter().position(|known| known == character)?;
        sum = (sum + value * weight) % 31;
        weight = weight * 3 % 31;
    }
    CREDIT_CODE.get((31 - sum) % 31).copied()
}

/// MOD 11 with the weights of GB 11714-1997 §3.4 over eight digits and capitals.
pub(super) fn mod_11(characters: &[u8]) -> Option<u8> {
    const WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    if characters.len() != WEIGHTS.len() {
        return None;
    }
    let sum = characters.iter().zip(WEIGHTS).try_fold(0, |sum, (character, weight)| {
        let value = DIGITS_AND_LETTERS.iter().position(|known| known == character)?;
        Some(sum + value * weight)
    })?;
    match 11 - sum % 11 {
        10 => Some(b'X'),
        11 => Some(b'0'),
        digit => Some(b'0' + u8::try_from(digit).ok()?),
    }
}
