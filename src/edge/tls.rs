//! The server side of TLS: version 1.3 only, and no connection without a client certificate.
//! Which system a certificate belongs to is not decided here.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};

use crate::crypto::{TlsAuthorities, TlsIdentity, tls_provider};

/// Who this gateway is, and who may certify its callers. In the config under `[tls]`.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The gateway's own certificate and key.
    pub identity: TlsIdentity,
    /// The authorities that issue certificates to systems and to other gateways.
    pub client_authorities: TlsAuthorities,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No verifier can be built from the client authorities.
    #[error("the client authorities cannot be used")]
    ClientAuthorities(#[from] VerifierBuilderError),
    /// The provider does not support TLS 1.3.
    #[error("TLS 1.3 cannot be set up")]
    Version(#[from] rustls::Error),
}

/// The settings that connections are accepted with.
pub(super) fn server_config(tls: &Tls) -> Result<Arc<ServerConfig>, Error> {
    let provider = tls_provider();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(tls.client_authorities.roots(), Arc::clone(&provider))
            .build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(tls.identity.server_resolver());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session would not look at the client's certificate again, and callers keep their connections.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    // Early data could be replayed, and every request here is recorded and counted.
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}
