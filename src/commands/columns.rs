//! Rows as a table: the first column to the left, the others to the right.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// Writes `rows`, which have as many cells as the first.
///
/// # Errors
/// Those of `output`.
pub fn print(rows: &[Vec<String>], output: &mut impl Write) -> io::Result<()> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    for row in rows {
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.width());
            match at {
                0 => write!(output, "{cell}{space}")?,
                _ => write!(output, "  {space}{cell}")?,
            }
        }
        writeln!(output)?;
    }
    Ok(())
}
