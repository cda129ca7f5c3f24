//! How many groups of Huffman codes a lossless WebP bitstream has: its decoder makes all of them before it looks at a
//! pixel, up to 65,536 of some 80 KB each, and a few megabytes are enough to describe them.
//!
//! Only what comes before the groups is decoded here: the images that the transforms are made of, and the one that says
//! which group each part of the picture uses. Sections are those of the WebP Lossless Bitstream Specification (RFC 9649 §3).

/// Symbols of each code of a group: green and lengths, red, blue, alpha, distances (§3.7.2.1).
const ALPHABETS: [usize; 5] = [256 + 24, 256, 256, 256, 40];

/// In which order the lengths of the code for lengths come (§3.7.2.1.2).
const LENGTH_ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Places near a pixel, to the left and upwards, by the codes 1 to 120 (§3.6.2.2).
#[rustfmt::skip]
const NEAR: [[i64; 2]; 120] = [
    [0, 1], [1, 0], [1, 1], [-1, 1], [0, 2], [2, 0], [1, 2], [-1, 2], [2, 1], [-2, 1], [2, 2], [-2, 2],
    [0, 3], [3, 0], [1, 3], [-1, 3], [3, 1], [-3, 1], [2, 3], [-2, 3], [3, 2], [-3, 2], [0, 4], [4, 0],
    [1, 4], [-1, 4], [4, 1], [-4, 1], [3, 3], [-3, 3], [2, 4], [-2, 4], [4, 2], [-4, 2], [0, 5], [3, 4],
    [-3, 4], [4, 3], [-4, 3], [5, 0], [1, 5], [-1, 5], [5, 1], [-5, 1], [2, 5], [-2, 5], [5, 2], [-5, 2],
    [4, 4], [-4, 4], [3, 5], [-3, 5], [5, 3], [-5, 3], [0, 6], [6, 0], [1, 6], [-1, 6], [6, 1], [-6, 1],
    [2, 6], [-2, 6], [6, 2], [-6, 2], [4, 5], [-4, 5], [5, 4], [-5, 4], [3, 6], [-3, 6], [6, 3], [-6, 3],
    [0, 7], [7, 0], [1, 7], [-1, 7], [5, 5], [-5, 5], [7, 1], [-7, 1], [4, 6], [-4, 6], [6, 4], [-6, 4],
    [2, 7], [-2, 7], [7, 2], [-7, 2], [3, 7], [-3, 7], [7, 3], [-7, 3], [5, 6], [-5, 6], [6, 5], [-6, 5],
    [8, 0], [4, 7], [-4, 7], [7, 4], [-7, 4], [8, 1], [8, 2], [6, 6], [-6, 6], [8, 3], [5, 7], [-5, 7],
    [7, 5], [-7, 5], [8, 4], [6, 7], [-6, 7], [7, 6], [-7, 6], [8, 5], [7, 7], [-7, 7], [8, 6], [8, 7],
];

/// The groups of codes of a bitstream. `size` is that of the picture where the bitstream does not say it, as in a chunk of
/// alpha. `None` if it cannot be decoded that far.
pub(super) fn groups(bytes: &[u8], size: Option<(u32, u32)>) -> Option<u32> {
    let mut bits = Bits { bytes, at: 0 };
    let [width, height] = match size {
        Some((width, height)) => [width as usize, height as usize],
        None => header(&mut bits)?,
    };
    let width = transforms(&mut bits, width, height)?;
    cache_bits(&mut bits)?;
    if bits.read(1)? == 0 {
        return Some(1);
    }
    let block = bits.read(3)? + 2;
    let image = image(&mut bits, width.div_ceil(1 << block), height.div_ceil(1 << block))?;
    image.iter().map(|[red, green, ..]| u32::from(*red) << 8 | u32::from(*green)).max().map(|most| most + 1)
}

/// The size that a bitstream says (§3.3).
fn header(bits: &mut Bits<'_>) -> Option<[usize; 2]> {
    if bits.read(8)? != 0x2f {
        return None;
    }
    let size = [bits.read(14)? + 1, bits.read(14)? + 1];
    bits.read(4)?;
    Some(size)
}

