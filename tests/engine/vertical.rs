//! Vertical text and ruby, with real models. The pictures were drawn by Chromium (`writing-mode: vertical-rl`, `<ruby>`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jkocr::ocr::{Params, Profile, ReadingOrder, Ruby};

use super::engines::{Set, V5_MOBILE, V6_SMALL};
use crate::common::data;

fn read_with(set: &Set, name: &str, params: Params) -> Vec<String> {
    let image = image::open(data("vertical").join(name)).unwrap().into_rgb8();
    let page = set.engine().read(&image, &params, &|| false).unwrap();
    page.lines.into_iter().map(|line| line.text).collect()
}

fn read(name: &str, params: Params) -> Vec<String> {
    read_with(&V6_SMALL, name, params)
}

fn screen() -> Params {
    Params { profile: Profile::Screen, reading_order: ReadingOrder::Auto, ..Params::default() }
}

#[test]
fn vertical_text_has_its_punctuation_its_brackets_and_its_long_vowels() {
    for (name, drawn) in [
        ("japanese.png", ["「コーヒーを飲む…」と、彼は言った。", "ラーメンとビールを頼んだ、それだけ。"]),
        ("taiwan.png", ["「學而時習之，不亦說乎？」孔子說：", "春眠不覺曉，處處聞啼鳥；夜來風雨聲、"]),
        ("chinese.png", ["北京、上海、广州；《红楼梦》曹雪芹著", "是……大家都笑了。"]),
    ] {
        assert_eq!(read(name, screen()), drawn, "{name}");
    }
}

#[test]
fn the_smallest_set_reads_the_marks_of_vertical_text_too() {
    for (name, drawn) in [
        ("japanese.png", ["「コーヒーを飲む…」と、彼は言った。", "ラーメンとビールを頼んだ、それだけ。"]),
        ("taiwan.png", ["學而時習之，不亦說乎？」孔子說：", "春眠不覺曉，處處聞啼鳥；夜來風雨聲"]),
        ("chinese.png", ["北京、上海、广州；《红楼梦》曹雪芹著", "是……大家都笑了。"]),
    ] {
        let text = read_with(&V5_MOBILE, name, screen()).concat();
        assert!(drawn.iter().all(|line| text.contains(line)), "{name}: {text}");
    }
}

#[test]
fn words_in_letters_that_lie_in_vertical_text_are_read_as_they_lie() {
    let text = read("letters.png", screen()).concat();
    assert!(text.contains("Windows") && text.contains("Mac"), "{text}");
}

#[test]
fn ruby_stays_is_dropped_or_follows_in_brackets() {
    let with = |name, ruby| read(name, Params { ruby, ..screen() });
    let above = ["東京の天気は晴れです。", "漢字を勉強する学生が多い。"];
    assert_eq!(with("ruby_above.png", Ruby::Dropped), above);
    assert_eq!(
        with("ruby_above.png", Ruby::Brackets),
        [
            "東京（とうきょう）の天気（てんき）は晴（は）れです。",
            "漢字（かんじ）を勉強（べんきょう）する学生（がくせい）が多（おお）い。"
        ]
    );
    assert!(with("ruby_above.png", Ruby::Lines).len() > above.len());
    assert_eq!(with("ruby.png", Ruby::Dropped), ["吾輩は猫である。名前はまだ無い。"]);
    let bracketed = "吾輩（わがはい）は猫（ねこ）である。名前（なまえ）はまだ無い。";
    assert_eq!(with("ruby.png", Ruby::Brackets), [bracketed]);
}
