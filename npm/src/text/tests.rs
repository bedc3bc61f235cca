use super::*;

#[test]
fn plain_text_is_borrowed() {
    for text in ["", "chalk", "Größe, 日本語, emoji 🎉", "a\\b \"c\""] {
        assert!(
            matches!(printable(text), Cow::Borrowed(same) if same == text),
            "{text:?}"
        );
    }
}

#[test]
fn what_moves_a_cursor_or_hides_is_escaped() {
    for (text, expected) in [
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u{1b}[2J", "\\u{1b}[2J"),
        ("\u{9b}2J\u{7f}\0", "\\u{9b}2J\\u{7f}\\u{0}"),
        ("user\u{202e}txt.js", "user\\u{202e}txt.js"),
        ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
        ("\u{3164}\u{ffa0}\u{115f}", "\\u{3164}\\u{ffa0}\\u{115f}"),
        ("line\u{2028}break", "line\\u{2028}break"),
        ("tag\u{e0041}", "tag\\u{e0041}"),
        ("selector\u{fe0f}\u{e0100}", "selector\\u{fe0f}\\u{e0100}"),
    ] {
        assert_eq!(printable(text), expected);
    }
}

#[test]
fn long_text_is_cut_at_a_character() {
    assert_eq!(printable_up_to("日本語", 2), "日本…");
    assert_eq!(printable_up_to("日本語", 3), "日本語");
    assert_eq!(printable_up_to("abc", 0), "…");
    assert_eq!(
        printable(&"x".repeat(PRINTABLE_LIMIT + 1)).chars().count(),
        PRINTABLE_LIMIT + 1
    );
}

proptest::proptest! {
    #[test]
    fn nothing_deceptive_is_left(text in "\\PC{0,20}.{0,20}") {
        let safe = printable(&text);
        proptest::prop_assert!(!safe.chars().any(is_deceptive));
        proptest::prop_assert!(!safe.chars().any(char::is_control));
    }
}
