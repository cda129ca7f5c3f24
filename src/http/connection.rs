//! One connection: hyper's HTTP/1.1 on a wire with clocks, until it ends or the server does.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::timeout;

use super::App;
use super::exchange::{self, Responder};
use super::hangup::HangupWatch;
use super::listener::Stream;
use super::state::Shutdown;
use super::wire::{ExchangeProgress, Wire};
use crate::api::{self, Error, Failure};
use crate::backend::Backend;

/// The most that a request's header may have; Bob's has some 300 bytes.
const HEADER_BYTES: usize = 64 * 1024;

/// A client that has connected and not yet asked gets this long to do so when the end has begun: it was let in.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// Serves `stream` until either side ends it.
pub async fn serve<B: Backend>(server: Responder<B>, stream: Stream) {
    let shared = &server.shared;
    let limits = &shared.app.limits;
    let progress = Arc::new(ExchangeProgress::default());
    let watch = HangupWatch::of(stream.as_fd());
    let wire = Wire::new(stream, Arc::clone(&progress), limits);
    let answer = service_fn(|request: Request<Incoming>| {
        let (server, progress) = (server.clone(), Arc::clone(&progress));
        Box::pin(async move {
            let _answering = progress.begin(request.version());
            Ok::<_, Infallible>(exchange::answer(&server, request, &progress).await)
        })
    });
    let mut connection = http1::Builder::new()
        .max_buf_size(HEADER_BYTES)
        .header_read_timeout(None)
        // A client may have said all it has to say and still wait for the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(wire), answer);
    let mut draining = pin!(draining(shared.phase.clone(), &progress));
    let mut is_draining = false;
    let mut hung_up = pin!(watch.hung_up(&progress));
    let mut given_up = pin!(shared.room.given_up(progress.exchanges()));
    loop {
        tokio::select! {
            // How it ended is on the wire already, or nobody is there to read it.
            _ = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break,
            () = &mut draining, if !is_draining => {
                is_draining = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
            () = &mut hung_up => break,
            () = &mut given_up => break,
        }
    }
    let mut wire = connection.into_parts().io.into_inner();
    let words = wire.last_words().map(|error| whole_answer(error, &shared.app));
    wire.close(words, limits, &shared.lingering).await;
}

/// Ready when no further request is to be taken. hyper would close a connection that has not begun with its first one.
async fn draining(mut phase: watch::Receiver<Shutdown>, progress: &ExchangeProgress) {
    if phase.wait_for(|phase| *phase != Shutdown::Serving).await.is_err() {
        return std::future::pending().await;
    }
    let mut exchanges = progress.exchanges();
    let _ = timeout(FIRST_REQUEST, exchanges.wait_for(|exchanges| *exchanges > 0)).await;
}

/// Tells a client for which there is no room so, without hyper.
pub async fn refuse<B: Backend>(server: Responder<B>, stream: Stream) {
    let app = &server.shared.app;
    let words = whole_answer(Error::TooManyConnections, app);
    Wire::new(stream, Arc::default(), &app.limits).close(Some(words), &app.limits, &server.shared.lingering).await;
}

/// An answer as bytes, for where no request has come to be.
fn whole_answer<B>(error: Error, app: &App<B>) -> Vec<u8> {
    let (status, retry_after) = (app.status(&error, "other"), error.retry_after());
    let body = api::failure(&Failure::from(error), app.language);
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nserver: {name}\r\nserver-timing: total;dur=0.0\r\nx-jkocr-backend: local\r\n",
        body.len(),
        name = super::NAME_TEXT,
    );
    if let Some(after) = retry_after {
        write!(answer, "retry-after: {}\r\n", after.as_secs()).expect("a String takes all text");
    }
    answer.push_str("\r\n");
    let mut answer = answer.into_bytes();
    answer.extend_from_slice(&body);
    answer
}
