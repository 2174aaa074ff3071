//! The server side of TLS: version 1.3 only, and no connection without a client certificate that is trusted now.
//! Which system a certificate belongs to is not decided here.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ServerSessionMemoryCache, StoresServerSessions};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, PeerIncompatible, ServerConfig,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use tokio_rustls::TlsAcceptor;

use super::credential::Credentials;
use crate::crypto::{TlsIdentity, tls_provider};
use crate::rulebook::{Distrust, Rulebook};

/// Bytes of names of authorities that clients are told, to choose a certificate by. 16 KiB: over a hundred authorities, and a
/// quarter of what the message could hold; with more, none is told, and clients show what they have.
const HINT_BYTES: usize = 16 << 10;

/// Tickets for each full handshake. 2, rustls' own number: a client that opens two connections at once resumes both. A resumed
/// one gets new ones.
const TICKETS: usize = 2;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not to be had with these settings.
    #[error("TLS 1.3 cannot be set up")]
    Settings(#[from] rustls::Error),
    /// There are no threads for handshakes.
    #[error("no threads for handshakes can be started")]
    Threads(#[source] std::io::Error),
}

/// Shakes hands, always by what is published now.
pub(super) struct Acceptor {
    identity: TlsIdentity,
    credentials: Arc<Credentials>,
    sessions: Option<Arc<dyn StoresServerSessions>>,
    /// With the generation whose authorities it names.
    current: Mutex<(u64, TlsAcceptor)>,
}

impl Acceptor {
    /// An acceptor that shows `identity`, and keeps as many `sessions` to be resumed.
    pub(super) fn new(
        identity: TlsIdentity,
        credentials: Arc<Credentials>,
        sessions: usize,
    ) -> Result<Self, Error> {
        let sessions =
            (sessions > 0).then(|| ServerSessionMemoryCache::new(sessions) as Arc<dyn StoresServerSessions>);
        let rulebook = credentials.rulebook();
        let first = acceptor(&identity, &credentials, sessions.as_ref(), &rulebook)?;
        let current = Mutex::new((rulebook.generation, first));
        Ok(Self { identity, credentials, sessions, current })
    }

    /// Whose clients these are.
    pub(super) const fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// For the next connection.
    pub(super) fn current(&self) -> TlsAcceptor {
        let rulebook = self.credentials.rulebook();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 != rulebook.generation
            // The same parts made the first one, so it does not fail; if it did, only the names told would be old.
            && let Ok(next) = acceptor(&self.identity, &self.credentials, self.sessions.as_ref(), &rulebook)
        {
            *current = (rulebook.generation, next);
        }
        current.1.clone()
    }
}

fn acceptor(
    identity: &TlsIdentity,
    credentials: &Arc<Credentials>,
    sessions: Option<&Arc<dyn StoresServerSessions>>,
    rulebook: &Rulebook,
) -> Result<TlsAcceptor, rustls::Error> {
    let provider = tls_provider();
    let verifier = ClientVerifier {
        credentials: Arc::clone(credentials),
        hints: hints(rulebook),
        provider: Arc::clone(&provider),
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(identity.server_resolver());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Sessions stay here, each is used once, and a ticket is only its name: nothing that a client keeps vouches for it. The
    // chain that it showed is part of the session, and is judged again by whoever takes up the connection.
    match sessions {
        Some(sessions) => {
            config.session_storage = Arc::clone(sessions);
            config.send_tls13_tickets = TICKETS;
        }
        None => config.send_tls13_tickets = 0,
    }
    // Early data could be replayed, and every request here is recorded and counted.
    config.max_early_data_size = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The names of the authorities, if there are not too many.
fn hints(rulebook: &Rulebook) -> Vec<DistinguishedName> {
    let names: Vec<_> = rulebook.clients.authority_names().map(<[u8]>::to_vec).collect();
    let bytes: usize = names.iter().map(Vec::len).sum();
    if bytes > HINT_BYTES { Vec::new() } else { names.into_iter().map(DistinguishedName::from).collect() }
}

/// Judges clients in full handshakes, by the rules that hold then.
struct ClientVerifier {
    credentials: Arc<Credentials>,
    hints: Vec<DistinguishedName>,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for ClientVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientVerifier").field("hints", &self.hints.len()).finish_non_exhaustive()
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain: Vec<&[u8]> = std::iter::once(end_entity).chain(intermediates).map(AsRef::as_ref).collect();
        match self.credentials.judge_handshake(&chain) {
            Ok(()) => Ok(ClientCertVerified::assertion()),
            Err(distrust) => Err(told(&distrust).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The alert that a client is told (RFC 8446 §6.2), as rustls knows it by its cause.
fn told(distrust: &Distrust) -> CertificateError {
    match distrust {
        Distrust::Malformed(_) => CertificateError::BadEncoding,
        Distrust::Uncertified => CertificateError::UnknownIssuer,
        Distrust::OutOfDate => CertificateError::Expired,
        Distrust::Revoked => CertificateError::Revoked,
        Distrust::RevocationOpen(_) => CertificateError::UnknownRevocationStatus,
        Distrust::Unfit(_) | Distrust::Weak => CertificateError::InvalidPurpose,
        Distrust::Costly(_) => CertificateError::ApplicationVerificationFailure,
    }
}