/// Reads the transforms; returns the width of what they are applied to (§3.4).
fn transforms(bits: &mut Bits<'_>, width: usize, height: usize) -> Option<usize> {
    let mut packed = width;
    let mut seen = [false; 4];
    while bits.read(1)? == 1 {
        let kind = bits.read(2)?;
        if std::mem::replace(&mut seen[kind], true) {
            return None;
        }
        match kind {
            0 | 1 => {
                let block = bits.read(3)? + 2;
                image(bits, packed.div_ceil(1 << block), height.div_ceil(1 << block))?;
            }
            2 => {}
            _ => {
                let colors = bits.read(8)? + 1;
                image(bits, colors, 1)?;
                let shift = match colors {
                    ..=2 => 3,
                    3..=4 => 2,
                    5..=16 => 1,
                    _ => 0,
                };
                packed = packed.div_ceil(1 << shift);
            }
        }
    }
    Some(packed)
}

/// The bits of a pixel's place in the cache of colours, 0 if there is none (§3.6.2.3).
fn cache_bits(bits: &mut Bits<'_>) -> Option<usize> {
    if bits.read(1)? == 0 {
        return Some(0);
    }
    bits.read(4).filter(|size| (1..=11).contains(size))
}

/// An image with one group of codes: red, green, blue and alpha of each pixel (§3.6).
fn image(bits: &mut Bits<'_>, width: usize, height: usize) -> Option<Vec<[u8; 4]>> {
    let cache_bits = cache_bits(bits)?;
    let cached = if cache_bits == 0 { 0 } else { 1 << cache_bits };
    let mut codes = Vec::new();
    for (index, alphabet) in ALPHABETS.into_iter().enumerate() {
        codes.push(Code::read(bits, alphabet + if index == 0 { cached } else { 0 })?);
    }
    let mut colors = vec![[0; 4]; cached];
    let place = |[red, green, blue, alpha]: [u8; 4]| {
        let color = u32::from_be_bytes([alpha, red, green, blue]);
        (color.wrapping_mul(0x1e35_a7bd) >> (32 - cache_bits)) as usize
    };
    let count = width * height;
    let mut pixels: Vec<[u8; 4]> = Vec::new();
    while pixels.len() < count {
        let symbol = codes[0].symbol(bits)?;
        let first = pixels.len();
        match symbol {
            0..256 => {
                let [red, blue, alpha] = [codes[1].symbol(bits)?, codes[2].symbol(bits)?, codes[3].symbol(bits)?];
                pixels.push([red, symbol, blue, alpha].map(|level| level as u8));
            }
            256..280 => {
                let length = prefixed(bits, symbol - 256)?;
                let code = codes[4].symbol(bits)?;
                let back = distance(prefixed(bits, code)?, width);
                let from = first.checked_sub(back)?;
                if length > count - first {
                    return None;
                }
                (0..length).for_each(|at| pixels.push(pixels[from + at]));
            }
            _ => pixels.push(*colors.get(symbol - 280)?),
        }
        if cached > 0 {
            pixels[first..].iter().for_each(|pixel| colors[place(*pixel)] = *pixel);
        }
    }
    Some(pixels)
}

/// A length or a distance that begins with `symbol` (§3.6.2.2).
fn prefixed(bits: &mut Bits<'_>, symbol: usize) -> Option<usize> {
    if symbol < 4 {
        return Some(symbol + 1);
    }
    let extra = (symbol - 2) >> 1;
    Some(((2 + (symbol & 1)) << extra) + bits.read(extra as u32)? + 1)
}

/// How many pixels back `code` points.
fn distance(code: usize, width: usize) -> usize {
    match NEAR.get(code - 1) {
        Some([left, up]) => usize::try_from(left + up * width as i64).unwrap_or(0).max(1),
        None => code - NEAR.len(),
    }
}

