//! The `jkocr` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    forbid_telemetry();
    // Here and nowhere else: what else is compiled does not depend on it, so a second build with the table is a short one.
    jkocr::run(option_env!("JKOCR_SERVER_PROGRAMS").unwrap_or_default())
}

/// ONNX Runtime can send usage data home, and writes a device number (`.ses` in the folder for temporary files) when it
/// is loaded, before a session can be told not to. Only its environment variable comes early enough.
#[expect(unsafe_code, reason = "the one way to change the environment; no other thread can be reading it yet")]
fn forbid_telemetry() {
    // SAFETY: this is the first line of `main`, so the process has one thread.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
}
