//! Where requests over HTTP/1.1 end in the bytes that come (RFC 9112 §2, §6, §7.1), as far as it takes to know whether a part of
//! the next header lies there unread. It refuses nothing and decides nothing about requests: what it does not understand it
//! leaves to the server, and from then on knows nothing.

/// Bytes of a header that are looked at. 64 KiB, above every limit of headers that is in use: beyond it, the server refuses.
const HEADER: usize = 64 << 10;
/// Bytes of a line that says how long a chunk is. 256: a number and, at most, an extension that nobody uses.
const CHUNK_LINE: usize = 256;

/// What comes next.
#[derive(Debug)]
enum Expected {
    /// A header, of which so much has come.
    Header(Vec<u8>),
    /// So many bytes of a body, and of what stands between chunks.
    Body { left: u64, chunked: bool },
    /// The line before a chunk, of which so much has come.
    Chunk(Vec<u8>),
    /// The lines after the last chunk, of which so much of the present one has come.
    Trailer(Vec<u8>),
    /// Nobody can say.
    Unknown,
}

/// How far the bytes of a connection have come.
#[derive(Debug)]
pub(super) struct Framing(Expected);

impl Framing {
    pub(super) const fn new() -> Self {
        Self(Expected::Header(Vec::new()))
    }

    /// Whether a header has begun and not ended.
    pub(super) const fn is_in_header(&self) -> bool {
        matches!(&self.0, Expected::Header(begun) if !begun.is_empty())
    }

    /// These bytes have come.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first() {
            bytes = match &mut self.0 {
                Expected::Body { left, chunked } => {
                    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left = left.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
                    if *left == 0 {
                        self.0 = match *chunked {
                            true => Expected::Chunk(Vec::new()),
                            false => Expected::Header(Vec::new()),
                        };
                    }
                    bytes.get(most..).unwrap_or_default()
                }
                Expected::Header(begun) => {
                    // Empty lines before a request count for nothing (RFC 9112 §2.2).
                    if !(begun.is_empty() && matches!(byte, b'\r' | b'\n')) {
                        begun.push(*byte);
                    }
                    let is_over = begun.ends_with(b"\r\n\r\n") || begun.ends_with(b"\n\n");
                    if begun.len() > HEADER {
                        self.0 = Expected::Unknown;
                    } else if is_over {
                        self.0 = after(begun);
                    }
                    rest
                }
                Expected::Chunk(line) => {
                    line.push(*byte);
                    if line.len() > CHUNK_LINE {
                        self.0 = Expected::Unknown;
                    } else if *byte == b'\n' {
                        self.0 = match length_of_chunk(line) {
                            Some(0) => Expected::Trailer(Vec::new()),
                            // With the end of its last line.
                            Some(length) => Expected::Body { left: length.saturating_add(2), chunked: true },
                            None => Expected::Unknown,
                        };
                    }
                    rest
                }
                Expected::Trailer(line) => {
                    line.push(*byte);
                    if line.len() > HEADER {
                        self.0 = Expected::Unknown;
                    } else if *byte == b'\n' {
                        let is_last = line.trim_ascii().is_empty();
                        self.0 = if is_last {
                            Expected::Header(Vec::new())
                        } else {
                            Expected::Trailer(Vec::new())
                        };
                    }
                    rest
                }
                Expected::Unknown => return,
            };
        }
    }
}

/// What comes after `header`.
fn after(header: &[u8]) -> Expected {
    let mut length = None;
    for line in header.split(|byte| *byte == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return match value.eq_ignore_ascii_case(b"chunked") {
                true => Expected::Chunk(Vec::new()),
                false => Expected::Unknown,
            };
        }
        if name.eq_ignore_ascii_case(b"upgrade") {
            return Expected::Unknown;
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            length = Some(std::str::from_utf8(value).ok().and_then(|value| value.parse().ok()));
        }
    }
    match length {
        None | Some(Some(0)) => Expected::Header(Vec::new()),
        Some(Some(left)) => Expected::Body { left, chunked: false },
        Some(None) => Expected::Unknown,
    }
}

fn length_of_chunk(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const POST: &str = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345";
    const CHUNKED: &str = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nG /\r\n\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n";

    fn is_in_header(text: &str) -> bool {
        let mut framing = Framing::new();
        framing.take(text.as_bytes());
        framing.is_in_header()
    }

    #[test]
    fn a_header_is_under_way_from_its_first_byte_to_its_last() {
        for before in [
            String::new(),
            GET.to_owned(),
            POST.to_owned(),
            CHUNKED.to_owned(),
            [GET, POST, CHUNKED, POST].concat(),
        ] {
            assert!(!is_in_header(&before), "{before}");
            assert!(!is_in_header(&format!("{before}\r\n")), "{before}");
            for begun in ["G", "GET / HTTP/1.1\r\nhost: a\r\n", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r"]
            {
                assert!(is_in_header(&format!("{before}{begun}")), "{before}{begun}");
            }
            assert!(!is_in_header(&format!("{before}POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nGET")));
        }
    }

    #[test]
    fn it_makes_no_difference_how_bytes_come() {
        let all = [GET, CHUNKED, POST, "GE"].concat();
        for size in 1..all.len() {
            let mut framing = Framing::new();
            all.as_bytes().chunks(size).for_each(|part| framing.take(part));
            assert!(framing.is_in_header(), "{size}");
        }
    }

    #[test]
    fn what_it_does_not_understand_it_says_nothing_of() {
        for odd in [
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nGET",
            "POST / HTTP/1.1\r\nContent-Length: five\r\n\r\nGET",
            "GET / HTTP/1.1\r\nUpgrade: other\r\n\r\nGET",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nGET",
        ] {
            assert!(!is_in_header(odd), "{odd}");
        }
        let long = "x".repeat(HEADER + 1);
        assert!(!is_in_header(&long));
    }
}
