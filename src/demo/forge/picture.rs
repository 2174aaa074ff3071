//! The picture on a seal: a red ring with a star, drawn by arithmetic and written as PNG (ISO/IEC 15948).
//! It carries no text, so that no font is needed.

use std::f64::consts::TAU;
use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use super::Error;

/// A picture as a seal carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// `PNG` and the like, as the seal writes it.
    pub format: String,
    /// The file.
    pub data: Vec<u8>,
    /// Width in millimeters.
    pub width: u16,
    /// Height in millimeters.
    pub height: u16,
}

/// Points along one side; 40 mm at about 100 points an inch.
const SIDE: u16 = 160;
/// Millimeters of an organization's round seal (国发〔1999〕25号: at most 42 for a department of a province).
const MILLIMETERS: u16 = 40;

impl Picture {
    /// The round seal of an organization: ring and five-pointed star in red on nothing.
    pub fn round_seal() -> Result<Self, Error> {
        Ok(Self { format: "PNG".to_owned(), data: png()?, width: MILLIMETERS, height: MILLIMETERS })
    }
}

fn png() -> Result<Vec<u8>, Error> {
    let side = u32::from(SIDE).to_be_bytes();
    // Four bits a point, each an index into sixteen reds from clear to solid.
    let header = [&side[..], &side, &[4, 3, 0, 0, 0]].concat();
    let palette = [200, 16, 16].repeat(16);
    let opacity: Vec<u8> = (0..16_u8).map(|step| step * 17).collect();
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in 0..SIDE {
        let mut line = vec![0];
        for column in (0..SIDE).step_by(2) {
            line.push(coverage(column, row) << 4 | coverage(column + 1, row));
        }
        pixels.write_all(&line)?;
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header)?;
    chunk(&mut file, b"PLTE", &palette)?;
    chunk(&mut file, b"tRNS", &opacity)?;
    chunk(&mut file, b"IDAT", &pixels.finish()?)?;
    chunk(&mut file, b"IEND", &[])?;
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) -> Result<(), Error> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(content);
    let length = u32::try_from(content.len()).map_err(|_| Error::TooLarge)?;
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(kind);
    file.extend_from_slice(content);
    file.extend_from_slice(&crc.sum().to_be_bytes());
    Ok(())
}

/// How much of a point is ink, 0 to 15, from 16 samples.
fn coverage(column: u16, row: u16) -> u8 {
    let mut inked = 0;
    for sample in 0..16_u16 {
        let at = |point: u16, part: u16| {
            (f64::from(point) + (f64::from(part) + 0.5) / 4.0) / f64::from(SIDE) * 2.0 - 1.0
        };
        inked += u8::from(is_inked(at(column, sample % 4), at(row, sample / 4)));
    }
    inked.min(15)
}

/// In coordinates from -1 to 1, y downwards.
fn is_inked(x: f64, y: f64) -> bool {
    let distance = x.hypot(y);
    (0.90..=0.97).contains(&distance) || in_star(x, y, 0.36)
}

/// Whether the point lies in the upright pentagram of that radius: inside at least four of its five lines.
fn in_star(x: f64, y: f64, radius: f64) -> bool {
    // Each line of a pentagram faces a tip, at cos 72° of the radius from the center.
    let distance = radius * (TAU / 5.0).cos();
    let inside = (0..5).filter(|line| {
        let angle = TAU * (f64::from(*line) / 5.0 + 0.75);
        x.mul_add(angle.cos(), y * angle.sin()) <= distance
    });
    inside.count() >= 4
}
