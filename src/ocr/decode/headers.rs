//! What the decoders do not tell, or tell too late, read from the file itself: sizes that bound what they allocate,
//! and where the orientation of a PNG may hide.

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

/// The largest lossy bitstream in a WebP: its decoder allocates what that says, and compares it with the size in the
/// file's header only after decoding.
pub(super) fn webp_frame_size(bytes: &[u8]) -> Option<(u32, u32)> {
    lossy_frames(bytes.get(12..)?).into_iter().max_by_key(|&(width, height)| width * height)
}

/// Width and height of each `VP8 ` chunk, those inside animation frames included (RFC 6386 §9.1, RFC 9649 §2.7).
fn lossy_frames(mut rest: &[u8]) -> Vec<(u32, u32)> {
    const ANIMATION_HEADER: usize = 16;
    let mut sizes = Vec::new();
    while let Some((name, after)) = rest.split_first_chunk::<4>()
        && let Some((length, after)) = after.split_first_chunk::<4>()
    {
        let length = u32::from_le_bytes(*length) as usize;
        let content = &after[..length.min(after.len())];
        match name {
            b"VP8 " => sizes.extend(lossy_size(content)),
            b"ANMF" => sizes.extend(content.get(ANIMATION_HEADER..).map(lossy_frames).unwrap_or_default()),
            _ => {}
        }
        rest = after.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    sizes
}

/// 14 bits each, behind a frame tag and a start code of three bytes each.
fn lossy_size(content: &[u8]) -> Option<(u32, u32)> {
    let &[w0, w1, h0, h1] = content.get(6..)?.first_chunk::<4>()?;
    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    Some((size(w0, w1), size(h0, h1)))
}
