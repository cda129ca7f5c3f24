//! The program from outside: what it prints, where, and with what it exits.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use crate::common::{self, Jkocr, data};
use serde_json::Value;

const FIRST_LINE: &str = "如何在自己的服务器上运行文字识别服务";

fn path(name: &str) -> String {
    data(name).to_str().unwrap().to_owned()
}

#[test]
fn the_text_of_an_image_is_printed_line_by_line() {
    let run = Jkocr::new().run(["ocr", &path("article_mixed.png")]);
    let text = run.exits(0).stdout();
    assert_eq!(text.lines().count(), 10, "{text}");
    assert_eq!(text.lines().next(), Some(FIRST_LINE));
    assert_eq!(run.stderr(), "");
}

#[test]
fn json_has_a_document_for_each_file_with_the_reference_keys_first() {
    let run = Jkocr::new().run(["ocr", "--format", "json", &path("word_ok.png"), &path("article_mixed.png")]);
    let documents: Vec<Value> = run.exits(0).stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[1]["rec_texts"][0], FIRST_LINE);
    let who = ["models", "profile", "engine", "backend"].map(|key| documents[1][key].as_str().expect("a name"));
    assert_eq!(who, ["v5-mobile", "screen", "onnxruntime", "local"]);
    let keys: Vec<_> = documents[1].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys[..3], ["input_path", "model_settings", "dt_polys"]);
    assert!(documents[1]["timings"]["recognize"]["run"].as_f64().unwrap() > 0.0);
}

#[test]
fn tsv_has_a_row_for_each_line() {
    let run = Jkocr::new().run(["ocr", "--profile", "paddle", "--format", "tsv", &path("article_mixed.png")]);
    let text = run.exits(0).stdout();
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 10);
    assert_eq!(rows[0][1..], ["1", "0.9948", "38,54,650,54,650,88,38,88", FIRST_LINE]);
}

#[test]
fn bench_tells_every_stage_and_the_floor() {
    let run = Jkocr::new().run(["bench", "--rounds", "1", "--json", "--models", "v5-mobile", &path("word_ok.png")]);
    let document: Value = serde_json::from_str(&run.exits(0).stdout()).unwrap();
    let image = &document["images"][0];
    assert_eq!(
        [&image["file"], &image["width"], &image["lines"]].map(ToString::to_string),
        ["\"word_ok.png\"", "60", "1"]
    );
    let times = ["/detect/prepare", "/detect/run", "/recognize/run", "/floor/detect", "/floor/recognize"];
    let sum: f64 = times[..3].iter().map(|time| image.pointer(time).unwrap().as_f64().unwrap()).sum();
    assert!(times.iter().all(|time| image.pointer(time).unwrap().as_f64().unwrap() > 0.0), "{image}");
    assert!(image["total"].as_f64().unwrap() >= sum, "{image}");
    let floor = image["floor"]["detect"].as_f64().unwrap() + image["floor"]["recognize"].as_f64().unwrap();
    let overhead = image["total"].as_f64().unwrap() / floor - 1.0;
    assert!((image["overhead"].as_f64().unwrap() - overhead).abs() < 1e-3, "{image}");
    assert_eq!(image["lanes"].as_array().unwrap().len() as u64, document["threads"].as_u64().unwrap());
    let pieces: f64 = image["lanes"].as_array().unwrap().iter().map(|lane| lane["pieces"].as_f64().unwrap()).sum();
    // One tile, and one line at least.
    assert!(pieces >= 2.0, "{image}");
    let idle = image["idle"].as_object().unwrap().values().map(|share| share.as_f64().unwrap()).sum::<f64>();
    assert!((image["busy"].as_f64().unwrap() + idle - 1.0).abs() < 0.02, "{image}");
    let shares = image["idle"].as_object().unwrap();
    assert!(shares.values().all(|share| (0.0..=1.0).contains(&share.as_f64().unwrap())), "{image}");
    assert!(["decode", "tiles", "boxes", "lines", "layout"].iter().all(|stage| shares.contains_key(*stage)), "{image}");
    assert!(document["memory"]["peak"].as_u64() >= document["memory"]["loaded"].as_u64());
}

#[test]
fn bench_has_a_sample_and_a_table() {
    let run = Jkocr::new().run(["bench", "--rounds", "1"]);
    let text = run.exits(0).stdout();
    assert!(text.lines().nth(2).unwrap().starts_with("(sample)  640x420      6  "), "{text}");
    assert!(text.contains("\n(sample): ") && text.contains(" pieces each; idle "), "{text}");
    Jkocr::new().run(["bench", "/nonexistent.png"]).exits(1);
}