/// A canonical Huffman code.
struct Code {
    /// How many symbols have codes of each length.
    counts: [usize; 16],
    /// The symbols, in the order of their codes.
    symbols: Vec<usize>,
}

impl Code {
    /// Reads one for so many symbols (§3.7.2.1).
    fn read(bits: &mut Bits<'_>, alphabet: usize) -> Option<Self> {
        if bits.read(1)? == 0 {
            return Self::read_lengths(bits, alphabet);
        }
        let count = bits.read(1)? + 1;
        let width = if bits.read(1)? == 0 { 1 } else { 8 };
        let mut symbols = vec![bits.read(width)?];
        if count == 2 {
            symbols.push(bits.read(8)?);
        }
        let mut counts = [0; 16];
        counts[1] = count;
        symbols.iter().all(|symbol| *symbol < alphabet).then_some(Self { counts, symbols })
    }

    fn read_lengths(bits: &mut Bits<'_>, alphabet: usize) -> Option<Self> {
        let mut lengths = [0; LENGTH_ORDER.len()];
        let given = bits.read(4)? + 4;
        for place in &LENGTH_ORDER[..given] {
            lengths[*place] = bits.read(3)?;
        }
        let code = Self::of(&lengths)?;
        let mut left = alphabet;
        if bits.read(1)? == 1 {
            let width = 2 + 2 * bits.read(3)?;
            left = bits.read(width as u32)? + 2;
        }
        if left > alphabet {
            return None;
        }
        let mut lengths = Vec::with_capacity(alphabet);
        let mut before = 8;
        while lengths.len() < alphabet && left > 0 {
            left -= 1;
            let (length, times) = match code.symbol(bits)? {
                16 => (before, bits.read(2)? + 3),
                17 => (0, bits.read(3)? + 3),
                18 => (0, bits.read(7)? + 11),
                length => (length, 1),
            };
            lengths.extend(std::iter::repeat_n(length, times));
            before = if length == 0 { before } else { length };
        }
        if lengths.len() > alphabet { None } else { Self::of(&lengths) }
    }

    /// The code in which symbol `n` has `lengths[n]` bits, or none at all if that is 0; it must be complete.
    fn of(lengths: &[usize]) -> Option<Self> {
        let mut counts = [0; 16];
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|symbol| lengths[*symbol] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol]);
        for symbol in &symbols {
            counts[lengths[*symbol]] += 1;
        }
        let used: usize = counts.iter().enumerate().map(|(length, count)| count << (15 - length)).sum();
        (symbols.len() == 1 || used == 1 << 15).then_some(Self { counts, symbols })
    }

    /// The next symbol; one that is alone takes no bits.
    fn symbol(&self, bits: &mut Bits<'_>) -> Option<usize> {
        if let [symbol] = self.symbols[..] {
            return Some(symbol);
        }
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code |= bits.read(1)?;
            if code < first + count {
                return self.symbols.get(index + code - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// Bits, the lowest of each byte first.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next `count`, at most 32.
    fn read(&mut self, count: u32) -> Option<usize> {
        let end = self.at + count as usize;
        if end > 8 * self.bytes.len() {
            return None;
        }
        let mut window = [0; 8];
        let rest = &self.bytes[self.at / 8..];
        let length = rest.len().min(8);
        window[..length].copy_from_slice(&rest[..length]);
        let value = u64::from_le_bytes(window) >> (self.at % 8);
        self.at = end;
        Some((value & ((1 << count) - 1)) as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::headers::webp_chunks;
    use super::groups;

    #[test]
    fn what_encoders_write_is_followed() {
        for (name, expected) in [("text.webp", 2), ("exif6.webp", 1)] {
            let file = std::fs::read(Path::new("tests/data/formats").join(name)).expect("a file");
            let chunks = webp_chunks(&file);
            let stream = chunks.still.picture.expect("a lossless picture");
            assert_eq!(groups(stream, None), Some(expected), "{name}");
            assert_eq!(groups(&stream[..8], None), None, "{name}, cut short");
        }
    }
}
