//! docs/reference/config.md: every key with its default, flag and variable.

use crate::config::keys::{Default, KEYS, SECTIONS};
use crate::config::kind::Kind;
use crate::config::template;
use std::fmt::Write;

const OPENING: &str = "# lazaret.toml

Written by a test from the list of keys; do not edit.

All keys are optional. The file is looked for at `--config FILE`, then `LAZARET_CONFIG`, then `./lazaret.toml`, then `lazaret/lazaret.toml` in the
platform's configuration directory (such as `~/.config`). A flag wins over a variable, a variable over the file, the file over the default.
`lazaret config show` prints each value in force with where it comes from; `lazaret config init` writes the file at the end of this page.
Unknown keys and wrong values are errors with line and column. Editors check the file with [lazaret.schema.json](lazaret.schema.json).

While `lazaret serve` runs it notices a changed file within a second. `[policy]` takes effect at once, the rest at the next start.
A file with a mistake is refused and logged; what was in force stays in force.

## Which registry is asked

The first that says something:

1. `--upstream`, then `LAZARET_UPSTREAM`, then `[upstream] registry`
2. the environment variable `npm_config_registry`, in any case
3. `registry` in the `.npmrc` of the project (the nearest folder upwards with a `package.json` or `node_modules`, else the working directory)
4. in the user's `.npmrc` (`npm_config_userconfig`, else `~/.npmrc`)
5. in the global `npmrc` (`npm_config_globalconfig`, else `etc/npmrc` in npm's prefix)
6. what `npm config get registry` answers within 10 seconds

If that is lazaret itself, because npm already points at it, lazaret says so and does not start: it must then be told with `--upstream`.
Credentials come from `[upstream] token` or from the same `.npmrc` files, and are sent to that registry's own host only.
";

#[test]
fn config() {
    let mut text = OPENING.to_owned();
    for (section, about) in SECTIONS {
        write!(text, "\n## [{section}]\n\n{about}\n\n| key | default | flag, variable | |\n|---|---|---|---|\n").unwrap();
        for key in KEYS.iter().filter(|key| key.section() == *section) {
            let default = match key.default {
                Default::Value(literal) => format!("`{literal}`"),
                Default::Unset(meaning) => meaning.to_owned(),
            };
            let flag = key.flag().map(|flag| format!("`--{flag}`"));
            let variable = key.variable().map(|variable| format!("`{variable}`"));
            let outside: Vec<String> = [flag, variable].into_iter().flatten().collect();
            let values = match key.kind {
                Kind::Choice(choices) => format!(" One of `{}`.", choices.join("`, `")),
                Kind::Number { least, most, unit } => format!(" In {unit}, {least} to {most}."),
                _ => String::new(),
            };
            writeln!(
                text,
                "| `{}` | {default} | {} | {}{values} |",
                key.name(),
                outside.join("<br>"),
                key.help
            )
            .unwrap();
        }
    }
    write!(
        text,
        "\n## The file that `lazaret config init` writes\n\n```toml\n{}```\n",
        template::template()
    )
    .unwrap();
    super::holds("config.md", &text);
}
