//! A response that is written piece by piece, each only when the one before it was taken. It does not know what it carries.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

use crate::edge::route;

/// The body of the response. If its sender goes away without having ended it, the connection or stream is broken off, so
/// that nobody takes a part for the whole.
pub(in crate::edge) struct Stream {
    pieces: mpsc::Receiver<Piece>,
    ended: bool,
}

/// Where the body comes from.
pub(in crate::edge) struct Sender(mpsc::Sender<Piece>);

enum Piece {
    Text(Bytes),
    End,
}

/// The response was cut off.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the response was cut off")]
pub(in crate::edge) struct Cut;

/// The one who should take the response has gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone;

impl Stream {
    /// A response of JSON lines, and the sender of its body.
    pub(in crate::edge) fn response() -> (Response<Self>, Sender) {
        // One piece on its way to the socket while the next is made.
        let (sender, pieces) = mpsc::channel(1);
        let mut response = Response::new(Self { pieces, ended: false });
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(route::LINES));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        (response, Sender(sender))
    }
}

impl Sender {
    /// Sends `text` once the piece before it was taken.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Gone> {
        self.0.send(Piece::Text(Bytes::from(text))).await.map_err(|_| Gone)
    }

    /// Returns once the response is taken by nobody any more.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }

    /// Ends the body as it should end, as soon as the last piece was taken.
    pub(super) fn end(&self) {
        let sender = self.0.clone();
        tokio::spawn(async move { sender.send(Piece::End).await });
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match ready!(self.pieces.poll_recv(context)) {
            Some(Piece::Text(text)) => Poll::Ready(Some(Ok(Frame::data(text)))),
            end => {
                self.ended = true;
                Poll::Ready(if end.is_some() { None } else { Some(Err(Cut)) })
            }
        }
    }
}
