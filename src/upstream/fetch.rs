//! One GET over a connection of its own, bounded in size and time: for what is read now and then, such as publications.
//! It keeps no connection and tries nothing twice; who asks comes again.

use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use tower_service::Service;

use super::connector::Connector;
use super::{BadAnswer, Endpoint, Error};

/// Gets `path` from `endpoint`; `None` if there is no such thing. More than `limit` bytes, or more time than `within`, are
/// errors.
pub async fn fetch(
    endpoint: &Endpoint,
    path: &str,
    limit: usize,
    within: Duration,
) -> Result<Option<Bytes>, Error> {
    tokio::time::timeout(within, get(endpoint, path, limit, within)).await.map_err(|_| Error::Deadline)?
}

async fn get(
    endpoint: &Endpoint,
    path: &str,
    limit: usize,
    within: Duration,
) -> Result<Option<Bytes>, Error> {
    let mut connector = Connector::http1(endpoint, within).map_err(|_| Error::Unreachable)?;
    let stream = connector.call(http::Uri::default()).await.map_err(|_| Error::Unreachable)?;
    let (mut sender, connection) = http1::handshake(stream).await.map_err(|_| Error::Interrupted)?;
    let host =
        if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    let request = Request::get(path).header(HOST, format!("{host}:{}", endpoint.port));
    let request = request.body(Empty::<Bytes>::new()).map_err(|_| Error::Unreachable)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|_| Error::Interrupted)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
            status => return Err(Error::Failed { status: status.as_u16() }),
        }
        match Limited::new(response.into_body(), limit).collect().await {
            Ok(body) => Ok(Some(body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(Error::BadAnswer(BadAnswer::TooLarge)),
            Err(_) => Err(Error::Interrupted),
        }
    };
    tokio::pin!(answer);
    tokio::select! {
        answered = &mut answer => answered,
        // The connection ends with its answer, or before it.
        _ = connection => answer.await,
    }
}
