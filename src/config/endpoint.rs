//! The URL of an upstream, taken apart into where to connect and what to ask for.

use http::Uri;
use http::uri::PathAndQuery;
use rustls_pki_types::ServerName;

use crate::crypto::{TlsAuthorities, TlsIdentity};
use crate::upstream::{Endpoint, Security};

/// What is wrong with a URL in the config.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("`{0}` is no URL with scheme and host")]
    Url(String),
    #[error("`{0}` begins with neither `https://` nor `http://`")]
    Scheme(String),
    #[error("`{0}` is no server name")]
    ServerName(String),
    #[error("`http://` leads beyond this machine; use `https://`, or state `plaintext = true`")]
    Plaintext,
    #[error("the gateways of other provinces are reached by `https://` only")]
    Insecure,
}

/// How an `https://` upstream is trusted, and whether this side shows a certificate.
pub(super) struct Trust<'a> {
    pub(super) server_name: Option<&'a str>,
    pub(super) authorities: TlsAuthorities,
    pub(super) identity: Option<TlsIdentity>,
}

/// Whether `http://` is accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plaintext {
    Never,
    OnThisMachine,
    Anywhere,
}

/// Takes `url` apart.
pub(super) fn parse(
    url: &str,
    trust: Trust<'_>,
    plaintext: Plaintext,
) -> Result<(Endpoint, PathAndQuery), Error> {
    let bad = || Error::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| bad())?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(bad)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let path = uri.path_and_query().cloned().ok_or_else(bad)?;
    let (port, security) = match uri.scheme_str() {
        Some("https") => {
            let name = trust.server_name.unwrap_or(&host).to_owned();
            let server_name = ServerName::try_from(name.clone()).map_err(|_| Error::ServerName(name))?;
            (443, Security::Tls { server_name, authorities: trust.authorities, identity: trust.identity })
        }
        Some("http") => {
            let here = host == "localhost"
                || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
            match plaintext {
                Plaintext::Never => return Err(Error::Insecure),
                Plaintext::OnThisMachine if !here => return Err(Error::Plaintext),
                Plaintext::OnThisMachine | Plaintext::Anywhere => (80, Security::Plain),
            }
        }
        _ => return Err(Error::Scheme(url.to_owned())),
    };
    Ok((Endpoint { host, port: uri.port_u16().unwrap_or(port), security }, path))
}
