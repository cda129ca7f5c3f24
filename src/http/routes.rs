//! What can be asked, and what answers it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hyper::header::{CONTENT_TYPE, HeaderValue};

use super::body::Body;
use super::page;
use super::state::ServerState;
use crate::api::{Error, Failure};
use crate::backend::{Answer, Backend};
use crate::metrics::{self, Now};

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The routes as the log and the metrics name them: no more names than routes.
pub(super) fn name(path: &str) -> &'static str {
    match path.trim_end_matches('/') {
        "" => "page",
        "/ocr" => "ocr",
        "/healthz" => "healthz",
        "/metrics" => "metrics",
        _ => "other",
    }
}

pub(super) fn router<B: Backend>(shared: Arc<ServerState<B>>) -> Router {
    let ocr = post(ocr::<B>).fallback(async || Failure::from(Error::PostOnly));
    let health = get(healthz::<B>).fallback(async || Failure::from(Error::GetOnly));
    let metrics = get(metrics::<B>).fallback(async || Failure::from(Error::GetOnly));
    Router::new()
        .route("/", get(page::page).fallback(async || Failure::from(Error::NotFound)))
        .route("/ocr", ocr.clone())
        .route("/ocr/", ocr)
        .route("/healthz", health)
        .route("/metrics", metrics)
        .fallback(async || Failure::from(Error::NotFound))
        .with_state(shared)
}

async fn ocr<B: Backend>(
    State(shared): State<Arc<ServerState<B>>>,
    Body { bytes, lease: _lease }: Body,
) -> Result<Answer, Failure> {
    shared.in_time(shared.app.backend.answer(bytes)).await
}

async fn healthz<B: Backend>(State(shared): State<Arc<ServerState<B>>>) -> Result<impl IntoResponse, Failure> {
    shared.app.backend.health().await?;
    Ok(([(CONTENT_TYPE, JSON)], r#"{"status":"ok"}"#))
}

async fn metrics<B: Backend>(State(shared): State<Arc<ServerState<B>>>) -> impl IntoResponse {
    let now = Now {
        waiting: shared.app.backend.waiting(),
        body_bytes: shared.body_memory.in_use(),
        rebuilds: shared.app.backend.rebuilds(),
    };
    ([(CONTENT_TYPE, metrics::TEXT_TYPE)], shared.app.metrics.text(now))
}