#[test]
fn a_bad_file_does_not_stop_the_rest() {
    let bad = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bad.path(), b"no image").unwrap();
    let run = Jkocr::new().run(["ocr", "/nonexistent.png", bad.path().to_str().unwrap(), &path("word_ok.png")]);
    assert!(run.exits(1).stdout().contains("word_ok.png <==\nOK\n"), "{}", run.stdout());
    assert!(run.stderr().contains("cannot read `/nonexistent.png`"), "{}", run.stderr());
    assert_eq!(run.stderr().lines().filter(|line| line.starts_with("error: ")).count(), 2, "{}", run.stderr());
}

#[test]
fn a_minimum_score_leaves_lines_out() {
    let run = Jkocr::new().run(["ocr", "--min-score", "0.999", &path("article_mixed.png")]);
    assert!(run.exits(0).stdout().lines().count() < 10);
}

#[test]
fn visualize_writes_the_image_with_its_boxes() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("boxes.png");
    Jkocr::new().run(["ocr", "--visualize", target.to_str().unwrap(), &path("article_mixed.png")]).exits(0);
    let (before, after) = (image::open(data("article_mixed.png")).unwrap(), image::open(target).unwrap());
    // The page with its boxes, and the texts beside it.
    assert_eq!([2 * before.width(), before.height()], [after.width(), after.height()]);
    let left = after.crop_imm(0, 0, before.width(), before.height()).to_rgb8();
    assert_ne!(before.to_rgb8(), left);
    let right = after.crop_imm(before.width(), 0, before.width(), before.height()).to_luma8();
    assert!(right.pixels().filter(|pixel| pixel.0[0] < 60).count() > 1000, "there are no texts");
}

#[test]
fn words_and_paragraphs_are_there_for_those_who_ask() {
    let json = |flags: &[&str]| -> Value {
        let image = path("article_mixed.png");
        let run = Jkocr::new().run([&["ocr", "--format", "json"], flags, &[&image]].concat());
        serde_json::from_str(&run.exits(0).stdout()).unwrap()
    };
    let words = json(&["--word-boxes"]);
    assert_eq!(words["text_word"][2][0], "A");
    assert_eq!(words["text_word_boxes"][2][0].as_array().unwrap().len(), 4);
    let plain = json(&["--layout", "lines"]);
    assert!(plain["text_word"].is_null());
    assert_eq!(plain["rec_texts"].as_array().unwrap().len(), 10);
}

#[test]
fn a_page_on_its_head_is_turned_by_a_flag_or_a_variable() {
    let image = path("turned/chat_zh_cw180.png");
    let first = |run: &common::Run| run.exits(0).stdout().lines().next().unwrap_or_default().to_owned();
    let upright = first(&Jkocr::new().run(["ocr", &path("chat_zh.png")]));
    assert_eq!(first(&Jkocr::new().run(["ocr", "--doc-orientation", &image])), upright);
    let variable = || Jkocr::new().env("JKOCR_OCR_USE_DOC_ORIENTATION_CLASSIFY", "true");
    assert_eq!(first(&variable().run(["ocr", &image])), upright);
    assert_ne!(first(&variable().run(["ocr", "--doc-orientation=false", &image])), upright);
}

#[test]
fn a_document_model_that_cannot_be_fetched_is_one_error_and_one_command() {
    let own = tempfile::tempdir().unwrap();
    std::fs::create_dir(own.path().join("models")).unwrap();
    for file in ["v5-mobile-det.onnx", "v5-mobile-rec.onnx"] {
        std::os::unix::fs::symlink(common::home().join("models").join(file), own.path().join("models").join(file))
            .unwrap();
    }
    std::os::unix::fs::symlink(common::home().join("runtime"), own.path().join("runtime")).unwrap();
    let run = |folder: &std::path::Path| {
        let arguments = ["ocr", "--offline", "--textline-orientation", &path("word_ok.png")];
        Jkocr::new().env("JKOCR_HOME", folder).run(arguments)
    };
    assert_eq!(run(common::home()).exits(0).stdout(), "OK\n");
    let refused = run(own.path());
    assert_eq!(refused.exits(1).stderr().matches("jkocr models pull doc").count(), 1, "{}", refused.stderr());
}

