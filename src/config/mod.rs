//! `config.toml`, the environment and the flags, merged into plain values.
//!
//! Defaults < file < `JKOCR_*` < flags. [`load()`] does the first three; a command's flags do the last.

mod load;
mod reason;
mod show;
mod value;
pub(crate) mod variables;

use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use crate::ocr::{Params, Switches};
use crate::worker::Rest;
use crate::{http, pdf};
pub use load::{ConfigFile, Error, Loaded, Origin, check, keys, load, parse, sections, variable_name};
pub use show::{SettingInForce, entries};
pub use value::{
    Address, EngineChoice, FallbackMode, LanguageChoice, Layout, Listen, ModelChoice, PrecisionChoice, Profile,
    ReadingOrder, Recompress, Ruby, Span, Threads,
};
pub use variables::{UnknownVariable, unknown};

/// Everything `config.toml` can say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Language of messages; `auto` follows the environment.
    pub language: LanguageChoice,
    /// Where Bob's requests are answered by `up` and `local`.
    pub listen: Vec<Listen>,
    /// The way to the server.
    pub tunnel: Tunnel,
    /// What happens when that way is not there.
    pub fallback: Fallback,
    /// The pipeline.
    pub ocr: Ocr,
    /// The server.
    pub serve: Serve,
    /// What the desktop tells.
    pub notify: Notify,
}

/// `[notify]`: notifications of the desktop, none of which ever has a text of a picture in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// Whether `up` says that this machine reads in the server's place for a while, and that the server is back.
    pub fallback: bool,
}

/// `[tunnel]`: the way to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tunnel {
    /// Anything ssh takes as a destination; absent, everything is read on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// `ip:port` of the server on the host, or the absolute path of its Unix socket.
    pub remote: String,
    /// The OpenSSH client.
    pub ssh: String,
    /// Extra `-o` values.
    pub ssh_options: Vec<String>,
    /// How long ssh tries to connect.
    pub connect_timeout: Span,
    /// Silence after which ssh asks the other end for a sign of life.
    pub keepalive_interval: Span,
    /// Unanswered signs of life after which ssh gives up.
    pub keepalive_count: u32,
    /// Whether large uncompressed images shrink before they travel.
    pub recompress: Recompress,
}

/// `[fallback]`: reading on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fallback {
    /// When this machine reads a screenshot itself.
    pub mode: FallbackMode,
    /// `race`: how long the server has before this machine starts as well.
    pub deadline: Span,
    /// How long the models stay in memory unused.
    pub idle_unload: Span,
}

/// `[ocr]`: the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the file")]
pub struct Ocr {
    pub models: ModelChoice,
    /// What computes the models.
    pub engine: EngineChoice,
    /// How finely OpenVINO computes them.
    pub precision: PrecisionChoice,
    /// What pages are read for, where a request does not say.
    pub profile: Profile,
    /// Threads of inference.
    pub threads: Threads,
    /// The order of a page's lines.
    pub reading_order: ReadingOrder,
    /// What becomes of a page's lines.
    pub layout: Layout,
    /// What becomes of the readings beside Han characters.
    pub ruby: Ruby,
    /// Whether pages that lie on their side or head are turned, where a request does not say.
    pub use_doc_orientation_classify: bool,
    /// Whether bent pages are flattened, where a request does not say.
    pub use_doc_unwarping: bool,
    /// Whether lines that stand on their heads are turned, where a request does not say.
    pub use_textline_orientation: bool,
    /// Whether ONNX Runtime may compute with Arm's `KleidiAI` on processors that have it.
    pub kleidiai: bool,
}

impl Ocr {
    /// What a page is read with where nobody says otherwise.
    #[must_use]
    pub fn params(&self) -> Params {
        Params {
            profile: self.profile.into(),
            document: self.switches(),
            reading_order: self.reading_order.into(),
            layout: self.layout.into(),
            ruby: self.ruby.into(),
            ..Params::default()
        }
    }

    /// The document models that are switched on.
    #[must_use]
    pub fn switches(&self) -> Switches {
        Switches {
            orientation: self.use_doc_orientation_classify,
            unwarping: self.use_doc_unwarping,
            textline_orientation: self.use_textline_orientation,
        }
    }
}

/// `[serve]`: the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Serve {
    /// Where it listens.
    pub listen: Address,
    /// Largest request body.
    pub max_body: ByteSize,
    /// Largest image, in pixels.
    pub max_pixels: u64,
    /// Pages of a PDF that are read, from the first on.
    pub max_pages: usize,
    /// Requests that may wait while one is read.
    pub queue: usize,
    /// Without work for this long, it gives back the memory that only reading needs.
    pub idle_shrink: Span,
    /// Resident memory of the process above which an idle server loads its models anew; 0 is no limit. Only Linux tells.
    pub max_rss: ByteSize,
    /// How long a request may take, waiting included.
    pub request_timeout: Span,
    /// Host names besides the loopback ones that requests may be addressed to.
    pub allowed_hosts: Vec<String>,
}

impl Serve {
    /// When an engine without work gives memory back.
    #[must_use]
    pub fn rest(&self) -> Rest {
        let max_resident = Some(self.max_rss.as_u64()).filter(|limit| *limit > 0);
        Rest { after: self.idle_shrink.0, max_resident }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            language: LanguageChoice::Auto,
            listen: vec![
                Listen::Required(([127, 0, 0, 1], 8080).into()),
                Listen::Optional(([127, 0, 0, 1], 50000).into()),
            ],
            tunnel: Tunnel::default(),
            fallback: Fallback::default(),
            ocr: Ocr::default(),
            serve: Serve::default(),
            notify: Notify::default(),
        }
    }
}

impl Default for Tunnel {
    fn default() -> Self {
        Self {
            host: None,
            remote: "127.0.0.1:8080".to_owned(),
            ssh: "ssh".to_owned(),
            ssh_options: Vec::new(),
            connect_timeout: Span(Duration::from_secs(10)),
            keepalive_interval: Span(Duration::from_secs(5)),
            keepalive_count: 12,
            recompress: Recompress::Auto,
        }
    }
}

impl Default for Fallback {
    fn default() -> Self {
        Self {
            mode: FallbackMode::WhenDown,
            deadline: Span(Duration::from_secs(8)),
            idle_unload: Span(Duration::from_mins(10)),
        }
    }
}

impl Default for Ocr {
    fn default() -> Self {
        Self {
            models: ModelChoice::Auto,
            engine: EngineChoice::Auto,
            precision: PrecisionChoice::Auto,
            profile: Profile::Screen,
            threads: Threads::Auto,
            reading_order: ReadingOrder::Auto,
            layout: Layout::Lines,
            ruby: Ruby::Lines,
            use_doc_orientation_classify: false,
            use_doc_unwarping: false,
            use_textline_orientation: false,
            kleidiai: false,
        }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: Address::Tcp(([127, 0, 0, 1], 8080).into()),
            max_body: ByteSize(http::Limits::default().max_body),
            max_pixels: pdf::Limits::default().pixels,
            max_pages: pdf::Limits::default().pages,
            queue: 8,
            idle_shrink: Span(Rest::default().after),
            max_rss: ByteSize::gib(1),
            request_timeout: Span(http::Limits::default().answer_time),
            allowed_hosts: Vec::new(),
        }
    }
}
