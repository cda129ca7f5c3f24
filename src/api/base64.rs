//! The base64 of `file`, decoded in the place where it lies: an 84 MB body needs no second buffer.

use std::ops::Range;

use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};

use super::Error;

/// Standard alphabet, padded, as the plugin sends it. Like Python's `b64decode(validate=True)`, which the older
/// server used, it does not mind bits that are left over before the padding.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Characters decoded at a time: whole groups of four.
const CHUNK: usize = 4096;

/// Turns `body` into the bytes that the JSON string at `text` stands for in base64.
///
/// `text` is what is between the string's quotes, still with JSON's escapes (macOS writes `/` as `\/`).
///
/// # Errors
/// [`Error::NotBase64`]; [`Error::EmptyFile`] if there is nothing but padding.
pub fn decode_in_place(mut body: Vec<u8>, text: Range<usize>) -> Result<Vec<u8>, Error> {
    if body[text.clone()].iter().all(|byte| *byte == b'=') {
        return Err(Error::EmptyFile);
    }
    let (mut read, mut written) = (text.start, 0);
    let mut chunk = [0; CHUNK];
    while read < text.end {
        let (filled, consumed) = unescape(&body[read..text.end], &mut chunk)?;
        read += consumed;
        // Four characters make three bytes, so the output never reaches what is still to be read.
        let room = &mut body[written..read];
        let decoded = ENGINE.decode_slice(&chunk[..filled], room).map_err(|_| Error::NotBase64)?;
        written += decoded;
        let padded = decoded < CHUNK / 4 * 3;
        if padded && read < text.end {
            return Err(Error::NotBase64);
        }
    }
    body.truncate(written);
    // What base64 took beyond that is a third of it.
    body.shrink_to_fit();
    Ok(body)
}

/// Fills `chunk` with the characters that `text` stands for; returns how many, and how many bytes of `text` they took.
fn unescape(text: &[u8], chunk: &mut [u8; CHUNK]) -> Result<(usize, usize), Error> {
    let (mut filled, mut consumed) = (0, 0);
    while filled < CHUNK && consumed < text.len() {
        let rest = &text[consumed..text.len().min(consumed + CHUNK - filled)];
        let plain = rest.iter().position(|byte| *byte == b'\\').unwrap_or(rest.len());
        chunk[filled..filled + plain].copy_from_slice(&rest[..plain]);
        filled += plain;
        consumed += plain;
        if plain < rest.len() {
            let (character, length) = escape(&text[consumed..]).ok_or(Error::NotBase64)?;
            chunk[filled] = character;
            filled += 1;
            consumed += length;
        }
    }
    Ok((filled, consumed))
}

/// The ASCII character of the JSON escape at the start of `text`, and the escape's length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text.get(1)? {
        b'/' => Some((b'/', 2)),
        b'u' => {
            let digits = std::str::from_utf8(text.get(2..6)?).ok()?;
            Some((u8::try_from(u32::from_str_radix(digits, 16).ok()?).ok()?, 6))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use proptest::prelude::{any, proptest};

    use super::{CHUNK, Error, decode_in_place};

    fn decode(literal: &str) -> Result<Vec<u8>, Error> {
        let body = format!("{{\"file\":\"{literal}\"}}").into_bytes();
        let text = 9..body.len() - 2;
        decode_in_place(body, text)
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_however_json_writes_them(bytes in proptest::collection::vec(any::<u8>(), 1..3 * CHUNK)) {
            let text = BASE64_STANDARD.encode(&bytes);
            assert_eq!(decode(&text).as_ref(), Ok(&bytes));
            assert_eq!(decode(&text.replace('/', "\\/")).as_ref(), Ok(&bytes));
            assert_eq!(decode(&text.replace('+', "\\u002b").replace('=', "\\u003D")).as_ref(), Ok(&bytes));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[A-Za-z0-9+/=\\\\u ]{0,64}") {
            let _ = decode(&text);
        }
    }

    #[test]
    fn what_is_not_padded_standard_base64_is_refused() {
        for text in [
            "YQ",
            "YQ=",
            "YQ===",
            "Y",
            "YW-_",
            "Y W=",
            "YQ==YQ==",
            "YQ\\n==",
            "图",
            "YWJj\\",
            "data:image/png;base64,YQ==",
        ] {
            assert_eq!(decode(text), Err(Error::NotBase64), "{text}");
        }
        let padding_inside = format!("{}YQ==YQ==", "YWJj".repeat(CHUNK / 4 - 1));
        assert_eq!(decode(&padding_inside), Err(Error::NotBase64));
    }

    #[test]
    fn padding_alone_is_nothing() {
        assert_eq!(decode("=="), Err(Error::EmptyFile));
        assert_eq!(decode("YR=="), Ok(b"a".to_vec()));
    }
}