#[test]
fn offline_without_models_is_one_error_and_one_command() {
    let run = Jkocr::bare().env("JKOCR_OFFLINE", "1").run(["ocr", &path("word_ok.png")]);
    assert_eq!(run.exits(1).stdout(), "");
    assert_eq!(run.stderr().matches("jkocr models pull v5-mobile").count(), 1, "{}", run.stderr());
    assert_eq!(run.stderr().lines().count(), 2, "{}", run.stderr());
}

#[test]
fn a_runtime_that_is_none_is_a_sentence_not_a_crash() {
    let library = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(library.path(), b"\x7fELF and then nothing").unwrap();
    let run = Jkocr::new().env("ORT_DYLIB_PATH", library.path()).run(["ocr", &path("word_ok.png")]);
    assert!(run.exits(1).stderr().starts_with("error: "), "{}", run.stderr());
}

#[test]
fn a_broken_configuration_exits_with_2_and_names_the_line() {
    let run = Jkocr::bare().config("[ocr]\nthread = 2\n").run(["ocr", "x.png"]);
    assert!(run.exits(2).stderr().contains("line 2"), "{}", run.stderr());
    assert!(run.stderr().contains("`ocr.threads`"), "{}", run.stderr());
}

#[test]
fn misuse_exits_with_2_in_both_languages() {
    let english = Jkocr::bare().run(["ocr", "--formt", "json", "x.png"]);
    assert!(
        english.exits(2).stderr().contains("unknown argument `--formt`; the nearest is `--format`"),
        "{}",
        english.stderr()
    );
    let chinese = Jkocr::bare().env("LANG", "zh_CN.UTF-8").run(["ocr", "--formt", "json", "x.png"]);
    assert!(
        chinese.exits(2).stderr().starts_with("错误：未知的参数 `--formt`；最接近的是 `--format`"),
        "{}",
        chinese.stderr()
    );
}

#[test]
fn version_and_help_need_neither_home_nor_runtime() {
    let nothing = || Jkocr::bare().env("ORT_DYLIB_PATH", "/nonexistent.so");
    let version = nothing().run(["--version"]);
    let line = version.exits(0).stdout();
    let build = line.strip_prefix(concat!("jkocr ", env!("CARGO_PKG_VERSION"), " (")).unwrap();
    assert!(build.ends_with(")\n") && build.contains(std::env::consts::ARCH), "{line}");
    assert!(nothing().run(["ocr", "--help"]).exits(0).stdout().contains("--min-score"));
    assert!(nothing().run::<&str>([]).exits(0).stdout().contains("jkocr init"));
}

#[test]
fn a_verbose_version_says_what_it_works_with() {
    let bare = Jkocr::bare().run(["--version", "--verbose"]);
    let text = bare.exits(0).stdout();
    let lines: Vec<_> = text.lines().collect();
    let starts = [
        "jkocr ",
        "installed: built from source, /",
        "runtime: ONNX Runtime ",
        "models: none",
        "programs for servers: none",
    ];
    assert_eq!(lines.len(), starts.len(), "{}", bare.stdout());
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
    assert!(lines[2].ends_with("not fetched yet"), "{}", lines[2]);
    let models = Jkocr::new().run(["-vV"]);
    assert!(models.exits(0).stdout().contains("\nmodels: v5-mobile, v6-small, doc\n"), "{}", models.stdout());
    assert!(models.stdout().contains("/libonnxruntime."), "{}", models.stdout());
    let chinese = Jkocr::bare().env("LANG", "zh_CN.UTF-8").run(["--version", "--verbose"]);
    assert!(chinese.exits(0).stdout().contains("\n安装方式：从源码构建，/"), "{}", chinese.stdout());
}

#[test]
fn what_cannot_be_printed_is_an_error_and_no_crash() {
    for arguments in [[].as_slice(), &["status", "--json"], &["doctor", "--json"], &["models", "list"]] {
        let home = tempfile::tempdir().unwrap();
        let run = |stdout: std::process::Stdio| {
            let mut command = crate::common::jkocr();
            command.env("JKOCR_HOME", home.path()).env("JKOCR_OFFLINE", "1").args(arguments).stdout(stdout);
            command.stderr(std::process::Stdio::piped()).output().unwrap()
        };
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(run(writer.into()).status.code(), Some(0), "{arguments:?}: nobody reads");
        #[cfg(target_os = "linux")]
        {
            let full = run(std::fs::File::options().write(true).open("/dev/full").unwrap().into());
            assert_eq!(full.status.code(), Some(1), "{arguments:?}");
            assert!(String::from_utf8_lossy(&full.stderr).starts_with("error: "), "{arguments:?}");
        }
    }
}
