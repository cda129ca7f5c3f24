//! PDFs that are broken or mean harm: a word for each, in bounded time, and the service goes on.

use std::io::Write as _;

use super::maker::{assemble, leaf, pdf, raw, stream};

/// A file and how it may end: the pages that are read, or words of the message.
pub struct Case {
    pub name: &'static str,
    pub file: Vec<u8>,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// So many pages.
    Pages(usize),
    /// A failure with these words.
    Words(&'static str),
    /// Either, in time: what a reader makes of it is its own business.
    Any,
}

/// Everything that is tried on the service and on the command.
pub fn cases() -> Vec<Case> {
    use Outcome::{Any, Pages, Words};
    let good = pdf(&[leaf(&["Good"])]);
    let case = |name, file, outcome| Case { name, file, outcome };
    let mut broken_table = good.clone();
    let table = broken_table.windows(4).rposition(|window| window == b"xref").expect("a table");
    broken_table.truncate(table);
    vec![
        case("nothing but a header", b"%PDF-1.7\n".to_vec(), Words("damaged")),
        case("noise after a header", [b"%PDF-1.7\n".to_vec(), noise(50_000)].concat(), Words("damaged")),
        case("no cross-reference table", broken_table, Pages(1)),
        case("cut in half", good[..good.len() / 2].to_vec(), Any),
        case("a huge page", raw("[0 0 200000 200000]", b"", "", ""), Words("too large")),
        case("a page beyond all numbers", raw("[0 0 999999999999999999999 5]", b"", "", ""), Words("too large")),
        case("a page that is not a number", raw("[0 0 nan -5]", b"", "", ""), Any),
        case(
            "no pages",
            assemble(
                &[b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), b"<< /Type /Pages /Kids [] /Count 0 >>".to_vec()],
                "",
            ),
            Words("no pages"),
        ),
        case("a page tree that is its own child", tree_of_itself(), Any),
        case("ten thousand pages", many_pages(10_000), Pages(10)),
        case(
            "arrays in arrays",
            raw("[0 0 100 100]", b"", "", &format!("/X {}{}", "[".repeat(200_000), "]".repeat(200_000))),
            Any,
        ),
        case("brackets in the content", raw("[0 0 100 100]", &b"[".repeat(500_000), "", ""), Any),
        case("states upon states", raw("[0 0 100 100]", &b"q ".repeat(500_000), "", ""), Any),
        case("a form that draws itself", form_of_itself(), Any),
        case("a bomb in the content", raw("[0 0 100 100]", &bomb(4096), "/Filter /FlateDecode", ""), Any),
        case(
            "a bomb in a bomb",
            raw("[0 0 100 100]", &deflate(&bomb(4096)), "/Filter [/FlateDecode /FlateDecode]", ""),
            Any,
        ),
        case("an image of a thousand million pixels", giant_image(), Any),
        case("a password", encrypted(), Words("password")),
    ]
}

/// The same bytes each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).expect("a Vec takes all bytes");
    packed.finish().expect("a Vec takes all bytes")
}

/// So many mebibytes of spaces, packed: a block that needs nothing of what was before it, over and over.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut block = Vec::with_capacity(64 * 1024);
    let mut packer = flate2::Compress::new(flate2::Compression::best(), false);
    packer.compress_vec(&vec![b' '; 1 << 20], &mut block, flate2::FlushCompress::Full).expect("room for a block");
    [b"\x78\x9c".to_vec(), block.repeat(mebibytes)].concat()
}

fn tree_of_itself() -> Vec<u8> {
    let pages = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>".to_vec();
    assemble(&[b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), pages], "")
}

fn many_pages(count: usize) -> Vec<u8> {
    let kids: Vec<_> = (0..count).map(|index| format!("{} 0 R", index + 3)).collect();
    let kids = kids.join(" ");
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} /MediaBox [0 0 40 40] >>").into_bytes(),
    ];
    objects.extend((0..count).map(|_| b"<< /Type /Page /Parent 2 0 R >>".to_vec()));
    assemble(&objects, "")
}

/// The objects of one page with `content`, in which `X` is the object that comes next.
fn page_of_x(content: &str) -> Vec<Vec<u8>> {
    vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 90 90] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>"
            .to_vec(),
        stream("", content.as_bytes()),
    ]
}

fn form_of_itself() -> Vec<u8> {
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> ";
    let mut objects = page_of_x("/X Do");
    objects.push(stream(form, b"/X Do /X Do"));
    assemble(&objects, "")
}

/// Forms that each draw the next one twice, until nobody lives to see the end.
pub fn endless() -> Vec<u8> {
    let mut objects = page_of_x("/X Do");
    for next in 6..46 {
        let entries =
            format!("/Type /XObject /Subtype /Form /BBox [0 0 90 90] /Resources << /XObject << /X {next} 0 R >> >> ");
        objects.push(stream(&entries, b"/X Do /X Do"));
    }
    objects.push(stream("/Type /XObject /Subtype /Form /BBox [0 0 90 90] ", b"0 0 9 9 re f"));
    assemble(&objects, "")
}

fn giant_image() -> Vec<u8> {
    let image = "/Type /XObject /Subtype /Image /Width 32000 /Height 32000 /BitsPerComponent 8 /ColorSpace /DeviceRGB \
                 /Filter /FlateDecode ";
    let mut objects = page_of_x("q 90 0 0 90 0 0 cm /X Do Q");
    objects.push(stream(image, &bomb(3000)));
    assemble(&objects, "")
}

/// Encrypted for a user password that is not the empty one: what it says of the password fits none.
fn encrypted() -> Vec<u8> {
    let key = "00".repeat(32);
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 90 90] >>".to_vec(),
        format!("<< /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >>").into_bytes(),
    ];
    assemble(&objects, "/Encrypt 4 0 R /ID [<01> <01>]")
}
