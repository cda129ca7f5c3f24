//! A log line: for people a time and a sentence out of the catalogue, for programs an object.

use std::error::Error;
use std::fmt::{self, Write as _};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::LogFormat;
use super::sentence::sentence;
use crate::wording;

/// The local time, to the second.
const LOCAL: &str = "%Y-%m-%d %H:%M:%S";

/// How lines look: see [`LogFormat`].
pub(super) struct LineFormat {
    pub format: LogFormat,
    pub is_colored: bool,
}

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = EventFields::default();
        event.record(&mut fields);
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        match self.format {
            LogFormat::Text => writeln!(writer, "{}", text(level, &fields, self.is_colored)),
            LogFormat::Json => writeln!(writer, "{}", object(level, target, fields)),
        }
    }
}

/// The line for people, without its end.
pub(super) fn text(level: Level, fields: &EventFields, is_colored: bool) -> String {
    let time = jiff::ZonedDateTime::now().strftime(LOCAL);
    let name = match level {
        Level::ERROR => t!("log.level_error"),
        Level::WARN => t!("log.level_warn"),
        _ => "".into(),
    };
    let name = if is_colored && !name.is_empty() {
        let color = if level == Level::ERROR { anstyle::AnsiColor::Red } else { anstyle::AnsiColor::Yellow };
        let style = color.on_default();
        format!("{style}{name}{style:#}")
    } else {
        name.into_owned()
    };
    format!("{time}  {name}{}", sentence(&fields.event, &fields.others))
}

/// The time of day here, of a moment in RFC 3339; that itself, if it is none.
pub(crate) fn local_time(moment: &str) -> String {
    match moment.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string(),
        Err(_) => moment.to_owned(),
    }
}

/// The line for programs: `timestamp` (RFC 3339, UTC), `level`, `event` and its fields never change; `message` is the
/// sentence of the line for people.
pub(super) fn object(level: Level, target: &str, fields: EventFields) -> Value {
    let mut line = Map::new();
    line.insert("timestamp".to_owned(), jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into());
    line.insert("level".to_owned(), level.as_str().into());
    line.insert("event".to_owned(), fields.event.as_str().into());
    line.insert("message".to_owned(), sentence(&fields.event, &fields.others).into());
    line.insert("target".to_owned(), target.into());
    for (name, value) in fields.others {
        line.insert(name.to_owned(), value);
    }
    Value::Object(line)
}

/// What an event says.
#[derive(Debug, Default)]
pub(super) struct EventFields {
    /// Its name: what a call of `tracing` has as its message.
    pub event: String,
    pub others: Vec<(&'static str, Value)>,
}

impl EventFields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.others.push((field.name(), value.into()));
    }
}

impl Visit for EventFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, wording::plain(&value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, wording::chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write!(text, "{value:?}");
        if field.name() == "message" {
            self.event = text;
        } else {
            self.add(field, wording::plain(&text));
        }
    }
}
