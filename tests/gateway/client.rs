//! A department's system: HTTP over mutual TLS, or over nothing for the operators' port.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{AlertDescription, ClientConfig, HandshakeKind, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tongban::crypto::tls_provider;
use tongban::demo::forge::{TlsAuthority, TlsCredentials};

use crate::world::{NAME, PATIENCE, SUBJECT};

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Client {
    tls: TlsConnector,
    address: SocketAddr,
}

impl Client {
    /// A client that shows `identity` and speaks `protocol` (`h2` or `http/1.1`).
    pub(crate) fn new(
        authority: &TlsAuthority,
        identity: Option<&TlsCredentials>,
        address: SocketAddr,
        protocol: &str,
    ) -> Self {
        Self::trusting(authority.certificate(), identity, address, protocol)
    }

    /// The same, with the authority's certificate in DER.
    pub(crate) fn trusting(
        authority: &[u8],
        identity: Option<&TlsCredentials>,
        address: SocketAddr,
        protocol: &str,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.to_vec())).unwrap();
        let builder = ClientConfig::builder_with_provider(tls_provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            Some(identity) => {
                let chain = CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes());
                let chain = chain.collect::<Result<_, _>>().unwrap();
                let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        Self { tls: TlsConnector::from(Arc::new(config)), address }
    }

    pub(crate) async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        self.shake_hands(TcpStream::connect(self.address).await?).await
    }

    /// A connection that takes in no more than about `bytes` before they are read.
    pub(crate) async fn connect_with_window(&self, bytes: u32) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(bytes)?;
        self.shake_hands(socket.connect(self.address).await?).await
    }

    async fn shake_hands(&self, tcp: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.tls.connect(ServerName::try_from("localhost").unwrap(), tcp).await
    }

    /// Reads until the gateway has ended a connection on which nothing was asked.
    pub(crate) async fn until_refused(&self, mut stream: TlsStream<TcpStream>) {
        while stream.read(&mut [0; 256]).await.is_ok_and(|read| read > 0) {}
    }

    /// The alert with which the gateway ends the connection. The client's side of a handshake is done before the gateway
    /// has looked at its certificate, so the alert comes with the first read.
    pub(crate) async fn alert(&self) -> AlertDescription {
        let ended = match self.connect().await {
            Ok(mut stream) => stream.read(&mut [0]).await.unwrap_err(),
            Err(error) => error,
        };
        let cause = ended.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
        match cause {
            Some(rustls::Error::AlertReceived(alert)) => *alert,
            _ => panic!("no alert: {ended:?}"),
        }
    }

    /// Sends one request over a connection of its own.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Reply, String> {
        let (parts, body) = self.exchange(method, path, headers, body.into()).await?;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// The same for an answer that is not one JSON text.
    pub(crate) async fn send_text(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<String, String> {
        let (_, body) = self.exchange(method, path, headers, body.into()).await?;
        String::from_utf8(body.to_vec()).map_err(|error| error.to_string())
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<(http::response::Parts, Bytes), String> {
        let stream = self.connect().await.map_err(|error| error.to_string())?;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let uri = if is_http2 { format!("https://localhost{path}") } else { path.to_owned() };
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(uri);
        if !is_http2 {
            request = request.header("host", "localhost");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).unwrap();
        let io = TokioIo::new(stream);
        let response = if is_http2 {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.map_err(text)?;
            tokio::spawn(connection);
            sender.send_request(request).await
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.map_err(text)?;
            tokio::spawn(connection);
            sender.send_request(request).await
        };
        let (parts, body) = response.map_err(text)?.into_parts();
        Ok((parts, body.collect().await.map_err(text)?.to_bytes()))
    }

    /// Posts `body` as JSON.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string()).await.unwrap()
    }
}

/// One connection that is kept.
pub(crate) struct Kept {
    sender: Sender,
    connection: JoinHandle<()>,
    pub(crate) is_resumed: bool,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Client {
    /// Opens a connection to keep.
    pub(crate) async fn keep(&self) -> std::io::Result<Kept> {
        let stream = self.connect().await?;
        let (_, session) = stream.get_ref();
        let is_resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
        let is_http2 = session.alpn_protocol() == Some(b"h2");
        let io = TokioIo::new(stream);
        let (sender, connection) = if is_http2 {
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), io).await.map_err(std::io::Error::other)?;
            (Sender::Http2(sender), tokio::spawn(async move { drop(connection.await) }))
        } else {
            let (sender, connection) = http1::handshake(io).await.map_err(std::io::Error::other)?;
            (Sender::Http1(sender), tokio::spawn(async move { drop(connection.await) }))
        };
        Ok(Kept { sender, connection, is_resumed })
    }
}

impl Kept {
    /// Posts `body` as JSON. Fails if the connection has ended.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Result<Reply, hyper::Error> {
        let request = Request::post(match &self.sender {
            Sender::Http1(_) => path.to_owned(),
            Sender::Http2(_) => format!("https://localhost{path}"),
        });
        let request = request.header("content-type", "application/json");
        let body = Full::new(Bytes::from(body.to_string()));
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request.header("host", "localhost").body(body).unwrap()).await?
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request.body(body).unwrap()).await?
            }
        };
        let (parts, body) = response.into_parts();
        let body = serde_json::from_slice(&body.collect().await?.to_bytes()).unwrap_or(Value::Null);
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// Waits until the gateway has ended the connection.
    pub(crate) async fn ended(self) {
        // Dropping the sender would end it from this side.
        let Self { sender: _sender, connection, .. } = self;
        tokio::time::timeout(PATIENCE, connection).await.expect("left open").unwrap();
    }
}

fn text(error: hyper::Error) -> String {
    error.to_string()
}

/// A whole and permitted question about insurance; tests take away from it.
pub(crate) fn question() -> Value {
    json!({
        "context": {
            "purpose": "public_rental_housing", "use_cause": "公租房资格审核", "matter": "990700001000",
            "case": "GZ-2026-000123", "operator": "zhang.san", "channel": "counter",
            "subject": SUBJECT, "basis": "statute"
        },
        "query": { "aac003": NAME, "aac058": "01", "aac147": SUBJECT }
    })
}

/// A plain GET to the operators' port: status and text.
pub(crate) async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    plain(address, Request::builder().uri(path), Bytes::new()).await
}

/// A POST of `body` to the operators' port, with `token` if there is one.
pub(crate) async fn operate(
    address: SocketAddr,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> (u16, String) {
    let mut request = Request::builder().method(Method::POST).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    plain(address, request, Bytes::from(body.to_string())).await
}

async fn plain(address: SocketAddr, request: http::request::Builder, body: Bytes) -> (u16, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = request.header("host", "localhost").body(Full::new(body)).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
}
