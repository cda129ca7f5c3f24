//! Errors as people read them: one sentence, in one language, and nothing said twice.
//!
//! What a library or the system says about an error comes in English and for programmers. Here it becomes what a person
//! needs; all of it is told where somebody asked for more (`-v`).

mod system;
mod wrap;

use std::error::Error;
use std::fmt::Display;
use std::time::Duration;
use std::{io, iter};

use crate::untrusted::plain_lines;
pub use wrap::wrapped;

/// `error` and what caused it, joined by colons.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told: Vec<String> = Vec::new();
    for cause in causes(Some(error)) {
        let text = sentence(cause);
        // What wraps an error often says what it wraps; libraries say what they are made of.
        if !text.is_empty() && !told.iter().any(|before| before.contains(&text)) {
            told.push(text);
        }
        if is_explained(cause) {
            break;
        }
    }
    told.join(&t!("punctuation.colon"))
}

/// `text` with the words of the system in it in the language of the process.
#[must_use]
pub fn plain(text: &impl Display) -> String {
    system::translated(&text.to_string())
}

/// The items of a list, as they stand in a sentence.
#[must_use]
pub fn list<I: Display>(items: impl IntoIterator<Item = I>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(&t!("punctuation.comma"))
}

/// How long something has lasted, to the second, in two units at most.
#[must_use]
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let counts = [seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60];
    let first = counts.iter().position(|count| *count > 0).unwrap_or(counts.len() - 1);
    let texts = counts.iter().enumerate().map(|(unit, &count)| match unit {
        0 => t!("span.days", count = count),
        1 => t!("span.hours", count = count),
        2 => t!("span.minutes", count = count),
        _ => t!("span.seconds", count = count),
    });
    let parts = counts.iter().zip(texts).enumerate().skip(first).take(2);
    let told: Vec<_> =
        parts.filter(|(at, (count, _))| *at == first || **count > 0).map(|(_, (_, text))| text).collect();
    told.join(" ")
}

/// `first`, what caused it, and so on.
fn causes<'e>(first: Option<&'e (dyn Error + 'static)>) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(first, |cause| {
        let cause: &'e (dyn Error + 'static) = *cause;
        cause.source()
    })
}

/// What one error says, without its causes.
fn sentence(error: &(dyn Error + 'static)) -> String {
    let text = match (error.downcast_ref::<reqwest::Error>(), error.downcast_ref::<io::Error>()) {
        (Some(error), _) => network(error),
        (None, Some(error)) => system::words(error),
        (None, None) if error.is::<image::ImageError>() && !in_full() => String::new(),
        (None, None) => system::translated(&error.to_string()),
    };
    plain_lines(&text)
}

/// Whether what caused `error` is already in its sentence.
fn is_explained(error: &(dyn Error + 'static)) -> bool {
    !in_full() && (error.is::<reqwest::Error>() || error.is::<image::ImageError>())
}

/// Whether somebody asked for all that there is.
fn in_full() -> bool {
    tracing::enabled!(tracing::Level::DEBUG)
}

/// What kept an HTTP request from being answered.
fn network(error: &reqwest::Error) -> String {
    let causes = || causes(error.source());
    if let Some(system) = causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).last()
        && let Some(words) = system::known(system)
    {
        return words.into_owned();
    }
    let last = causes().last().map(ToString::to_string).unwrap_or_default();
    if error.is_timeout() {
        t!("system.timed_out").into_owned()
    } else if causes().any(|cause| cause.to_string().contains("dns error")) {
        t!("system.no_such_host").into_owned()
    } else if last.is_empty() {
        plain(error)
    } else {
        plain(&last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open it")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_span_is_told_in_two_units_at_most() {
        let told = |seconds| span(Duration::from_secs(seconds));
        assert_eq!([0, 59, 60, 3725, 7200].map(told), ["0 s", "59 s", "1 min", "1 h 2 min", "2 h"]);
        assert_eq!(told(86_400 * 3 + 3599), "3 d");
    }

    #[test]
    fn a_chain_says_each_thing_once_and_no_numbers() {
        let missing = || io::Error::from_raw_os_error(rustix::io::Errno::NOENT.raw_os_error());
        assert_eq!(chain(&Outer(missing())), "cannot open it: no such file or folder");
        let twice = io::Error::other(Outer(missing()));
        assert_eq!(chain(&twice), "cannot open it: no such file or folder");
    }
}
