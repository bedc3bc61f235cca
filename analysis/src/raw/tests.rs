use super::*;

fn blanks(count: usize) -> String {
    " ".repeat(count)
}

#[test]
fn plain_text_has_lines_and_nothing_else() {
    assert_eq!(
        of("a\nbb\r\n\n  c"),
        Raw {
            lines: 4,
            longest_line: 3,
            ..Raw::default()
        }
    );
}

#[test]
fn runs_of_invisible_characters_are_measured() {
    let text = format!("let a = `{}`; // \u{200d}", "\u{e0101}".repeat(9));
    let raw = of(&text);
    assert_eq!(raw.invisible_characters, 10);
    assert_eq!(
        raw.invisible,
        [Run {
            span: Span { start: 9, end: 45 },
            characters: 9,
            selectors: 9
        }]
    );
}

#[test]
fn emoji_flags_and_joined_words_have_no_run() {
    let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
    let text = format!(
        "\u{feff}\u{2764}\u{fe0f} \u{1f469}\u{200d}\u{1f4bb} {flag} \u{645}\u{200c}\u{6cc}"
    );
    assert_eq!(of(&text).invisible, []);
}

#[test]
fn direction_controls_are_found() {
    assert_eq!(of("if (a) { //\u{202e} } \u{2066}").bidi, [11, 17]);
}

#[test]
fn code_behind_blanks_is_found_wherever_the_row_begins() {
    for before in [0, 1, 100, 127, 128, 129, 1_000] {
        let text = format!("x\n{}{}run()\ny", "z".repeat(before), blanks(150));
        let start = 2 + before as u32 + 150;
        let span = Span {
            start,
            end: start + 5,
        };
        assert_eq!(
            of(&text).padded,
            [Padded {
                span,
                width: 150,
                vertical: false
            }],
            "{before}"
        );
        assert_eq!(of(&text.replacen(' ', "", 1)).padded, []);
    }
}

#[test]
fn blanks_beyond_ascii_count_and_trailing_ones_do_not() {
    assert_eq!(
        of(&format!("a;{}run()", "\u{3000}".repeat(150)))
            .padded
            .len(),
        1
    );
    assert_eq!(of(&format!("a;{}\nb", blanks(400))).padded, []);
}

#[test]
fn code_behind_empty_lines_is_found() {
    let text = format!("a{}run()\n", "\n".repeat(151));
    assert_eq!(
        of(&text).padded,
        [Padded {
            span: Span {
                start: 152,
                end: 157
            },
            width: 150,
            vertical: true
        }]
    );
}

#[test]
fn long_lines_of_many_words_are_not_padded() {
    assert_eq!(of(&"\u{4e2d}\u{6587} ab ".repeat(1_000)).padded, []);
}

#[test]
fn encodings_are_told_from_what_people_write() {
    let base64: String = (0_u32..2_000)
        .map(|n| {
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            char::from(alphabet[(n.wrapping_mul(2_654_435_761) >> 20) as usize % 64])
        })
        .collect();
    let hex: String = (0_u32..2_000)
        .map(|n| format!("{:x}", (n.wrapping_mul(2_654_435_761) >> 20) % 16))
        .collect();
    assert_eq!(encoding(&base64), Some(Encoding::Base64));
    assert_eq!(encoding(&hex), Some(Encoding::Hex));
    assert_eq!(encoding(&"ab".repeat(1_000)), None);
    assert_eq!(encoding(&"0".repeat(1_000)), None);
    assert_eq!(
        encoding(&"The quick brown fox jumps over the lazy dog. ".repeat(30)),
        None
    );
    assert_eq!(
        encoding(&"break-case-catch-class-const-continue-".repeat(30)),
        None
    );
}

#[test]
fn nesting_counts_brackets_of_the_code() {
    assert_eq!(nesting("f([{a: 1}])"), 3);
    assert_eq!(nesting(&"[".repeat(5_000)), 5_000);
    assert_eq!(
        nesting("'a(b(c' + \"[[\" // ((((("),
        9,
        "all brackets count, so that nobody hides some in what looks like a string"
    );
}

