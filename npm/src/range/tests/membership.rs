//! Which versions are in which ranges.

use super::*;

/// Range, versions in it, versions not in it; all without including prereleases.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    (
        "1.2.3",
        &["1.2.3", "1.2.3+b"],
        &["1.2.2", "1.2.4", "1.2.3-beta"],
    ),
    (
        "1.2.3-beta",
        &["1.2.3-beta"],
        &["1.2.3", "1.2.3-alpha", "1.2.3-beta.1"],
    ),
    (
        ">1.2.3",
        &["1.2.4", "2.0.0"],
        &["1.2.3", "1.2.4-0", "0.9.9"],
    ),
    (
        ">=1.2.3",
        &["1.2.3", "1.2.4"],
        &["1.2.2", "1.2.3-rc.1", "2.0.0-0"],
    ),
    (
        "<1.2.3",
        &["1.2.2", "0.0.0"],
        &["1.2.3", "1.2.3-0", "1.2.2-0"],
    ),
    ("<=1.2.3", &["1.2.3", "0.1.0"], &["1.2.4", "1.2.3-0"]),
    (
        "<1.2.3-beta",
        &["1.2.2", "1.2.3-alpha"],
        &["1.2.3-beta", "1.2.2-alpha", "1.2.3"],
    ),
    ("*", &["0.0.0", "9.9.9"], &["1.0.0-beta", "0.0.0-0"]),
    ("", &["0.0.0", "1.2.3"], &["1.2.3-a"]),
    (
        "1",
        &["1.0.0", "1.99.99"],
        &["0.9.9", "2.0.0", "2.0.0-0", "1.0.0-0", "1.5.0-beta"],
    ),
    (
        "1.2.x",
        &["1.2.0", "1.2.99"],
        &["1.3.0", "1.3.0-0", "1.1.9", "1.2.0-rc"],
    ),
    (">1.2", &["1.3.0", "2.0.0"], &["1.2.9", "1.2.0"]),
    ("<=1.2", &["1.2.9", "1.0.0"], &["1.3.0", "1.3.0-0"]),
    ("<1.2", &["1.1.9"], &["1.2.0", "1.2.0-alpha"]),
    (
        "~1.2.3",
        &["1.2.3", "1.2.9"],
        &["1.2.2", "1.3.0", "1.3.0-0", "1.2.4-beta"],
    ),
    (
        "~1.2.3-beta.2",
        &[
            "1.2.3-beta.2",
            "1.2.3-beta.11",
            "1.2.3-rc",
            "1.2.3",
            "1.2.4",
        ],
        &["1.2.3-beta.1", "1.2.4-beta.2", "1.3.0"],
    ),
    ("~1", &["1.0.0", "1.9.0"], &["2.0.0", "0.9.0"]),
    ("~0.0.1", &["0.0.1", "0.0.9"], &["0.1.0", "0.0.0"]),
    (
        "^1.2.3",
        &["1.2.3", "1.9.0"],
        &["2.0.0", "2.0.0-0", "1.2.2", "1.3.0-beta"],
    ),
    ("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "0.2.2", "1.0.0"]),
    ("^0.0.3", &["0.0.3"], &["0.0.4", "0.0.2", "0.1.0"]),
    ("^0.0", &["0.0.0", "0.0.9"], &["0.1.0"]),
    ("^0", &["0.0.0", "0.9.9"], &["1.0.0"]),
    (
        "^1.2.3-beta.2",
        &["1.2.3-beta.2", "1.2.3-beta.4", "1.2.3", "1.3.0"],
        &["1.2.4-beta.2", "1.2.3-beta.1", "2.0.0-beta.2"],
    ),
    (
        "^0.0.3-beta",
        &["0.0.3-beta", "0.0.3-rc", "0.0.3"],
        &["0.0.4-0", "0.0.4", "0.0.3-alpha"],
    ),
    (
        "1.2.3 - 2.3.4",
        &["1.2.3", "2.3.4", "2.0.0"],
        &["1.2.2", "2.3.5", "2.0.0-beta", "1.2.3-beta", "2.3.4-beta"],
    ),
    ("1.2.3 - 2.3", &["2.3.99"], &["2.4.0", "2.4.0-0"]),
    (
        "1 - 2",
        &["1.0.0", "2.99.0"],
        &["3.0.0", "0.9.9", "3.0.0-0"],
    ),
    (
        "1.2.3-a - 1.2.3-c",
        &["1.2.3-a", "1.2.3-b", "1.2.3-c"],
        &["1.2.3", "1.2.3-d"],
    ),
    (
        "1.2.7 || >=1.2.9 <2.0.0",
        &["1.2.7", "1.2.9", "1.4.6"],
        &["1.2.8", "2.0.0"],
    ),
    (
        ">=1.0.0 <2.0.0 || >=3.0.0-beta <4",
        &["1.5.0", "3.0.0-beta.1", "3.0.0"],
        &["2.0.0", "1.5.0-beta", "3.1.0-beta", "4.0.0-0"],
    ),
    (
        ">1.2.3-alpha.3",
        &["1.2.3-alpha.7", "1.2.3", "3.4.5"],
        &["3.4.5-alpha.9", "1.2.3-alpha.3"],
    ),
    ("<0", &[], &["0.0.0", "0.0.0-0", "1.0.0"]),
    ("<0.0.0-0", &[], &["0.0.0-0", "0.0.0"]),
    // One alternative takes every release: npm forgets the others, with the prerelease that they name.
    ("* || 1.0.0-beta", &["1.0.0"], &["1.0.0-beta"]),
    (">=0.0.0 || 1.0.0-beta", &["1.0.0"], &["1.0.0-beta"]),
    ("* 1.0.0-beta", &["1.0.0-beta"], &["1.0.0"]),
];

