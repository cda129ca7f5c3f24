//! HTTP as downloads need it: the user's proxies, certificates and package index; deadlines; bounded patience.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fmt, fs, thread};

use reqwest::blocking::{Client as Http, Response};
use reqwest::{Certificate, StatusCode, Url, header};

use super::Error;

/// The package index when the user names none.
pub(crate) const PYPI: &str = "https://pypi.org/simple/";

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a server may say nothing before a connection counts as dead.
const STALL: Duration = Duration::from_secs(30);

/// Attempts in a row without any progress.
const ATTEMPTS: u32 = 4;

/// The pause before the second attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(300);

/// May the network be used?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Online,
    /// No: `--offline`, `JKOCR_OFFLINE=1`.
    Offline,
}

/// How files are fetched.
#[derive(Clone)]
pub struct Network {
    /// The Python package index (PEP 503); may hold a user name and a password. Ends in `/`.
    index: Url,
    /// May it be used?
    pub access: Access,
    /// How long a server may say nothing before a connection counts as dead.
    pub stall: Duration,
}

impl Network {
    /// The index at `index`, such as `https://pypi.org/simple`.
    ///
    /// # Errors
    /// [`Error::BadUrl`].
    pub fn new(index: &str, access: Access) -> Result<Self, Error> {
        let bad = || Error::BadUrl { what: "PIP_INDEX_URL".to_owned() };
        let index = Url::parse(&format!("{}/", index.trim().trim_end_matches('/'))).map_err(|_| bad())?;
        if !["http", "https"].contains(&index.scheme()) {
            return Err(bad());
        }
        Ok(Self { index, access, stall: STALL })
    }

    /// The index that `PIP_INDEX_URL` names, otherwise `pypi.org`; `variable` looks a variable up.
    ///
    /// # Errors
    /// [`Error::BadUrl`].
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>, access: Access) -> Result<Self, Error> {
        let index = variable("PIP_INDEX_URL").filter(|index| !index.trim().is_empty());
        Self::new(index.as_deref().unwrap_or(PYPI), access)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, access, stall } = self;
        let index = shown(index);
        formatter.debug_struct("Network").field("index", &index).field("access", access).field("stall", stall).finish()
    }
}

/// What to ask a server for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ask<'a> {
    /// Value of `Range`.
    pub range: Option<&'a str>,
    /// Value of `If-Range`: the bytes must be of the same file as those this came with.
    pub validator: Option<&'a str>,
    /// Value of `Accept`.
    pub accept: Option<&'a str>,
}

/// Speaks HTTP to the index and to the servers it names.
pub(super) struct IndexClient {
    http: Http,
    index: Url,
}

impl IndexClient {
    pub(super) fn new(network: &Network) -> Result<Self, Error> {
        // Somebody else may have chosen one already: then theirs is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Http::builder()
            .user_agent(concat!("jkocr/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            // The blocking client applies it to the answer and then to each read: a limit on silence, not on size.
            .timeout(network.stall);
        // Elsewhere the verifier reads this variable itself; on macOS it asks the keychain alone.
        if cfg!(target_os = "macos")
            && let Some(file) = env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty())
        {
            builder = builder.tls_certs_merge(certificates(PathBuf::from(file))?);
        }
        let http = builder.build().map_err(|source| Error::Client { source })?;
        Ok(Self { http, index: network.index.clone() })
    }

    /// The page of a project in the index.
    pub(super) fn project_page(&self, project: &str) -> Result<Url, Error> {
        self.index.join(&format!("{project}/")).map_err(|_| Error::BadUrl { what: project.to_owned() })
    }

    /// Asks once. An answer is 200, 206 or 416.
    pub(super) fn get(&self, url: &Url, ask: Ask<'_>) -> Result<Response, Error> {
        let mut request = self.http.get(self.with_credentials(url));
        let headers = [(header::RANGE, ask.range), (header::IF_RANGE, ask.validator), (header::ACCEPT, ask.accept)];
        for (name, value) in headers {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let response =
            request.send().map_err(|source| Error::Unreachable { url: shown(url), source: source.without_url() })?;
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => Ok(response),
            status => Err(Error::Refused { url: shown(url), status }),
        }
    }

    /// The index's own server gets the index's credentials, as pip does it; nobody else does.
    fn with_credentials(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if url.origin() == self.index.origin() && url.username().is_empty() {
            // Neither fails on the http and https addresses that got this far.
            let _ = url.set_username(self.index.username());
            let _ = url.set_password(self.index.password());
        }
        url
    }
}

fn certificates(file: PathBuf) -> Result<Vec<Certificate>, Error> {
    match fs::read(&file) {
        Ok(text) => {
            Certificate::from_pem_bundle(&text).map_err(|source| Error::Certificates { file, source: Box::new(source) })
        }
        Err(source) => Err(Error::Certificates { file, source: Box::new(source) }),
    }
}

/// An address without credentials and without a query, which may be a signature.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// How often something is tried again.
#[derive(Debug, Default)]
pub(super) struct Patience {
    failures: u32,
}

impl Patience {
    /// Waits before the next attempt, after `told` has heard why.
    ///
    /// # Errors
    /// `error` itself when another attempt would not help, or there were enough.
    pub(super) fn after(&mut self, error: Error, told: impl FnOnce(&Error)) -> Result<(), Error> {
        self.failures += 1;
        if !error.is_transient() || self.failures >= ATTEMPTS {
            return Err(error);
        }
        tracing::debug!(error = error.chain(), failures = self.failures, "trying again");
        told(&error);
        thread::sleep(PAUSE * 2_u32.pow(self.failures - 1));
        Ok(())
    }

    /// There was progress.
    pub(super) fn renew(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(index: Option<&str>) -> Result<Network, Error> {
        let variable = |name: &str| index.filter(|_| name == "PIP_INDEX_URL").map(str::to_owned);
        Network::from_environment(variable, Access::Online)
    }

    #[test]
    fn the_index_may_end_in_a_slash_or_not() {
        for end in ["", "/", "// "] {
            let network = network(Some(&format!("https://mirror.example/pypi/simple{end}"))).unwrap();
            let page = IndexClient::new(&network).unwrap().project_page("x").unwrap();
            assert_eq!(page.as_str(), "https://mirror.example/pypi/simple/x/");
        }
        assert_eq!(network(None).unwrap().index.as_str(), PYPI);
        assert_eq!(network(Some("")).unwrap().index.as_str(), PYPI);
        assert!(network(Some("mirror.example/simple")).is_err());
    }

    #[test]
    fn credentials_go_to_the_index_alone_and_are_never_shown() {
        let network = network(Some("https://user:s3cret@mirror.example/simple")).unwrap();
        assert!(!format!("{network:?}").contains("s3cret"), "{network:?}");
        let client = IndexClient::new(&network).unwrap();
        let sent = |url: &str| client.with_credentials(&Url::parse(url).unwrap()).to_string();
        assert_eq!(sent("https://mirror.example/files/a.whl"), "https://user:s3cret@mirror.example/files/a.whl");
        assert_eq!(sent("https://files.example/a.whl"), "https://files.example/a.whl");
        assert_eq!(sent("http://mirror.example/a.whl"), "http://mirror.example/a.whl");
    }
}
