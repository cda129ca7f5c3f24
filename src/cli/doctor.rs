//! `jkocr doctor`

use std::path::PathBuf;

/// `jkocr doctor`
#[derive(Debug, clap::Args)]
#[command(after_help = "Exits with 0 when nothing failed, with 3 when something did.

Examples:
  jkocr doctor
  jkocr doctor my-vps
  jkocr doctor --json | jq '.findings[] | select(.severity == \"failure\")'
  jkocr doctor --report report.json")]
pub struct Doctor {
    /// Host of the OCR server, as ssh takes it; the configured one if absent
    #[arg(value_name = "HOST")]
    pub host: Option<String>,
    /// Print JSON, for programs
    #[arg(long)]
    pub json: bool,
    /// Also write everything that was seen, with the last lines of the log, for a bug report
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}
