//! Where lists and answers about revocation come from, as officers state it for an anchor. Nothing is fetched here.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Uri;

/// A source of lists or answers about revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationSource {
    /// Where it is.
    pub place: Place,
    /// How often it is looked at.
    pub every: Duration,
    /// What it gives.
    pub format: RevocationFormat,
}

/// What a source gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationFormat {
    /// Lists (CRL, RFC 5280 §5).
    #[default]
    Crl,
    /// Responses (OCSP, RFC 6960), from a responder or kept in a file.
    Ocsp,
}

impl RevocationFormat {
    /// The format called `name`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "crl" => Some(Self::Crl),
            "ocsp" => Some(Self::Ocsp),
            _ => None,
        }
    }
}

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An address.
    Url(SourceUrl),
    /// A file of this machine, put there by others; the path is absolute.
    File(PathBuf),
}

/// An address with scheme `http` or `https` and a host, and without user or fragment.
///
/// Plain `http` is fine: lists and answers carry signatures of their own (RFC 5280 §8 wants no `https` for them).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceUrl(Uri);

/// What is wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Not such an address.
    #[error("`{0}` is no address that begins with `http://` or `https://` and names a host")]
    Url(String),
    /// Not such a path.
    #[error("`{0}` is no absolute path; a gateway may be started anywhere")]
    Path(String),
    /// Too often or too seldom.
    #[error("a source is looked at every 1m to 7d")]
    Every,
}

impl SourceUrl {
    /// Parses an address.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let bad = || SourceError::Url(text.to_owned());
        // `Uri` drops a fragment without a word.
        let uri: Uri = text
            .parse()
            .map_err(|_| bad())
            .and_then(|uri| if text.contains('#') { Err(bad()) } else { Ok(uri) })?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri
            .authority()
            .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
        if known && host { Ok(Self(uri)) } else { Err(bad()) }
    }

    /// The address.
    pub const fn uri(&self) -> &Uri {
        &self.0
    }
}

impl RevocationSource {
    /// A minute: authorities make lists hours apart, and many gateways ask the same one.
    pub const LEAST_EVERY: Duration = Duration::from_secs(60);
    /// A week: lists seldom last longer, and a revocation that is known for a week should be known here.
    pub const MOST_EVERY: Duration = Duration::from_secs(7 * 86_400);
    /// An hour, unless it is stated: what is revoked in the morning is known to the counters before noon.
    pub const USUAL_EVERY: Duration = Duration::from_secs(3_600);

    /// The source at `place`, looked at `every` so often.
    pub fn new(place: Place, every: Duration, format: RevocationFormat) -> Result<Self, SourceError> {
        Self::check_every(every).map(|()| Self { place, every, format })
    }

    /// Whether a source may be looked at every so often.
    pub fn check_every(every: Duration) -> Result<(), SourceError> {
        let sensible = (Self::LEAST_EVERY..=Self::MOST_EVERY).contains(&every);
        if sensible { Ok(()) } else { Err(SourceError::Every) }
    }
}

impl Place {
    /// The file at `path`, which must be absolute.
    pub fn file(path: &str) -> Result<Self, SourceError> {
        match Path::new(path).is_absolute() {
            true => Ok(Self::File(PathBuf::from(path))),
            false => Err(SourceError::Path(path.to_owned())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.0.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_scheme_and_a_host() {
        for good in
            ["http://crl.example/a.crl", "https://crl.example:8443/a?b=c", "http://[::1]/x", "http://h"]
        {
            assert!(SourceUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "crl.example/a",
            "ldap://crl.example/a",
            "http:///a",
            "http://u@h/a",
            "http://h/a#b",
            "/a",
            "file:///a",
        ] {
            assert_eq!(SourceUrl::parse(bad), Err(SourceError::Url(bad.to_owned())), "{bad}");
        }
        assert!(Place::file("/srv/a.crl").is_ok() && Place::file("a.crl").is_err());
    }

    #[test]
    fn nobody_is_asked_every_second() {
        let source = |seconds| {
            let place = Place::file("/srv/a.crl").unwrap();
            RevocationSource::new(place, Duration::from_secs(seconds), RevocationFormat::Crl).is_ok()
        };
        assert_eq!([59, 60, 604_800, 604_801].map(source), [false, true, true, false]);
    }
}
