//! A department system of the demonstration: one request a connection, TLS 1.3 with its own certificate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Error;
use super::forge::TlsCredentials;
use crate::crypto::tls_provider;

/// A system that calls one gateway.
pub struct Caller {
    tls: TlsConnector,
    gateway: SocketAddr,
}

/// What a gateway answered.
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// From the first byte sent to the last received, the handshake left out.
    pub took: Duration,
}

impl Reply {
    /// A member of the body as text, empty if it is not there.
    pub fn text(&self, member: &str) -> &str {
        self.body.get(member).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Caller {
    /// A system with `identity` that trusts the authority `root` (DER).
    pub fn new(identity: &TlsCredentials, root: &[u8], gateway: SocketAddr) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root.to_vec()))?;
        let chain = vec![CertificateDer::from(identity.certificate.clone())];
        let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).map_err(|_| Error::Key)?;
        let config = ClientConfig::builder_with_provider(tls_provider())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)?;
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), gateway })
    }

    /// Posts `body` to `path`.
    pub async fn post(
        &self,
        path: &str,
        media_type: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, Error> {
        let stream = TcpStream::connect(self.gateway).await?;
        // Head and body are written apart; without this the second waits for the first to be acknowledged.
        stream.set_nodelay(true)?;
        let name = ServerName::IpAddress(self.gateway.ip().into());
        let stream = self.tls.connect(name, stream).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut request =
            Request::post(path).header(HOST, self.gateway.to_string()).header(CONTENT_TYPE, media_type);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let start = Instant::now();
        let response: Response<_> = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await?.to_bytes();
        let took = start.elapsed();
        drop(sender);
        // The connection ends with its only sender.
        let _ = connection.await;
        Ok(Reply { status, body: serde_json::from_slice(&bytes)?, took })
    }
}