#[test]
fn nesting_is_not_hidden_by_strings_that_close_brackets() {
    assert_eq!(nesting(&"[\"]\",".repeat(2_000)), 2_000);
    assert_eq!(nesting(&"[/]/,".repeat(2_000)), 2_000);
    assert_eq!(nesting(&"[`]${']'}`,".repeat(2_000)), 2_001);
    assert_eq!(nesting(&"[/[/]]/,".repeat(2_000)), 2_000);
}

#[test]
fn nesting_without_brackets_counts() {
    assert!(nesting(&"a=>".repeat(3_000)) >= 3_000);
    assert!(nesting(&"!".repeat(3_000)) >= 3_000);
    assert!(nesting(&"a?b:".repeat(3_000)) >= 3_000);
    assert!(nesting(&"a=b=1;x+y-z+1;f?.(a??b);".repeat(3_000)) < 10);
}

#[test]
fn apostrophes_in_jsx_do_not_add_up() {
    assert!(nesting(&"<p>{don't}</p>\nf(\"it's\");\n".repeat(3_000)) < 5);
}

#[test]
fn unended_strings_cost_linear_time() {
    assert_eq!(nesting(&"'\\".repeat(500_000)), 0);
}

fn png(extra: &[u8]) -> Vec<u8> {
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    image.extend(b"\0\0\0\x04IDAT\x01\x02\x03\x04crc!");
    image.extend(extra);
    image
}

#[test]
fn code_in_an_image_is_found_behind_it_and_in_its_texts() {
    let code = b"const x = require('os'); eval(x);  ";
    let mut tail = b"\0\0\0\0IENDcrc!".to_vec();
    tail.extend(code);
    let found = hidden_in_image(&png(&tail)).unwrap();
    assert!(found.behind);
    assert_eq!(found.text.as_bytes(), code);

    let mut comment = (code.len() as u32).to_be_bytes().to_vec();
    comment.extend(b"tEXt");
    comment.extend(code);
    comment.extend(b"crc!\0\0\0\0IENDcrc!");
    assert!(!hidden_in_image(&png(&comment)).unwrap().behind);

    let mut jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xda\0\x04cd\x01\xff\0\x02\xff\xd9".to_vec();
    assert_eq!(hidden_in_image(&jpeg), None);
    jpeg.extend(code);
    assert!(hidden_in_image(&jpeg).unwrap().behind);

    let mut gif =
        b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b".to_vec();
    assert_eq!(hidden_in_image(&gif), None);
    gif.extend(code);
    assert!(hidden_in_image(&gif).unwrap().behind);
}

#[test]
fn leftovers_of_cameras_and_editors_are_not_code() {
    let mut tail = b"\0\0\0\0IENDcrc!".to_vec();
    tail.extend([7_u8; 400]);
    assert_eq!(hidden_in_image(&png(&tail)), None);
    let mut tail = b"\0\0\0\0IENDcrc!".to_vec();
    tail.extend(b"<x:xmpmeta><function>var a = 1</function></x:xmpmeta>");
    assert_eq!(hidden_in_image(&png(&tail)), None);
}

#[test]
fn damaged_images_are_no_trouble() {
    for image in [
        &png(b"\xff\xff\xff\xffIDAT")[..],
        b"\xff\xd8\xff",
        b"GIF89a\0\0\0\0\xff",
        b"RIFF\xff\xff\xff\xff",
    ] {
        assert_eq!(hidden_in_image(image), None);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_read(text in "[\\[\\](){}'\"`/\\\\$a!?=> \u{202e}\u{e0101}\u{3000}\n]{0,300}") {
        let raw = of(&text);
        for padded in &raw.padded {
            proptest::prop_assert!(text.get(padded.span.start as usize..padded.span.end as usize).is_some());
        }
        let plain = text.chars().filter(|c| "([{".contains(*c)).count();
        let chained = text.chars().filter(|c| "!?=+-~".contains(*c)).count();
        let most = plain.max(chained);
        proptest::prop_assert!(nesting(&text) <= most);
        encoding(&text);
    }

    #[test]
    fn any_image_can_be_read(head in 0..4_usize, tail: Vec<u8>) {
        let heads: [&[u8]; 4] = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF"];
        let mut bytes = heads[head].to_vec();
        bytes.extend(tail);
        hidden_in_image(&bytes);
    }
}
