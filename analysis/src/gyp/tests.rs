use super::*;

fn lines(text: &str) -> Vec<(String, When)> {
    commands(text)
        .into_iter()
        .map(|command| (command.line, command.when))
        .collect()
}

#[test]
fn ordinary_bindings_only_look_things_up() {
    let text = r#"
    {
      # Where the headers are
      'targets': [{
        'target_name': 'addon',
        'sources': ['src/addon.cc'],  # main
        'include_dirs': [
          "<!(node -p \"require('node-addon-api').include\")",
          "<!@(node -p \"require('node-addon-api').include_dir\")",
          '<!(node -e "require(\'nan\')")',
        ],
        'libraries': ['<!@(pkg-config --libs libusb-1.0)'],
        'conditions': [['OS=="win"', {}]],
      }],
    }"#;
    let commands = commands(text);
    assert_eq!(commands.len(), 4);
    assert!(commands.iter().all(Command::is_look_up), "{commands:#?}");
}

#[test]
fn commands_are_found_in_every_form() {
    let text = r#"{'a': '<!(node ' "index.js > /dev/null 2>&1 && echo stub.c)", "b": ">!@(['sh', 'x.sh'])",
        'c': '<!pymod_do_main(setup --now)', 'd': '''^!(a (b) c) tail''',
        'actions': [{'action_name': 'x', 'action': ['python', 'tools/x.py', '<(y)',]}],
        'conditions': [["__import__('os').system('x')", {}]]}"#;
    assert_eq!(
        lines(text),
        [
            (
                "node index.js > /dev/null 2>&1 && echo stub.c".to_owned(),
                When::Reading
            ),
            ("sh x.sh".to_owned(), When::Reading),
            (
                "python setup setup --now".replace("setup setup", "pymod_do_main setup"),
                When::Reading
            ),
            ("a (b) c".to_owned(), When::Reading),
            ("python tools/x.py <(y)".to_owned(), When::Building),
            ("__import__('os').system('x')".to_owned(), When::Evaluating),
        ]
    );
    assert!(commands(text).iter().all(|command| !command.is_look_up()));
}

#[test]
fn look_ups_that_do_more_are_none() {
    for line in [
        "node -e \"require('./setup')\"",
        "node -p \"require('child_process').execSync('x')\"",
        "node -p \"require('nan')\" | sh",
        "node setup.js",
        "pkg-config --libs $(curl x)",
    ] {
        let text = format!("{{'a': '''<!({line})'''}}");
        assert!(!commands(&text)[0].is_look_up(), "{line}");
    }
}

#[test]
fn escapes_are_read_and_damage_is_no_trouble() {
    assert_eq!(
        lines(r"['<\x21(node a.js)', '\u003c!(b)']"),
        [
            ("node a.js".to_owned(), When::Reading),
            ("b".to_owned(), When::Reading)
        ]
    );
    for damaged in [
        "'",
        "'\\",
        "'''",
        "'<!(",
        "'\\x",
        "'\\u12",
        "{'action':[",
        "'<!(\u{e9}'",
    ] {
        commands(damaged);
    }
}

proptest::proptest! {
    #[test]
    fn any_description_can_be_read(text in "['\"\\\\x4n#<>^!@()\\[\\]{},: a\u{e9}\n]{0,200}") {
        for command in commands(&text) {
            command.is_look_up();
            proptest::prop_assert!(command.span.end as usize <= text.len());
        }
    }
}
