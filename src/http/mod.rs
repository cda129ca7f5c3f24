//! HTTP/1.1 for Bob: routes, guards, limits and the graceful stop. The same for `up` and `serve`; who reads the image
//! is the [`Backend`](crate::backend::Backend)'s business.
//!
//! A request goes one way: `server` takes a connection, `connection` reads it, `exchange` answers a request with what
//! `routes` says. What they share is in `state`.

mod body;
mod body_memory;
mod connection;
mod exchange;
mod guards;
mod hangup;
mod limits;
mod listener;
mod page;
mod room;
mod routes;
mod server;
mod state;
mod wire;

use hyper::StatusCode;
use hyper::header::HeaderValue;

use crate::api::Error;
use crate::language::Language;
use crate::metrics::Metrics;

pub use crate::paths::SocketAccess;
pub use guards::{Guards, Secret};
pub use limits::Limits;
pub(crate) use listener::try_out;
pub use listener::{Error as ListenError, Exposure, Listener, NotLoopback, Permitted};
pub use server::{Stop, serve};

/// What the server calls itself: `jkocr status` shows it as the version at the other end.
const NAME_TEXT: &str = concat!("jkocr/", env!("CARGO_PKG_VERSION"));
const NAME: HeaderValue = HeaderValue::from_static(NAME_TEXT);

/// A server's parts.
pub struct App<B> {
    /// Who reads the images.
    pub backend: B,
    /// Who may ask.
    pub guards: Guards,
    /// What one client may cost.
    pub limits: Limits,
    /// The language of `errorMsg`.
    pub language: Language,
    /// How failures are told.
    pub failures: Failures,
    /// The counts behind `/metrics`.
    pub metrics: Metrics,
}

/// With which status a failure is told that a user meets in ordinary use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failures {
    /// With its own: for programs.
    WithTheirStatus,
    /// With 200: Bob then shows the message alone, and nothing around it.
    WithStatusOk,
}

impl<B> App<B> {
    /// The HTTP status that `error` is told with on `route`.
    fn status(&self, error: &Error, route: &str) -> StatusCode {
        let status = match self.failures {
            // Whoever asks for the health reads the status, and not the words.
            Failures::WithStatusOk if error.is_ordinary() && route != "healthz" => 200,
            Failures::WithStatusOk | Failures::WithTheirStatus => error.status(),
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
