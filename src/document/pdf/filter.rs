//! Decodes the streams that hold structure: cross-references and objects (ISO 32000-2 §7.4.4).
//! Only FlateDecode and its predictors, which is what writers use there; content and pictures are never decoded.

use flate2::{Decompress, FlushDecompress, Status};

use super::Fault;
use super::object::{Dictionary, Object};
use crate::budget::{Budget, Resource, within};

/// Below this size the ratio is not looked at: a table of equal entries shrinks without limit.
const RATIO_FREE: u64 = 1 << 20;
/// Inflated at a time, so that a bomb is noticed before it has grown.
const STEP: usize = 1 << 16;

/// Decodes `data` as `dictionary` says.
pub(super) fn decode(dictionary: &Dictionary, data: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Fault> {
    let (filter, parameters) = match (dictionary.get("Filter"), dictionary.get("DecodeParms")) {
        (Object::Null, _) => {
            budget.pdf_bytes(data.len() as u64)?;
            return Ok(data.to_vec());
        }
        (Object::Array(filters), parameters) => match (filters.as_slice(), parameters) {
            ([filter], Object::Array(parameters)) => (filter, parameters.first().unwrap_or(&Object::Null)),
            ([filter], parameters) => (filter, parameters),
            _ => return Err(Fault::Unsupported("a chain of filters")),
        },
        single => single,
    };
    if !filter.is_name("FlateDecode") {
        return Err(Fault::Unsupported("a filter other than FlateDecode"));
    }
    let inflated = inflate(data, budget)?;
    match parameters {
        Object::Null => Ok(inflated),
        Object::Dictionary(parameters) => predict(inflated, parameters),
        _ => Err(Fault::Unsupported("parameters of a filter that are no dictionary")),
    }
}

fn inflate(data: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Fault> {
    let limits = *budget.limits();
    let mut inflater = Decompress::new(true);
    let mut inflated = Vec::new();
    loop {
        let consumed = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let before = inflated.len();
        inflated.reserve(STEP);
        let input = data.get(consumed..).unwrap_or_default();
        let status = inflater
            .decompress_vec(input, &mut inflated, FlushDecompress::None)
            .map_err(|_| Fault::Filter("compressed data are damaged"))?;
        let (grown, size) = ((inflated.len() - before) as u64, inflated.len() as u64);
        budget.pdf_bytes(grown)?;
        within(size, limits.entry_bytes, Resource::EntryBytes)?;
        let ratio = if size <= RATIO_FREE { 0 } else { size / (data.len() as u64).max(1) };
        within(ratio, limits.ratio, Resource::Ratio)?;
        match status {
            Status::StreamEnd => {
                // Growing by doubling leaves up to half of it unused, for as long as an object stream is kept.
                inflated.shrink_to_fit();
                return Ok(inflated);
            }
            Status::Ok if grown > 0 || inflater.total_in() as usize > consumed => {}
            _ => return Err(Fault::Filter("compressed data are cut off")),
        }
    }
}

/// Undoes a predictor (§7.4.4.4).
fn predict(data: Vec<u8>, parameters: &Dictionary) -> Result<Vec<u8>, Fault> {
    let small = |key: &str, default: usize| match parameters.get(key) {
        Object::Null => Ok(default),
        Object::Integer(number @ 1..=65_535) => Ok(usize::try_from(*number).unwrap_or(default)),
        _ => Err(Fault::Filter("a predictor's parameter is out of range")),
    };
    match small("Predictor", 1)? {
        1 => return Ok(data),
        10..=15 => {}
        _ => return Err(Fault::Unsupported("a predictor that is not PNG's")),
    }
    let bits = small("Colors", 1)?.saturating_mul(small("BitsPerComponent", 8)?);
    let row = bits.saturating_mul(small("Columns", 1)?).div_ceil(8);
    let pixel = bits.div_ceil(8);
    // Before room is made for a row, whose stated length could be any.
    if row >= data.len() {
        let cut_off = Fault::Filter("a predictor's last row is cut off");
        return if data.is_empty() { Ok(data) } else { Err(cut_off) };
    }
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0; row];
    for line in data.chunks(row + 1) {
        let Some((&kind, encoded)) = line.split_first() else { break };
        if encoded.len() != row {
            return Err(Fault::Filter("a predictor's last row is cut off"));
        }
        let mut current: Vec<u8> = Vec::with_capacity(row);
        for (index, &byte) in encoded.iter().enumerate() {
            let at =
                |row: &[u8], index: Option<usize>| index.and_then(|at| row.get(at)).map_or(0, |byte| *byte);
            let back = index.checked_sub(pixel);
            let (left, up, corner) = (at(&current, back), at(&above, Some(index)), at(&above, back));
            let predicted = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return Err(Fault::Filter("a predictor's row has an unknown kind")),
            };
            current.push(byte.wrapping_add(predicted));
        }
        out.extend_from_slice(&current);
        above = current;
    }
    Ok(out)
}

/// PNG (ISO/IEC 15948) §9.4.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |from: u8| (estimate - i16::from(from)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}
