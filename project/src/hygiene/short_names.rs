//! What a tool's configuration calls a package: `react` for `eslint-plugin-react`.

/// What stands before the short name in a package's own; scoped ones may have it alone (`@scope/eslint-plugin`).
const PREFIXES: &[&str] = &[
    "@babel/plugin-",
    "@babel/preset-",
    "@commitlint/config-",
    "@semantic-release/",
    "@types/",
    "babel-plugin-",
    "babel-preset-",
    "commitlint-config-",
    "conventional-changelog-",
    "eslint-config-",
    "eslint-formatter-",
    "eslint-import-resolver-",
    "eslint-plugin-",
    "gatsby-plugin-",
    "grunt-",
    "gulp-",
    "jest-environment-",
    "karma-",
    "metalsmith-",
    "postcss-",
    "prettier-plugin-",
    "rehype-",
    "remark-",
    "remark-preset-",
    "retext-",
    "rollup-plugin-",
    "semantic-release-",
    "stylelint-config-",
    "textlint-rule-",
    "tslint-",
    "vite-plugin-",
    "vitest-environment-",
    "webpack-",
    "yeoman-",
];

/// What stands after it.
const SUFFIXES: &[&str] = &["-loader", "-webpack-plugin"];

/// Every short name that a tool would take for this package.
pub(super) fn of(package: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (scope, bare) = match package
        .strip_prefix('@')
        .and_then(|rest| rest.split_once('/'))
    {
        Some((scope, bare)) => (Some(scope), bare),
        None => (None, package),
    };
    for prefix in PREFIXES {
        if let Some(short) = package
            .strip_prefix(prefix)
            .filter(|short| !short.is_empty())
        {
            found.push(short.to_owned());
            // `@babel/env` for `@babel/preset-env`.
            if let (Some(scope), true) = (scope, prefix.ends_with('-')) {
                found.push(format!("@{scope}/{short}"));
            }
        }
        let Some(scope) = scope else { continue };
        if prefix.starts_with('@') {
            continue;
        }
        if let Some(short) = bare.strip_prefix(prefix).filter(|short| !short.is_empty()) {
            found.push(format!("@{scope}/{short}"));
        }
        if prefix.strip_suffix('-') == Some(bare) {
            found.push(format!("@{scope}"));
        }
    }
    for suffix in SUFFIXES {
        if let Some(short) = package
            .strip_suffix(suffix)
            .filter(|short| !short.is_empty())
        {
            found.push(short.to_owned());
        }
    }
    // `@types/scope__name`.
    if let Some((scope, name)) = package
        .strip_prefix("@types/")
        .and_then(|name| name.split_once("__"))
    {
        found.push(format!("@{scope}/{name}"));
    }
    found.sort();
    found.dedup();
    found
}

/// The package that types are of: `@s/a` of `@types/s__a`.
pub(super) fn typed(package: &str) -> Option<String> {
    let name = package.strip_prefix("@types/")?;
    Some(match name.split_once("__") {
        Some((scope, name)) => format!("@{scope}/{name}"),
        None => name.to_owned(),
    })
}

#[cfg(test)]
#[test]
fn tools_find_packages_by_their_short_names() {
    for (package, short) in [
        ("eslint-plugin-react", "react"),
        ("@s/eslint-plugin", "@s"),
        ("@s/eslint-plugin-a", "@s/a"),
        ("@babel/preset-env", "@babel/env"),
        ("@babel/preset-env", "env"),
        ("css-loader", "css"),
        ("@types/s__a", "@s/a"),
        ("jest-environment-jsdom", "jsdom"),
    ] {
        assert!(
            of(package).iter().any(|own| own == short),
            "{package} {:?}",
            of(package)
        );
    }
    assert_eq!(of("boat"), Vec::<String>::new());
    assert_eq!(of("gulp-"), Vec::<String>::new());
}
