//! Thousands of requests that are made from `openapi.yaml`, and as many that break it: no answer is a failure of the
//! server's own, and each is as documented.

use std::path::Path;

use tokio::process::Command;

use super::process::Process;
use crate::common;

/// <https://pypi.org/project/schemathesis/>
const VERSION: &str = "4.32.5";

/// Requests to `/ocr`; the other routes have few that differ.
const CASES: usize = 2000;

/// What a program prints; fails unless it succeeds.
async fn run(command: &mut Command) -> String {
    let output = command.kill_on_drop(true).output().await.expect("the program runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    printed
}

#[tokio::test]
async fn thousands_of_generated_requests_are_answered_as_documented() {
    let schemathesis = common::python::environment("schemathesis", VERSION).join("schemathesis");
    let (process, address) = Process::ready(&["--queue", "64"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("put_images.py"), include_str!("schemathesis.py")).expect("written");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                  response_headers_conformance";
    let printed = run(Command::new(schemathesis)
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", "put_images")
        .env("PYTHONPATH", folder.path())
        .env("IMAGES", common::data("formats"))
        .arg("run")
        .arg(root.join("openapi.yaml"))
        .args(["--url", &format!("http://{address}"), "--max-examples", &CASES.to_string(), "--workers", "2"])
        .args(["--phases", "coverage,fuzzing", "--checks", checks, "--seed", "1"])
        .args(["--generation-database", "none", "--no-color"]))
    .await;
    let words: Vec<_> = printed.split_whitespace().collect();
    let generated = words.windows(2).find(|pair| pair[1] == "generated,").map(|pair| pair[0].parse::<usize>());
    assert!(generated.is_some_and(|count| count.is_ok_and(|count| count >= CASES)), "{printed}");
    let read = process.log().lines().filter(|line| line.contains("read by this machine")).count();
    assert!(read > CASES / 8, "most requests were refused: {read} were read\n{printed}");
}
