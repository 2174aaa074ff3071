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
    #[error("this is reached by `https://` only")]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str, plaintext: Plaintext) -> Result<(Endpoint, PathAndQuery), Error> {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let authorities = TlsAuthorities::parse(certificate.pem().as_bytes()).unwrap();
        parse(url, Trust { server_name: None, authorities, identity: None }, plaintext)
    }

    #[test]
    fn urls_are_taken_apart() {
        let (endpoint, path) = parsed("https://hn.example:8443/asked?kind=1", Plaintext::Never).unwrap();
        assert_eq!(
            (endpoint.host.as_str(), endpoint.port, path.as_str()),
            ("hn.example", 8443, "/asked?kind=1")
        );
        assert!(matches!(endpoint.security, Security::Tls { .. }));
        let (endpoint, path) = parsed("http://[::1]", Plaintext::OnThisMachine).unwrap();
        assert_eq!((endpoint.host.as_str(), endpoint.port, path.as_str()), ("::1", 80, "/"));
        assert!(matches!(endpoint.security, Security::Plain));
    }

    #[test]
    fn personal_data_leave_this_machine_encrypted_unless_stated() {
        let away = "http://10.0.0.1/";
        assert!(matches!(parsed(away, Plaintext::OnThisMachine), Err(Error::Plaintext)));
        assert!(matches!(parsed("http://localhost/", Plaintext::Never), Err(Error::Insecure)));
        parsed(away, Plaintext::Anywhere).unwrap();
        for bad in ["", "/path", "ftp://host/", "https://", "host:1"] {
            parsed(bad, Plaintext::Anywhere).unwrap_err();
        }
    }
}