#[test]
fn ranges_hold_what_npm_says() {
    for (text, inside, outside) in TABLE {
        let range = range(text);
        for of in *inside {
            assert!(
                range.satisfies(&version(of)),
                "{of} should satisfy {text:?}"
            );
            assert!(
                range.satisfies_including_prereleases(&version(of)),
                "{of} should satisfy {text:?} all the more"
            );
        }
        for of in *outside {
            assert!(
                !range.satisfies(&version(of)),
                "{of} should not satisfy {text:?}"
            );
        }
    }
}

#[test]
fn ranges_hold_what_npm_says_including_prereleases() {
    let table: &[(&str, &[&str], &[&str])] = &[
        ("*", &["1.0.0-beta", "0.0.0-0"], &[]),
        ("", &["1.0.0-beta"], &[]),
        (">=0", &["0.0.0-0"], &[]),
        (">=0.0.0", &["0.0.0", "0.0.1-0"], &["0.0.0-alpha"]),
        ("1", &["1.0.0-0", "1.5.0-beta"], &["2.0.0-0", "0.9.9"]),
        (
            "1.2.x",
            &["1.2.0-alpha", "1.2.9-alpha"],
            &["1.3.0-0", "1.1.9"],
        ),
        (">=1.2", &["1.2.0-alpha", "2.0.0-alpha"], &["1.1.9"]),
        (">1.2", &["1.3.0-alpha"], &["1.2.9-alpha"]),
        ("<1.2", &["1.1.9-alpha"], &["1.2.0-alpha"]),
        ("<=1.2", &["1.2.9-alpha"], &["1.3.0-0"]),
        (">=1.2.3", &["1.2.4-alpha", "2.0.0-alpha"], &["1.2.3-alpha"]),
        ("<1.2.3", &["1.2.3-alpha"], &["1.2.3"]),
        ("<=1.2.3", &["1.2.3-alpha"], &["1.2.4-alpha"]),
        ("~1.2.3", &["1.2.4-alpha"], &["1.2.3-alpha", "1.3.0-alpha"]),
        ("~1.2", &["1.2.0-alpha"], &["1.3.0-alpha"]),
        ("^1.2.3", &["1.9.0-alpha"], &["1.2.3-alpha", "2.0.0-alpha"]),
        ("^0.2.3", &["0.2.4-alpha"], &["0.2.3-alpha", "0.3.0-alpha"]),
        ("^0.0.3", &["0.0.3"], &["0.0.3-alpha", "0.0.4-0"]),
        ("^1", &["1.0.0-alpha"], &["2.0.0-alpha"]),
        (
            "1.2.3 - 2.3.4",
            &["1.2.3-alpha", "2.3.4-alpha", "2.3.4"],
            &["2.3.5-0", "1.2.2"],
        ),
        ("1.2.3 - 2.3", &["1.2.3-alpha", "2.3.9-alpha"], &["2.4.0-0"]),
        (
            "1.2.3-b - 2.3.4-b",
            &["1.2.3-c", "2.3.4-a"],
            &["1.2.3-a", "2.3.4-c", "2.3.4"],
        ),
        (">=0.0.0 || 0.0.0-alpha", &["0.0.0-alpha"], &["0.0.0-beta"]),
        ("<0", &[], &["0.0.0-0"]),
    ];
    for (text, inside, outside) in table {
        let range = range(text);
        for of in *inside {
            assert!(
                range.satisfies_including_prereleases(&version(of)),
                "{of} should satisfy {text:?}"
            );
        }
        for of in *outside {
            assert!(
                !range.satisfies_including_prereleases(&version(of)),
                "{of} should not satisfy {text:?}"
            );
        }
    }
}

#[test]
fn at_least_zero_is_any_version_until_prereleases_are_included() {
    let range = range(">=0.0.0 <=0.0.0-beta");
    assert!(range.satisfies(&version("0.0.0-alpha")));
    assert!(!range.satisfies_including_prereleases(&version("0.0.0-alpha")));
}

#[test]
fn advisory_ranges_hold_the_prereleases_of_their_fix() {
    // An audit that asks "is 2.0.0-beta below the fix 2.0.0?" must include prereleases.
    let affected = range(">=1.0.0 <2.0.0");
    assert!(!affected.satisfies(&version("2.0.0-beta")));
    assert!(affected.satisfies_including_prereleases(&version("2.0.0-beta")));
}
