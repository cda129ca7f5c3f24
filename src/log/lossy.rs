//! Log lines on their way out. One that cannot be written is lost, and nothing else: the disk may be full, the reader
//! of the pipe may have gone, or be there and not read.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};

use tracing::Level;

use super::LogFormat;
use super::line::{self, EventFields};

/// How long the first line waits for a reader that has stopped reading; those after it do not wait.
const PATIENCE: Duration = Duration::from_millis(500);

/// An output that never fails. Each `write` is a line.
pub struct Lossy<W> {
    format: LogFormat,
    state: Mutex<LossyOutput<W>>,
}

struct LossyOutput<W> {
    output: W,
    /// Lines since the last that was written.
    lost: u64,
    /// The last thing that was written is the beginning of a line.
    is_torn: bool,
}

impl<W: Write + AsFd> Lossy<W> {
    /// Lines in `format` go to `output`.
    pub fn new(output: W, format: LogFormat) -> Self {
        Self { format, state: Mutex::new(LossyOutput { output, lost: 0, is_torn: false }) }
    }
}

impl<W: Write + AsFd> LossyOutput<W> {
    fn log(&mut self, line: &[u8], format: LogFormat) -> io::Result<()> {
        self.wait_for_room()?;
        if self.is_torn {
            self.output.write_all(b"\n")?;
            self.is_torn = false;
        }
        if self.lost > 0 {
            self.put(loss(self.lost, format).as_bytes())?;
            self.lost = 0;
        }
        self.put(line)
    }

    /// An output that is not ready would hold up whoever has something to log.
    fn wait_for_room(&self) -> io::Result<()> {
        let patience = if self.lost > 0 { Duration::ZERO } else { PATIENCE };
        let timeout = patience.try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut output = [PollFd::new(&self.output, PollFlags::OUT)];
        match poll(&mut output, Some(&timeout)) {
            Ok(0) => Err(io::ErrorKind::TimedOut.into()),
            // What cannot be asked is tried.
            _ => Ok(()),
        }
    }

    fn put(&mut self, mut line: &[u8]) -> io::Result<()> {
        while !line.is_empty() {
            match self.output.write(line) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    line = &line[written..];
                    self.is_torn = !line.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<W: Write + AsFd> Write for &Lossy<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.log(line, self.format).is_err() {
            state.lost += 1;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The line that says how many there are not.
fn loss(lost: u64, format: LogFormat) -> String {
    let fields = EventFields { event: "lines-lost".to_owned(), others: vec![("lost", lost.into())] };
    match format {
        LogFormat::Text => line::text(Level::WARN, &fields, false) + "\n",
        LogFormat::Json => format!("{}\n", line::object(Level::WARN, module_path!(), fields)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;
    #[cfg(target_os = "linux")]
    use std::io::{Read as _, Seek as _};

    use super::{LogFormat, Lossy};

    fn write(log: &Lossy<File>, line: &str) {
        // As the log does it.
        let mut writer = log;
        writer.write_all(line.as_bytes()).expect("it never fails");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn lines_for_a_full_disk_are_counted_and_told_when_there_is_room() {
        for (format, told) in [(LogFormat::Text, "2 log lines could not be written"), (LogFormat::Json, "\"lost\":2")] {
            let log = Lossy::new(File::options().write(true).open("/dev/full").expect("Linux has it"), format);
            write(&log, "one\n");
            write(&log, "two\n");
            let mut file = tempfile::tempfile().expect("a file");
            log.state.lock().expect("no panic").output = file.try_clone().expect("the same file");
            write(&log, "three\n");
            write(&log, "four\n");
            file.rewind().expect("a file");
            let mut text = String::new();
            file.read_to_string(&mut text).expect("text");
            let lines: Vec<_> = text.lines().collect();
            assert!(lines[0].contains(told), "{text}");
            assert_eq!(lines[1..], ["three", "four"]);
        }
    }

    #[test]
    fn a_reader_that_does_not_read_holds_nobody_up_and_one_that_has_gone_neither() {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let log = Lossy::new(File::from(std::os::fd::OwnedFd::from(writer)), LogFormat::Text);
        let line = "x".repeat(1000) + "\n";
        // More than the pipe holds: this would never come back.
        for _ in 0..200 {
            write(&log, &line);
        }
        assert!(log.state.lock().expect("no panic").lost > 0);
        drop(reader);
        write(&log, &line);
    }
}
