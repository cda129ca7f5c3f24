//! PDFs of the tests' own making.

#![allow(dead_code, reason = "every test file uses another part")]

use pdf_writer::types::Predictor;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str};

use crate::common;

/// A page in points, with lines of Helvetica, 40 points from each other.
pub struct Leaf {
    pub size: [f32; 2],
    pub lines: Vec<&'static str>,
    pub rotate: i32,
    /// A note whose appearance is a black square.
    pub note: bool,
}

pub fn leaf(lines: &[&'static str]) -> Leaf {
    Leaf { size: [400.0, 200.0], lines: lines.to_vec(), rotate: 0, note: false }
}

/// A PDF of such pages.
pub fn pdf(leaves: &[Leaf]) -> Vec<u8> {
    let mut next = Ref::new(1);
    let [catalog, tree, font] = std::array::from_fn(|_| next.bump());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let ids: Vec<_> = leaves.iter().map(|_| next.bump()).collect();
    pdf.pages(tree).kids(ids.iter().copied()).count(ids.len() as i32);
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    for (leaf, id) in leaves.iter().zip(ids) {
        let [stream, note, square] = std::array::from_fn(|_| next.bump());
        let mut content = Content::new();
        content.begin_text().set_font(Name(b"F1"), 24.0);
        for (index, line) in leaf.lines.iter().enumerate() {
            let y = leaf.size[1] - 50.0 - 40.0 * index as f32;
            content.set_text_matrix([1.0, 0.0, 0.0, 1.0, 30.0, y]).show(Str(line.as_bytes()));
        }
        content.end_text();
        pdf.stream(stream, content.finish().as_slice());
        let mut page = pdf.page(id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, leaf.size[0], leaf.size[1])).contents(stream);
        page.rotate(leaf.rotate);
        page.resources().fonts().pair(Name(b"F1"), font);
        if leaf.note {
            page.annotations([note]);
        }
        page.finish();
        if leaf.note {
            let place = Rect::new(300.0, 20.0, 380.0, 100.0);
            let mut annotation = pdf.annotation(note);
            annotation.pair(Name(b"Subtype"), Name(b"Stamp"));
            annotation.rect(place);
            annotation.appearance().normal().stream(square);
            annotation.finish();
            let mut content = Content::new();
            content.rect(0.0, 0.0, 80.0, 80.0).fill_nonzero();
            pdf.form_xobject(square, content.finish().as_slice()).bbox(Rect::new(0.0, 0.0, 80.0, 80.0));
        }
    }
    pdf.finish()
}

/// A PDF with one page that is a screenshot of the repository, at 144 dots per inch.
pub fn scan(name: &str) -> Vec<u8> {
    let image = image::open(common::data(name)).expect("a screenshot").into_rgb8();
    let (width, height) = image.dimensions();
    let size = [width, height].map(|pixels| pixels as f32 / 2.0);
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, image.as_raw()).expect("a Vec takes all bytes");
    let packed = packed.finish().expect("a Vec takes all bytes");
    let [catalog, tree, page_id, stream, picture] = std::array::from_fn(|index| Ref::new(index as i32 + 1));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids([page_id]).count(1);
    let mut object = pdf.image_xobject(picture, &packed);
    object.width(width as i32).height(height as i32).bits_per_component(8).filter(Filter::FlateDecode);
    object.color_space_name(Name(b"DeviceRGB"));
    object.decode_parms().predictor(Predictor::None);
    object.finish();
    let mut content = Content::new();
    content.transform([size[0], 0.0, 0.0, size[1], 0.0, 0.0]).x_object(Name(b"I"));
    pdf.stream(stream, content.finish().as_slice());
    let mut page = pdf.page(page_id);
    page.parent(tree).media_box(Rect::new(0.0, 0.0, size[0], size[1])).contents(stream);
    page.resources().x_objects().pair(Name(b"I"), picture);
    page.finish();
    pdf.finish()
}

/// A PDF of one page of the given size, with this content, written by hand.
pub fn raw(media_box: &str, content: &[u8], filter: &str, more: &str) -> Vec<u8> {
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox {media_box} /Contents 4 0 R {more} >>").into_bytes(),
        stream(&format!("{filter} "), content),
    ];
    assemble(&objects, "")
}

/// A stream object.
pub fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< {entries}/Length {} >>\nstream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

/// A file of numbered objects, from 1 on, with a correct cross-reference table.
pub fn assemble(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(file.len());
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let table = file.len();
    let count = objects.len() + 1;
    file.extend_from_slice(format!("xref\n0 {count}\n0000000000 65535 f \n").as_bytes());
    for place in places {
        file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let end = format!("trailer\n<< /Size {count} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n");
    file.extend_from_slice(end.as_bytes());
    file
}
