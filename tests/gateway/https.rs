//! A publication that is read from an HTTPS address.

use std::fs;
use std::path::PathBuf;

use tongban::clock::{Clock, SystemClock};
use tongban::demo::forge::Validity;
use tongban::gateway::Prepared;

use crate::trust::{DAY, Site, suspend};
use crate::world::{Files, HOUSING};

/// Serves a directory over HTTPS, one request a connection, until the test ends.
async fn serve_files(files: &Files, directory: PathBuf) -> std::net::SocketAddr {
    use http_body_util::Full;
    use hyper_util::rt::TokioIo;
    use rustls_pki_types::pem::PemObject;
    use rustls_pki_types::{CertificateDer, PrivateKeyDer};

    let now = SystemClock.now();
    let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
    let identity = files.authority.server("publication", &["localhost"], validity).unwrap();
    let chain = vec![CertificateDer::from(identity.certificate.clone())];
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(tongban::crypto::tls_provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let tls = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (tls, directory) = (tls.clone(), directory.clone());
            tokio::spawn(async move {
                let Ok(stream) = tls.accept(tcp).await else { return };
                let answer =
                    hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
                        let path =
                            request.uri().path().strip_prefix("/trust/").map(|name| directory.join(name));
                        let content = path.and_then(|path| fs::read(path).ok());
                        let mut response = http::Response::new(Full::new(bytes::Bytes::from(
                            content.clone().unwrap_or_default(),
                        )));
                        if content.is_none() {
                            *response.status_mut() = http::StatusCode::NOT_FOUND;
                        }
                        async move { Ok::<_, std::convert::Infallible>(response) }
                    });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_is_read_over_https() {
    let mut site = Site::start("").await;
    let at = site.at.clone();
    let address = serve_files(&site.files, at.join("published")).await;
    let text = fs::read_to_string(&site.files.asking).unwrap();
    let source =
        |url: &str| text.replace("source = \"published\"", &format!("source = \"{url}\"\npoll_seconds = 1"));
    fs::write(&site.files.asking, source(&format!("https://localhost:{}/trust", address.port()))).unwrap();
    fs::remove_dir_all(at.join("state")).unwrap();
    site.restart().await;
    assert_eq!(site.ask(HOUSING).await.0, 200);

    // Nobody needs to tell the gateway: it looks every second.
    suspend(&at, "department", HOUSING);
    while site.metric("tongban_trust_suspensions").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(site.ask(HOUSING).await.1, "policy.denied");
    fs::write(at.join("published/manifest"), "x".repeat(5 << 20)).unwrap();
    assert!(
        site.refused()
            .await
            .starts_with(&format!("https://localhost:{}/trust/manifest: `trust.too_large`", address.port()))
    );

    // Who cannot show a certificate for the address is not asked, and nothing is read in clear.
    fs::write(&site.files.asking, source(&format!("https://127.0.0.1:{}/trust", address.port()))).unwrap();
    let refused = Prepared::load(&site.files.asking).unwrap();
    assert!(refused.refused()[0].reason.starts_with("`trust.unreadable`"), "{:?}", refused.refused());
    fs::write(&site.files.asking, source(&format!("http://localhost:{}/trust", address.port()))).unwrap();
    assert!(Prepared::load(&site.files.asking).is_err());
}
