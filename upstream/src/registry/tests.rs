//! Which URL a tarball is fetched from.

use url::Url;

use super::Registry;
use crate::RegistrySettings;

fn url(registry: &str, name: &str, version: &str, offered: Option<&str>) -> String {
    let registry = Registry::new(RegistrySettings::new(Url::parse(registry).unwrap())).unwrap();
    registry
        .tarball_url(&name.parse().unwrap(), version, offered)
        .unwrap()
        .into()
}

#[test]
fn without_an_offer_it_is_the_canonical_one() {
    let npm = "https://registry.example";
    assert_eq!(
        url(npm, "chalk", "5.6.1", None),
        "https://registry.example/chalk/-/chalk-5.6.1.tgz"
    );
    assert_eq!(
        url(npm, "@s/n", "1.0.0+b", None),
        "https://registry.example/@s/n/-/n-1.0.0+b.tgz"
    );
    let below = "https://registry.example/repository/npm";
    assert_eq!(
        url(below, "a", "1.0.0", None),
        "https://registry.example/repository/npm/a/-/a-1.0.0.tgz"
    );
    assert_eq!(
        url(npm, "a", "../../x?y#z", None),
        "https://registry.example/a/-/a-..%2F..%2Fx%3Fy%23z.tgz"
    );
}

#[test]
fn an_offer_on_the_registrys_origin_is_taken_as_it_is() {
    let npm = "https://registry.example/npm/";
    let offered = "https://registry.example/blobs/a.tgz?sig=1";
    assert_eq!(url(npm, "a", "1.0.0", Some(offered)), offered);
    assert_eq!(
        url(
            npm,
            "a",
            "1.0.0",
            Some("https://me:pw@registry.example/a.tgz#x")
        ),
        "https://registry.example/a.tgz"
    );
}

#[test]
fn of_an_offer_elsewhere_only_the_file_name_counts() {
    let npm = "https://registry.example/";
    let file = |offered| url(npm, "a", "1.0.0", Some(offered));
    assert_eq!(
        file("https://cdn.example/x/a-1.0.0-final.tgz?x"),
        "https://registry.example/a/-/a-1.0.0-final.tgz"
    );
    assert_eq!(
        file("http://registry.example/a/-/b.tgz"),
        "https://registry.example/a/-/b.tgz"
    );
    for hostile in [
        "https://cdn.example/a.zip",
        "https://cdn.example/..%2f..%2fx.tgz",
        "https://cdn.example/.tgz",
        "https://cdn.example/",
        "file:///etc/a.txt",
        "not a url",
        "",
    ] {
        assert_eq!(
            file(hostile),
            "https://registry.example/a/-/a-1.0.0.tgz",
            "{hostile}"
        );
    }
}
