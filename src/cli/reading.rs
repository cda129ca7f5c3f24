//! What pages are read with: flags that every verb with an engine takes.

use clap::{ArgAction, Args};

use crate::config::{Config, Layout, Profile, ReadingOrder, Ruby};

/// How pages are looked at and put in order. A switch without a value is on.
#[derive(Debug, Clone, Args)]
pub struct ReadingFlags {
    /// What pages are read for
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Order of a page's lines
    #[arg(long, value_name = "ORDER")]
    pub reading_order: Option<ReadingOrder>,
    /// What becomes of a page's lines
    #[arg(long, value_name = "LAYOUT")]
    pub layout: Option<Layout>,
    /// What becomes of the small kana beside Han characters
    #[arg(long, value_name = "RUBY")]
    pub ruby: Option<Ruby>,
    /// Turn pages that lie on their side or head, with a document model
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        action = ArgAction::Set)]
    pub doc_orientation: Option<bool>,
    /// Flatten pages that are bent, with a document model
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        action = ArgAction::Set)]
    pub doc_unwarping: Option<bool>,
    /// Turn lines that stand on their heads, with a document model
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        action = ArgAction::Set)]
    pub textline_orientation: Option<bool>,
}

impl ReadingFlags {
    /// Puts the flags that were given over the settings.
    pub fn apply(&self, config: &mut Config) {
        let ocr = &mut config.ocr;
        ocr.profile = self.profile.unwrap_or(ocr.profile);
        ocr.reading_order = self.reading_order.unwrap_or(ocr.reading_order);
        ocr.layout = self.layout.unwrap_or(ocr.layout);
        ocr.ruby = self.ruby.unwrap_or(ocr.ruby);
        ocr.use_doc_orientation_classify = self.doc_orientation.unwrap_or(ocr.use_doc_orientation_classify);
        ocr.use_doc_unwarping = self.doc_unwarping.unwrap_or(ocr.use_doc_unwarping);
        ocr.use_textline_orientation = self.textline_orientation.unwrap_or(ocr.use_textline_orientation);
    }
}
