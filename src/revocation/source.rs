//! Reads one source: a file, or an address over HTTP, bounded in size and time. What it gives is not looked at here.

use std::time::Duration;

use bytes::Bytes;

use super::problem::Fault;
use crate::crypto::TlsAuthorities;
use crate::pki::{Place, SourceUrl};
use crate::trust::disk;
use crate::upstream::{BadAnswer, Endpoint, Error, Fetched, Security, Validators, fetch_changed};

/// How sources are read.
#[derive(Clone, Debug)]
pub(super) struct Means {
    /// Who certifies the servers of `https` sources.
    pub(super) authorities: TlsAuthorities,
    /// Bytes of one answer.
    pub(super) limit: u64,
    /// How long one may take.
    pub(super) within: Duration,
}

/// What `place` gives, with what tells a change of it; nothing if that is what it was by `since`.
pub(super) async fn read(
    place: &Place,
    since: &Validators,
    means: &Means,
) -> Result<Option<(Bytes, Validators)>, Fault> {
    match place {
        Place::File(path) => {
            let (path, limit) = (path.clone(), means.limit);
            let read = tokio::task::spawn_blocking(move || disk::read(&path, limit)).await;
            match read.map_err(|_| Fault::CutShort)? {
                Ok(Some(bytes)) => Ok(Some((bytes.into(), Validators::default()))),
                Ok(None) => Err(Fault::Absent),
                Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Err(Fault::TooLarge),
                Err(error) => Err(Fault::Unreadable(error)),
            }
        }
        Place::Url(url) => {
            let (endpoint, path) = endpoint(url, &means.authorities).ok_or(Fault::Address)?;
            let limit = usize::try_from(means.limit).unwrap_or(usize::MAX);
            match fetch_changed(&endpoint, &path, since, limit, means.within).await {
                Ok(Fetched::Whole(bytes, validators)) => Ok(Some((bytes, validators))),
                Ok(Fetched::Unchanged) => Ok(None),
                Ok(Fetched::Absent) => Err(Fault::Absent),
                Err(Error::BadAnswer(BadAnswer::TooLarge)) => Err(Fault::TooLarge),
                Err(error) => Err(Fault::Unreachable(error)),
            }
        }
    }
}

/// Where to connect for `url`, and what to ask for.
fn endpoint(url: &SourceUrl, authorities: &TlsAuthorities) -> Option<(Endpoint, String)> {
    let uri = url.uri();
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (port, security) = match uri.scheme_str() {
        Some("https") => {
            let server_name = host.clone().try_into().ok()?;
            (443, Security::Tls { server_name, authorities: authorities.clone(), identity: None })
        }
        // What comes is signed by the authority, whoever brings it.
        _ => (80, Security::Plain),
    };
    Some((Endpoint { host, port: uri.port_u16().unwrap_or(port), security }, path))
}
