//! Opens connections to one upstream: TCP, then TLS unless the upstream is plain.
//! It keeps no connections; the pool above it does.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Endpoint, Security};
use crate::crypto::tls_provider;

/// Opens connections to one endpoint, whatever the request's URI says.
#[derive(Clone)]
pub(super) struct Connector {
    host: Arc<str>,
    port: u16,
    timeout: Duration,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Connector {
    /// A connector to `endpoint`; a connection that is not usable within `timeout` fails.
    pub(super) fn new(endpoint: &Endpoint, timeout: Duration) -> Result<Self, rustls::Error> {
        Self::speaking(&[b"h2", b"http/1.1"], endpoint, timeout)
    }

    /// The same, for HTTP/1.1 alone.
    pub(super) fn http1(endpoint: &Endpoint, timeout: Duration) -> Result<Self, rustls::Error> {
        Self::speaking(&[b"http/1.1"], endpoint, timeout)
    }

    fn speaking(protocols: &[&[u8]], endpoint: &Endpoint, timeout: Duration) -> Result<Self, rustls::Error> {
        let tls = match &endpoint.security {
            Security::Plain => None,
            Security::Tls { server_name, authorities, identity } => {
                let builder = ClientConfig::builder_with_provider(tls_provider())
                    .with_protocol_versions(&[&rustls::version::TLS13])?
                    .with_root_certificates(authorities.roots());
                let mut config = match identity {
                    Some(identity) => builder.with_client_cert_resolver(identity.client_resolver()),
                    None => builder.with_no_client_auth(),
                };
                config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
                // A resumed session would not look at the server's certificate again.
                config.resumption = Resumption::disabled();
                Some((TlsConnector::from(Arc::new(config)), server_name.clone()))
            }
        };
        Ok(Self { host: Arc::from(endpoint.host.as_str()), port: endpoint.port, timeout, tls })
    }

    async fn connect(self) -> io::Result<TokioIo<Stream>> {
        let open = async {
            let tcp = TcpStream::connect((self.host.as_ref(), self.port)).await?;
            // Requests are written whole; waiting for more would only delay them.
            tcp.set_nodelay(true)?;
            match self.tls {
                None => io::Result::Ok(Stream::Plain(tcp)),
                Some((tls, name)) => Ok(Stream::Tls(Box::new(tls.connect(name, tcp).await?))),
            }
        };
        let stream = tokio::time::timeout(self.timeout, open)
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the connection took too long"))??;
        Ok(TokioIo::new(stream))
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Stream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

/// An open connection.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Tls(tls) if tls.get_ref().1.alpn_protocol() == Some(b"h2") => {
                Connected::new().negotiated_h2()
            }
            Self::Plain(_) | Self::Tls(_) => Connected::new(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, data),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
