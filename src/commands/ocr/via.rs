//! `--via`: a server reads instead of this process, the running `up` or any other one.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use image::{ImageFormat, RgbImage};
use reqwest::blocking::Client;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::source::SourceImage;
use crate::backend::{Image, ReaderNames};
use crate::cli;
use crate::commands::Settings;
use crate::commands::wiring::serving;
use crate::control;
use crate::ocr::{Line, Page, Params, Quad};
use crate::untrusted::Untrusted;

/// What `--via` alone means.
const UP: &str = "up";

/// How long an answer may take: what Bob's plugin waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// The largest answer.
const LARGEST: u64 = 64 << 20;

/// A server that reads.
pub struct ViaServer {
    client: Client,
    /// Where `POST /ocr` goes.
    url: String,
    /// The value of `Authorization`.
    token: Option<HeaderValue>,
    /// Fields of each request besides the image.
    fields: Map<String, Value>,
}

/// What a server answers, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ViaAnswer {
    #[serde(default)]
    error_code: i64,
    #[serde(default)]
    error_msg: Untrusted,
    result: Option<ViaResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ViaResult {
    ocr_results: Vec<ViaPage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ViaPage {
    pruned_result: ViaPruned,
}

#[derive(Deserialize)]
struct ViaPruned {
    #[serde(default)]
    dt_polys: Vec<[[i32; 2]; 4]>,
    rec_texts: Vec<String>,
    #[serde(default)]
    rec_scores: Vec<f32>,
    #[serde(default)]
    rec_polys: Vec<[[i32; 2]; 4]>,
}

impl ViaServer {
    /// The one that `address` names, or that of the running `up`.
    ///
    /// # Errors
    /// If no `up` runs, or the address is none.
    pub fn find(address: &str, flags: &cli::Ocr, settings: &Settings) -> Result<Self> {
        let (address, token) = if address == UP { running(settings)? } else { (address.to_owned(), None) };
        let is_url = address.starts_with("http://") || address.starts_with("https://");
        let base = if is_url { address.clone() } else { format!("http://{address}") };
        if reqwest::Url::parse(&base).ok().is_none_or(|url| url.host_str().is_none()) {
            bail!("{}", t!("ocr_command.via_address", address = Untrusted::new(&address)));
        }
        let base = base.trim_end_matches('/');
        let url = if base.ends_with("/ocr") { base.to_owned() } else { format!("{base}/ocr") };
        // Somebody else may have chosen one already: then theirs is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder().timeout(PATIENCE);
        if !is_url {
            // An address of this machine, mostly: a proxy would not find it.
            builder = builder.no_proxy();
        }
        let client = builder.build().context(t!("models.error.client"))?;
        Ok(Self { client, url, token, fields: fields(flags) })
    }

    /// Has `image` read.
    ///
    /// # Errors
    /// What the server says; that it does not answer.
    pub fn read(&self, image: &SourceImage, params: &Params) -> Result<(Page, ReaderNames)> {
        let mut body = self.fields.clone();
        let file = if image.file.is_empty() { png(&image.pixels)? } else { image.file.clone() };
        body.insert("file".to_owned(), BASE64_STANDARD.encode(&file).into());
        let mut request = self.client.post(&self.url).json(&body);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token);
        }
        let context = || t!("ocr_command.via_silent", url = self.url);
        let response = request.send().map_err(reqwest::Error::without_url).with_context(context)?;
        let reader = Image::of(response.headers()).map(|image| image.reader).unwrap_or_default();
        let mut text = Vec::new();
        response.take(LARGEST).read_to_end(&mut text).with_context(context)?;
        let foreign = || anyhow!(t!("ocr_command.via_foreign", url = self.url));
        let answer: ViaAnswer = serde_json::from_slice(&text).map_err(|_| foreign())?;
        if answer.error_code != 0 {
            bail!("{}", t!("ocr_command.via_refused", words = answer.error_msg));
        }
        let pages = answer.result.map(|result| result.ocr_results).unwrap_or_default();
        let first = pages.into_iter().next().ok_or_else(foreign)?;
        Ok((page(first.pruned_result, &image.pixels, params, &reader), reader))
    }
}

/// Where the running `up` answers, and the token that it wants.
fn running(settings: &Settings) -> Result<(String, Option<HeaderValue>)> {
    let runtime = tokio::runtime::Runtime::new().context(t!("up.no_runtime"))?;
    let status = runtime.block_on(async {
        match control::Client::connect(&control::socket(&settings.paths.state)).await? {
            Some(client) => client.status().await.map(Some),
            None => Ok(None),
        }
    })?;
    let Some(status) = status else { bail!("{}", t!("up.not_running")) };
    let address = status.listen.into_iter().next().ok_or_else(|| anyhow!(t!("up.not_running")))?;
    let token = status.token_file.map(|file| serving::secret(&file)).transpose()?;
    Ok((address, token.and_then(|token| token.bearer())))
}

/// What every request says besides its image: what flags ask for, and nothing that the server may decide itself.
fn fields(flags: &cli::Ocr) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    set("fileType", 1.into());
    set("visualize", false.into());
    set("textRecScoreThresh", flags.min_score.into());
    if flags.word_boxes {
        set("returnWordBox", true.into());
    }
    let reading = &flags.engine.reading;
    for (name, value) in [
        ("profile", reading.profile.map(|value| json!(value))),
        ("readingOrder", reading.reading_order.map(|value| json!(value))),
        ("layout", reading.layout.map(|value| json!(value))),
        ("ruby", reading.ruby.map(|value| json!(value))),
        ("useDocOrientationClassify", reading.doc_orientation.map(Value::from)),
        ("useDocUnwarping", reading.doc_unwarping.map(Value::from)),
        ("useTextlineOrientation", reading.textline_orientation.map(Value::from)),
    ] {
        if let Some(value) = value {
            set(name, value);
        }
    }
    fields
}

/// A page of a PDF, which has no file of its own.
fn png(pixels: &RgbImage) -> Result<Bytes> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner().into())
}

/// What was read, as if it had been read here.
fn page(pruned: ViaPruned, pixels: &RgbImage, params: &Params, reader: &ReaderNames) -> Page {
    let mut page = Page::blank(pixels.width(), pixels.height(), *params);
    page.models = Arc::from(reader.models.as_str());
    page.quads = pruned.dt_polys.into_iter().map(Quad).collect();
    let nowhere = Quad([[0; 2]; 4]);
    let lines = pruned.rec_texts.iter().enumerate().map(|(at, text)| {
        let quad = pruned.rec_polys.get(at).map_or(nowhere, |corners| Quad(*corners));
        Line::new(
            quad,
            crate::untrusted::plain_lines(text).replace('\n', " "),
            pruned.rec_scores.get(at).copied().unwrap_or(0.0),
        )
    });
    page.lines = lines.collect();
    page
}
