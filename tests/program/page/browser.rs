//! Chromium without a window, driven over `WebDriver`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::blocking::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than anything takes here; a test that waits for it has failed.
pub const LONG: Duration = Duration::from_mins(1);

/// The key of a reference to an element (`WebDriver` §12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Nothing of the machine's own browser, and nothing but this machine.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,860",
];

pub struct Browser {
    driver: Child,
    client: Client,
    session: String,
    /// What the browser keeps, gone with it.
    profile: TempDir,
}

impl Browser {
    /// A new one, whose user reads `language`.
    pub fn start(language: &str) -> Self {
        // The client is built with TLS in it, which wants to know whose arithmetic it is to use.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().timeout(LONG).build().expect("a client");
        let profile = tempfile::tempdir().expect("a folder");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need a browser: apt-get install chromium chromium-driver");
        let port = port(&mut driver);
        let mut browser = Self { driver, client, session: format!("http://127.0.0.1:{port}"), profile };
        let folder = format!("--user-data-dir={}", browser.profile.path().display());
        let arguments: Vec<_> = ARGUMENTS.into_iter().chain([folder.as_str()]).collect();
        let options = json!({ "args": arguments, "prefs": { "intl.accept_languages": language } });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let session = browser.post("/session", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let id = session["sessionId"].as_str().expect("a session").to_owned();
        browser.session = format!("{}/session/{id}", browser.session);
        browser
    }

    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// What `script`, the body of a function, returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What the promise that `script` returns comes to; `argument` is `arguments[0]`.
    pub fn resolve(&self, script: &str, argument: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             (async () => {{ {script} }})().then(done, (error) => done(`failed: ${{error}}`));"
        );
        self.post("/execute/async", &json!({ "script": script, "args": [argument] }))
    }

    pub fn text(&self, selector: &str) -> String {
        self.run(&format!("return document.querySelector({selector:?}).innerText")).as_str().expect("text").to_owned()
    }

    /// The texts of all that `selector` names.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let texts =
            self.run(&format!("return [...document.querySelectorAll({selector:?})].map((one) => one.textContent)"));
        serde_json::from_value(texts).expect("strings")
    }

    pub fn count(&self, selector: &str) -> u64 {
        self.run(&format!("return document.querySelectorAll({selector:?}).length")).as_u64().expect("a number")
    }

    pub fn click(&self, selector: &str) {
        self.post(&format!("/element/{}/click", self.element(selector)), &json!({}));
    }

    /// Types into an element, or gives a file's path to one that takes files.
    pub fn enter(&self, selector: &str, text: &str) {
        self.post(&format!("/element/{}/value", self.element(selector)), &json!({ "text": text }));
    }

    /// Puts the pointer on an element.
    pub fn point_at(&self, selector: &str) {
        let there = json!({ ELEMENT: self.element(selector) });
        let way = json!({ "type": "pointerMove", "origin": there, "x": 0, "y": 0, "duration": 0 });
        self.act(&json!({ "type": "pointer", "id": "mouse", "actions": [way] }));
    }

    /// Presses keys one after the other, and lets them go in the other order. Code points: `WebDriver` §17.4.2.
    pub fn press(&self, keys: &[&str]) {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key }));
        let actions: Vec<_> = down.chain(up).collect();
        self.act(&json!({ "type": "key", "id": "keyboard", "actions": actions }));
    }

    /// Lets the page under test use the clipboard as a user's gesture would.
    pub fn allow_clipboard(&self) {
        for name in ["clipboard-read", "clipboard-write"] {
            self.post("/permissions", &json!({ "descriptor": { "name": name }, "state": "granted" }));
        }
    }

    /// Puts a PNG file into the clipboard, as taking a screenshot does.
    pub fn copy_picture(&self, png: &[u8]) {
        let script = "const bytes = Uint8Array.from(atob(arguments[0]), (one) => one.charCodeAt(0)); \
                      const blob = new Blob([bytes], { type: 'image/png' }); \
                      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]); return 'copied';"
            .replace("arguments[0]", &format!("'{}'", BASE64_STANDARD.encode(png)));
        assert_eq!(self.resolve(&script, ""), "copied");
    }

    /// What a user would paste elsewhere.
    pub fn clipboard_text(&self) -> String {
        self.resolve("return await navigator.clipboard.readText();", "").as_str().expect("text").to_owned()
    }

    /// What stands in the console since the last call, errors of the network and of the policy included.
    pub fn console(&self) -> Vec<String> {
        let lines = self.post("/se/log", &json!({ "type": "browser" }));
        let lines = lines.as_array().expect("lines").iter();
        lines.map(|line| line["message"].as_str().expect("text").to_owned()).collect()
    }

    /// As if the window were this large.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.order("Emulation.setDeviceMetricsOverride", &size);
    }

    /// As if its user preferred `scheme`: light or dark.
    pub fn prefer(&self, scheme: &str) {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.order("Emulation.setEmulatedMedia", &media);
    }

    /// A command of Chromium's own protocol.
    fn order(&self, command: &str, parameters: &Value) {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    pub fn screenshot(&self) -> Vec<u8> {
        let taken = self.client.get(format!("{}/screenshot", self.session)).send().expect("an answer");
        let value: Value = taken.json().expect("JSON");
        BASE64_STANDARD.decode(value["value"].as_str().expect("a picture")).expect("base64")
    }

    /// Waits until `condition` holds.
    #[track_caller]
    pub fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let begun = Instant::now();
        while !condition() {
            assert!(begun.elapsed() < LONG, "{what}: {}\n{:?}", self.text("body"), self.console());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    fn act(&self, source: &Value) {
        self.post("/actions", &json!({ "actions": [source] }));
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        let asked = self.client.post(format!("{}{path}", self.session)).json(body).send().expect("the driver answers");
        let mut answer: Value = asked.json().expect("JSON");
        assert!(answer["value"].get("error").is_none(), "{path}: {}", answer["value"]["message"]);
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; the driver ends what is left of it when it is told to end itself.
        let _ = self.client.delete(&self.session).send();
        let _ = kill_process(Pid::from_child(&self.driver), Signal::TERM);
        let _ = self.driver.wait();
    }
}

/// The port the driver says that it has taken.
fn port(driver: &mut Child) -> u16 {
    let lines = BufReader::new(driver.stdout.take().expect("stdout is piped")).lines();
    let said = lines.map_while(Result::ok).find_map(|line| {
        let port = line.split("started successfully on port ").nth(1)?;
        port.trim_end_matches('.').parse().ok()
    });
    said.expect("the driver says its port")
}
