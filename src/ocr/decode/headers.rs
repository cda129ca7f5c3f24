//! What the decoders do not tell, or tell too late, read from the file itself: sizes that bound what they allocate,
//! and where the orientation of a PNG may hide.
//!
//! Every walk goes forward through the file and never into itself: what a file nests costs no stack.

use std::io::Cursor;

use tiff::decoder::Decoder;
use tiff::tags::Tag;

/// The `Compression` of a TIFF whose strips or tiles are JPEGs of their own (TIFF technical note 2).
const TIFF_JPEG: u32 = 7;

/// Width and height in the header of a PNG: its decoder allocates a row before it can be asked.
pub(super) fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let (width, height) = header.first_chunk::<8>()?.split_at(4);
    Some((u32::from_be_bytes(width.try_into().ok()?), u32::from_be_bytes(height.try_into().ok()?)))
}

/// The EXIF data of a PNG, which may stand behind the pixels, where its decoder has stopped reading.
pub(super) fn png_exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (name, after) = after.split_first_chunk::<4>()?;
        let (content, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        if name == b"eXIf" {
            return Some(content);
        }
        rest = after.get(4..)?;
    }
}

/// How often a JPEG begins a scan: inside the data of one, `FF` is never followed by `DA` (ITU-T T.81 §B.1.1.5).
pub(super) fn jpeg_scans(bytes: &[u8]) -> usize {
    bytes.windows(2).filter(|pair| pair == b"\xff\xda").count()
}

/// The frame of a JPEG, by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JpegFrame {
    pub width: u32,
    pub height: u32,
    pub components: u8,
    /// Coefficients that are kept until the last scan; 0 if one scan has all of them, and a row of blocks is enough.
    pub coefficients: u64,
}

/// What a JPEG says of its frame before its first scan; `None` if that cannot be followed (ITU-T T.81 §B.2).
pub(super) fn jpeg_frame(bytes: &[u8]) -> Option<JpegFrame> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    let mut frame = None;
    loop {
        let (&marker, after) = rest.strip_prefix(b"\xff")?.split_first()?;
        if marker == 0xFF {
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let content = after.get(2..length)?;
        match marker {
            0xC0..=0xC3 => frame = Some((jpeg_sizes(content)?, marker <= 0xC1)),
            0xDA => {
                let (frame, is_sequential) = frame?;
                let is_whole = is_sequential && content.first() == Some(&frame.components);
                return Some(if is_whole { JpegFrame { coefficients: 0, ..frame } } else { frame });
            }
            _ => {}
        }
        rest = &after[length..];
    }
}

/// The content of a frame header; every component is as large as whole units of blocks make it.
fn jpeg_sizes(content: &[u8]) -> Option<JpegFrame> {
    let &[_, h1, h0, w1, w0, components] = content.first_chunk()?;
    let [width, height] = [[w1, w0], [h1, h0]].map(|bytes| u32::from(u16::from_be_bytes(bytes)));
    let factors: Vec<(u64, u64)> =
        content[6..].chunks_exact(3).map(|entry| (u64::from(entry[1] >> 4), u64::from(entry[1] & 15))).collect();
    let wide = factors.iter().map(|factor| factor.0).max()?.max(1);
    let high = factors.iter().map(|factor| factor.1).max()?.max(1);
    let units = u64::from(width).div_ceil(8 * wide) * u64::from(height).div_ceil(8 * high);
    let coefficients = factors.iter().map(|(wide, high)| units * wide * high * 64).sum();
    Some(JpegFrame { width, height, components, coefficients })
}

/// The JPEGs that the strips or tiles of a TIFF's first page are, as far as they can be followed; their sizes need not be
/// the page's. `None` if they are something else.
pub(super) fn tiff_jpegs(bytes: &[u8]) -> Option<Vec<JpegFrame>> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).ok()?;
    if decoder.find_tag_unsigned::<u32>(Tag::Compression).ok()?? != TIFF_JPEG {
        return None;
    }
    let mut offsets = |tag| decoder.find_tag_unsigned_vec::<u64>(tag).ok().flatten().unwrap_or_default();
    let offsets = [offsets(Tag::StripOffsets), offsets(Tag::TileOffsets)].concat();
    let part = |offset: u64| bytes.get(usize::try_from(offset).ok()?..);
    Some(offsets.into_iter().filter_map(|offset| jpeg_frame(part(offset)?)).collect())
}

/// What a WebP's chunks say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WebpChunks<'b> {
    /// The largest lossy bitstream: its decoder allocates what that says, and compares it with the size in the file's
    /// header only after decoding.
    pub lossy: Option<(u32, u32)>,
    /// Outside of frames.
    pub still: Lossless<'b>,
    /// In the first frame of an animation, with its size.
    pub frame: Option<((u32, u32), Lossless<'b>)>,
}

/// Bitstreams that Huffman codes are made for before a pixel is decoded; of each kind only the first is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lossless<'b> {
    pub picture: Option<&'b [u8]>,
    /// A plane of alpha beside a lossy bitstream.
    pub alpha: Option<&'b [u8]>,
}

/// Looks at every chunk, those inside the frames of an animation included (RFC 6386 §9.1, RFC 9649 §2.7). Frames inside
/// frames are not entered: there are none in a valid file, and the decoder does not look for them.
pub(super) fn webp_chunks(bytes: &[u8]) -> WebpChunks<'_> {
    let mut found = WebpChunks::default();
    for (name, content) in chunks(bytes.get(12..).unwrap_or_default()) {
        match &name {
            b"ANMF" => found.add_frame(content),
            _ => found.lossy = larger(found.lossy, found.still.add(name, content)),
        }
    }
    found
}

impl<'b> WebpChunks<'b> {
    /// A frame's header is its place, its size less one in 24 bits each, its time and its flags (RFC 9649 §2.7.1.1).
    fn add_frame(&mut self, content: &'b [u8]) {
        let Some((header, rest)) = content.split_first_chunk::<16>() else { return };
        let size = [6, 9].map(|at| 1 + u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]));
        let mut inside = Lossless::default();
        for (name, content) in chunks(rest) {
            self.lossy = larger(self.lossy, inside.add(name, content));
        }
        self.frame = self.frame.or(Some((size.into(), inside)));
    }
}

impl<'b> Lossless<'b> {
    /// Takes note of a chunk; returns the size of a lossy one.
    fn add(&mut self, name: [u8; 4], content: &'b [u8]) -> Option<(u32, u32)> {
        match &name {
            b"VP8 " => return lossy_size(content),
            b"VP8L" => self.picture = self.picture.or(Some(content)),
            b"ALPH" => self.alpha = self.alpha.or(Some(content)),
            _ => {}
        }
        None
    }
}

/// Names and contents of the chunks that `rest` consists of; the last one may be cut short.
fn chunks(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        rest = after.get(length.saturating_add(length % 2)..).unwrap_or_default();
        Some((*name, &after[..length.min(after.len())]))
    })
}

fn larger(one: Option<(u32, u32)>, other: Option<(u32, u32)>) -> Option<(u32, u32)> {
    one.into_iter().chain(other).max_by_key(|&(width, height)| width * height)
}

/// 14 bits each, behind a frame tag and a start code of three bytes each.
fn lossy_size(content: &[u8]) -> Option<(u32, u32)> {
    let &[w0, w1, h0, h1] = content.get(6..)?.first_chunk::<4>()?;
    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    Some((size(w0, w1), size(h0, h1)))
}
